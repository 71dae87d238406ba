"""How masked_corpus grows: seconds, characters a second and peak memory at 1,000, 10,000 and 100,000 documents.

Documents come from the sample generator, 1,000 of one seed after the other. They are published as a raw corpus, and
the asset is materialized, without refilling, as a run does it: rows from the lake, masked, staged, audited, checked,
published. Each size in a fresh process with an empty cache and on one core. Usage:

    python benchmarks/masking_growth.py [documents ...]
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "DAGSTER_DISABLE_TELEMETRY": "1"}
PIECE = 1000
COLUMNS = ("documents", "rejected", "seconds", "CPU s", "chars/CPU s", "lake MiB", "MiB before", "peak MiB")


def rows(documents: int) -> Iterator[dict[str, Any]]:
    """Rows as raw_corpus makes them: a keyed hash is in no order, so the ids here are shuffled."""
    from resources.keys import Keys
    from synth_assets.sample.documents import generate

    keys = Keys.from_secret(b"0" * 32)
    made = ((seed, row) for seed in count(1) for row in generate(PIECE, seed))
    for number, (seed, row) in enumerate(islice(made, documents)):
        name = keys.hash("benchmark", str(number))
        yield {
            "id": name,
            "source_doc": name,
            "subject": keys.hash("benchmark", f"{seed}-{row['subject']}") if row["subject"] else name,
            "role": "document",
            "split": "train",
            "text": row["text"],
            "label": row["topic"],
            "language": "en",
            "cluster": name,
            "text_hash": name,
            "words": len(row["text"].split()),
            "recipe": "normalize",
            "params": "{}",
            "scores": {},
        }


def measure(documents: int, folder: Path) -> None:
    import dagster as dg

    from resources.factory import Factory
    from resources.home import Home
    from resources.lake.model import Manifest, Partition
    from synth_assets.definitions import build_definitions
    from synth_assets.partitions import SOURCES, partition_key
    from synth_assets.records import RAW_CORPUS

    home, partition = Home(folder), Partition("sample", "2026-01-05")
    home.policy_file.write_text("masking: {refill: {per_document: 0}}")
    lake = Factory.open(home).lake
    staged = lake.stage("raw_corpus", partition, rows(documents), RAW_CORPUS)
    said = {"source": partition.source, "day": partition.day, "data_version": staged.digest, "rows": staged.rows}
    lake.publish(staged, Manifest(stage="raw_corpus", **said))
    characters = sum(len(row["text"]) for row in lake.scan("raw_corpus", partition, ["text"]))
    job = build_definitions(home).resolve_job_def("factory")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(SOURCES, [partition.source])
        before, start, start_cpu = _peak(), time.perf_counter(), time.process_time()
        asked = [dg.AssetKey("masked_corpus")]
        job.execute_in_process(instance=instance, partition_key=partition_key(partition), asset_selection=asked)
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    version = lake.published("masked_corpus", partition)
    assert version and version.manifest and version.file
    figures = version.manifest.figures
    cells = (
        f"{documents:,}", f"{figures['rejected']:,}", f"{seconds:.0f}", f"{cpu:.0f}", f"{characters / cpu:,.0f}",
        f"{version.file.bytes / 2**20:.1f}", f"{before:,.0f}", f"{_peak():,.0f}",
    )  # fmt: skip
    print(" ".join(f"{cell:>11}" for cell in cells), flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(int(sys.argv[2]), Path(sys.argv[3]))
        return
    print(" ".join(f"{name:>11}" for name in COLUMNS), flush=True)
    for documents in [int(argument) for argument in sys.argv[1:]] or [1_000, 10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--measure", str(documents), folder]
            subprocess.run(command, check=True, env=os.environ | ONE_CORE)


if __name__ == "__main__":
    main()
