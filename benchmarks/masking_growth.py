"""How masked_corpus grows: seconds, characters a second and peak memory at 1,000, 10,000 and 100,000 documents.

Documents come from the sample generator, 1,000 of one seed after the other, and are masked without refilling by the
stage's own function, each size in a fresh process with an empty cache and on one core. Memory before the stage (models
loaded, rows in memory) is shown beside the peak: what the stage itself needs is the difference. Usage:

    python benchmarks/masking_growth.py [documents ...]
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import count, islice
from pathlib import Path
from typing import Any

ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
PIECE = 1000


def rows(documents: int) -> list[dict[str, Any]]:
    """Rows as raw_corpus makes them, of the columns that masking reads."""
    from synth_assets.sample import generate

    made = ((seed, row) for seed in count(1) for row in generate(PIECE, seed))
    return [
        {
            "id": f"{number:08d}",
            "source_doc": f"{number:08d}",
            "subject": f"{seed}-{row['subject']}" if row["subject"] else f"{number:08d}",
            "role": "document",
            "text": row["text"],
            "label": row["topic"],
            "language": "en",
        }
        for number, (seed, row) in enumerate(islice(made, documents))
    ]


def measure(documents: int, folder: Path) -> None:
    from resources.models.engine import Engine
    from resources.models.registry import load_registry
    from resources.progress import silent
    from resources.vault import Keys
    from synth_assets.masking import MaskingPolicy, mask_corpus

    keys, policy = Keys.from_secret(b"0" * 32), MaskingPolicy.parse({"refill": {"per_document": 0}}, "masking")
    raw = rows(documents)
    characters = sum(len(row["text"]) for row in raw)
    with Engine(load_registry(), keys, folder) as models:
        mask_corpus(raw[:5], policy, 7, keys, models, silent)  # loads what is loaded once
        before = _peak()
        start, start_cpu = time.perf_counter(), time.process_time()
        output = mask_corpus(raw, policy, 7, keys, models, silent)
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    print(
        f"{documents:>9,} {len(output.rejected):>9,} {seconds:>9.1f} {cpu:>7.1f} {characters / seconds:>9,.0f} "
        f"{characters / cpu:>13,.0f} {before:>11,.0f} {_peak():>9,.0f}",
        flush=True,
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(int(sys.argv[2]), Path(sys.argv[3]))
        return
    print(
        f"{'documents':>9} {'rejected':>9} {'seconds':>9} {'CPU s':>7} {'chars/s':>9} {'chars/CPU s':>13} "
        f"{'MiB before':>11} {'peak MiB':>9}",
        flush=True,
    )
    for documents in [int(argument) for argument in sys.argv[1:]] or [1_000, 10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--measure", str(documents), folder]
            subprocess.run(command, check=True, env=os.environ | ONE_CORE)


if __name__ == "__main__":
    main()
