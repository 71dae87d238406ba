"""What the privacy report costs: seconds and peak memory by number of documents a side.

    python benchmarks/report_cost.py [documents ...]

As many train as holdout documents and a fifth as many for the control split, out of the grammar of the embedded
sample; the train side is masked by the real stage and stands in for the later ones, three released texts a document.
Each size runs in a fresh process, so that the peak is its own. Masking is not counted, and no result is cached.
CPU seconds (of all threads) are what to compare with when the machine is not idle.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.progress import silent
from synth_assets.differential_privacy.ledger import Entry, Ledger
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.modes import ReleasePolicy
from synth_assets.privacy.measure import ReportInput, measure
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.verdict.claim import Claim
from synth_assets.sample.documents import generate

KEYS = Keys.from_secret(b"0" * 32)
Rows = Sequence[Mapping[str, Any]]


def raw_rows(documents: int) -> list[dict[str, Any]]:
    sizes = {"train": documents, "holdout": documents, "control": documents // 5}
    made = iter(generate(sum(sizes.values()), seed=3))
    rows = []
    for split, size in sizes.items():
        for number in range(size):
            row, key = next(made), f"{split}{number:06d}"
            rows.append({"id": key, "source_doc": key, "subject": f"{split}{row['subject']}", "role": "document",
                         "split": split, "text": row["text"], "label": row["topic"], "language": "en"})  # fmt: skip
    return rows


def released(masked: Rows) -> list[dict[str, Any]]:
    return [
        {**row, "id": row["id"] + "i", "instruction": "Rewrite the text.", "input": row["text"],
         "output": row["refilled_text"], "parent": row["id"]}
        for row in masked
    ]  # fmt: skip


def run(documents: int, masked_file: Path) -> None:
    raw, masked = raw_rows(documents), json.loads(masked_file.read_text())
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), KEYS, Path(folder)) as models:
        start, used = time.perf_counter(), time.process_time()
        policy = PrivacyPolicy(min_canaries=0)
        tables = {
            "raw_corpus": raw, "masked_corpus": masked, "augmented_corpus": masked, "instruction_set": released(masked),
        }  # fmt: skip
        report = measure(
            ReportInput(
                tables=tables,
                policy=policy,
                models=models,
                progress=silent,
                release=ReleasePolicy(),
                claim=Claim(Ledger((Entry("|", "this release", None),))),
            )
        )
        report.to_html()
        seconds, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    words = sum(len(row["text"].split()) for row in raw)
    print(
        f"| {documents:,} | {words:,} | {len(report.statistics)} | {seconds:,.0f} | {used:,.0f} | {peak:,.0f} |",
        flush=True,
    )


def mask(documents: int, masked_file: Path) -> None:
    train = [row for row in raw_rows(documents) if row["split"] == "train"]
    policy = MaskingPolicy.parse({"refill": {"per_document": 0}}, "masking")
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), KEYS, Path(folder)) as models:
        masked_file.write_text(json.dumps(mask_corpus(train, policy, 7, KEYS, models, silent).rows))


def main() -> None:
    if sys.argv[1:2] in (["--run"], ["--mask"]):
        (run if sys.argv[1] == "--run" else mask)(int(sys.argv[2]), Path(sys.argv[3]))
        return
    print("| documents a side | words | statistics | seconds | CPU seconds | peak MiB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for documents in [int(argument) for argument in sys.argv[1:]] or [100, 1_000, 10_000]:
        with tempfile.TemporaryDirectory() as folder:
            for step in ("--mask", "--run"):
                file = str(Path(folder) / "masked.json")
                subprocess.run([sys.executable, __file__, step, str(documents), file], check=True)


if __name__ == "__main__":
    main()
