"""Yield by recipe and reason, and sentences a second, of the augmented_corpus stage.

Usage: python benchmarks/augmentation.py [--corpus news] [--documents 30] [--corpora ../shared/corpora]

Documents are taken at equal distances through the file; the result cache is empty at the start.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from synth_assets.augmentation.audits import audit
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.stage import augment_corpus
from synth_assets.records import Row


def main() -> None:
    parser = argparse.ArgumentParser(description="Yield and speed of the augmented_corpus stage")
    parser.add_argument("--corpus", default="news")
    parser.add_argument("--documents", type=int, default=30)
    parser.add_argument("--corpora", type=Path, default=Path(__file__).parents[2] / "shared" / "corpora")
    args = parser.parse_args()
    rows = read_rows(args.corpora / f"{args.corpus}.jsonl", args.documents)
    steps: list[float] = []
    with tempfile.TemporaryDirectory() as cache:
        engine = Engine(load_registry(), Keys.from_secret(b"0" * 32), Path(cache))
        began = time.perf_counter()
        output = augment_corpus(rows, AugmentationPolicy(), 7, engine, lambda *_: steps.append(time.perf_counter()))
        seconds = time.perf_counter() - began
        counters = {
            name: round(value, 1) for name, value in engine.counters().items() if name.endswith(("seconds", "second"))
        }
        engine.close()
    report = {
        "documents": len(rows),
        "seconds": round(seconds, 1),
        "seconds_by_step": [round(b - a, 1) for a, b in zip([began, *steps], steps, strict=False)],
        "sentences_per_second": round(output.figures["sentences"] / seconds, 2),
        "failed_audits": [result.name for result in audit(output.rows, rows) if not result.passed],
        "figures": {name: round(value, 3) for name, value in output.figures.items()},
        "engine": counters,
    }
    print(json.dumps(report, indent=2))


def read_rows(path: Path, count: int) -> list[Row]:
    """Public documents as masked_corpus rows without spans."""
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    chosen = documents[:: max(1, len(documents) // count)][:count]
    return [
        {
            "id": f"{number:032x}",
            "source_doc": f"source{number}",
            "subject": f"subject{number}",
            "role": "document",
            "text": document["text"],
            "refilled_text": document["text"],
            "label": document.get("topic"),
            "language": "en",
            "spans": [],
        }
        for number, document in enumerate(chosen)
    ]


if __name__ == "__main__":
    main()
