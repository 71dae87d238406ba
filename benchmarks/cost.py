"""Cost of the factory: rows/s, characters/s and peak memory by stage, tokens/s by model, orchestration's share, growth.

    python benchmarks/cost.py                     # 200 documents through every stage, growth of the others to 10,000
    python benchmarks/cost.py --documents 1000    # the partition that the aim of 10 % orchestration is about

Documents come from the sample generator. Each measurement is one run in a process of its own with an empty cache;
compare figures inside one call only. Tokens/s by model are in the lines that the run itself prints.
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

from resources.home import Home
from resources.lake.model import Partition
from synth_assets.lineage import STAGES

PIECE = Partition(source="bench", day="2026-01-05")
WITHOUT_GENERATION = ("raw_corpus", "masked_corpus")


def measure(root: str, documents: int, stages: tuple[str, ...], policy: str, out: str) -> None:
    """Run `stages` over so many documents and write the figures to `out`; for a fresh process."""
    import dagster as dg

    from resources.factory import Factory
    from synth_assets.definitions import build_definitions
    from synth_assets.partitions import SOURCES, partition_key
    from synth_assets.sample.documents import generate

    home = Home(Path(root) / "home")
    folder = home.sources / PIECE.source / PIECE.day
    folder.mkdir(parents=True)
    lines = [json.dumps(d, ensure_ascii=False) + "\n" for d in generate(documents, seed=7)]
    (folder / "documents.jsonl").write_text("".join(lines), encoding="utf-8")
    home.policy_file.write_text(policy, encoding="utf-8")
    os.chdir(root)
    shutil.copy(Path(__file__).parent.parent / "dagster.yaml", root)
    os.environ["DAGSTER_HOME"] = root
    instance = dg.DagsterInstance.get()
    instance.add_dynamic_partitions(SOURCES, [PIECE.source])
    job = build_definitions(home).resolve_job_def("factory")
    keys = [dg.AssetKey(s) for s in stages]
    start = time.monotonic()
    result = job.execute_in_process(
        instance=instance, partition_key=partition_key(PIECE), asset_selection=keys, raise_on_error=False
    )
    wall = time.monotonic() - start
    ended = {e.step_key: e for e in result.all_events if e.is_step_success or e.is_step_failure}
    steps = {k: (e.event_specific_data.duration_ms / 1000 if e.is_step_success else None) for k, e in ended.items()}
    lake = Factory.open(home).lake
    rows = {}
    for stage in stages:
        table = lake.read(stage, PIECE) if lake.published(stage, PIECE) else None
        text = "input" if stage == "instruction_set" else "text"
        characters = sum(map(len, table.column(text).to_pylist())) if table and text in table.column_names else 0
        rows[stage] = (table.num_rows if table else 0, characters)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(out).write_text(json.dumps({"wall": wall, "steps": steps, "rows": rows, "peak": peak}), encoding="utf-8")


def run(documents: int, stages: tuple[str, ...], policy: str = "{}") -> dict:
    """The figures of one run in a fresh process."""
    with tempfile.TemporaryDirectory() as root:
        out = f"{root}/figures.json"
        child = multiprocessing.get_context("spawn").Process(
            target=measure, args=(root, documents, stages, policy, out)
        )
        child.start()
        child.join()
        return json.loads(Path(out).read_text(encoding="utf-8"))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=200, help="documents of the run through every stage")
    parser.add_argument("--growth", type=int, nargs="*", default=[100, 1000, 10000], help="sizes without generation")
    arguments = parser.parse_args()

    if arguments.documents:
        found = run(arguments.documents, tuple(STAGES))
        print(f"\n{arguments.documents} documents, every stage; peak memory {found['peak']:,.0f} MiB")
        print(f"{'stage':<18}{'seconds':>9}{'rows':>8}{'rows/s':>9}{'chars/s':>10}")
        for stage, (rows, characters) in found["rows"].items():
            seconds = found["steps"].get(stage) or float("nan")
            print(f"{stage:<18}{seconds:>9.1f}{rows:>8,}{rows / seconds:>9.1f}{characters / seconds:>10,.0f}")
        inside = sum(seconds or 0.0 for seconds in found["steps"].values())
        print(f"outside the steps (orchestration): {100 * (1 - inside / found['wall']):.1f} % of {found['wall']:.0f} s")

    print("\nraw_corpus and masked_corpus without refilling")
    print(f"{'documents':>9}{'seconds':>9}{'docs/s':>8}{'peak MiB':>10}")
    for size in arguments.growth:
        found = run(size, WITHOUT_GENERATION, "masking: {refill: {per_document: 0}}")
        seconds = sum(found["steps"].get(stage) or float("nan") for stage in WITHOUT_GENERATION)
        print(f"{size:>9,}{seconds:>9.1f}{size / seconds:>8.1f}{found['peak']:>10,.0f}")


if __name__ == "__main__":
    main()
