"""Every stage on a folder of real files, one source a file: rows in and out by reason, and minutes by stage.

    python benchmarks/real_sources.py FOLDER HOME        # make the home, run, print
    python benchmarks/real_sources.py --show HOME         # print again

Seconds are those of the step in the first run that published the stage: later ones find results of models in the cache.
"""

import argparse
import shutil
from pathlib import Path

import dagster as dg

from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.cli.run import open_instance, run_partitions
from synth_assets.lineage import STAGES
from synth_assets.partitions import partition_key

DAY = "2026-01-05"


def show(home: Home) -> None:
    """Print a table a source: rows, seconds and rejections by stage, the verdict, where the report is."""
    factory = Factory.open(home)
    instance = open_instance(home)
    for partition in sorted({v.slice for v in factory.lake.versions()}):
        seconds = seconds_by_stage(instance, partition)
        print(f"\n| {partition.source} | rows | seconds | rejected, by reason |\n| --- | ---: | ---: | --- |")
        for stage in STAGES:
            version = factory.lake.published(stage, partition)
            if version is None or version.manifest is None:
                print(f"| {stage} | not published | | |")
                break
            rejected = ", ".join(f"{reason} {count:,}" for reason, count in version.manifest.rejected.items()) or "-"
            print(f"| {stage} | {version.manifest.rows:,} | {seconds[stage]:,.0f} | {rejected} |")
        report = factory.lake.published("privacy_report", partition)
        if report and report.manifest:
            verdict = "PASS" if report.manifest.figures.get("verdict_passed") else "FAIL"
            print(f"\nverdict: {verdict}; {factory.attachment_uri(report.manifest.attachments['privacy_report.html'])}")


def seconds_by_stage(instance: dg.DagsterInstance, partition: Partition) -> dict[str, float]:
    """Seconds of each stage in the first run that got through it."""
    runs = instance.get_runs(dg.RunsFilter(tags={"dagster/partition": partition_key(partition)}))
    found: dict[str, float] = {}
    for run in reversed(runs):  # they come newest first
        for step in instance.get_run_step_stats(run.run_id):
            if step.status is not None and step.status.value == "SUCCESS" and step.end_time and step.start_time:
                found.setdefault(step.step_key, step.end_time - step.start_time)
    return found


def main() -> None:
    """Lay out the sources, run them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="?", type=Path, help="folder of .jsonl files")
    parser.add_argument("home", nargs="?", type=Path, help="home to make")
    parser.add_argument("--show", type=Path, help="only print what this home holds")
    arguments = parser.parse_args()
    if arguments.show:
        show(Home(arguments.show))
        return
    if not (arguments.corpora and arguments.home):
        parser.error("give a folder of files and a home, or --show")
    home = Home(arguments.home.absolute())
    files = sorted(arguments.corpora.glob("*.jsonl"), key=lambda file: file.stat().st_size)  # trouble shows early
    for file in files:
        folder = home.sources / file.stem / DAY
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder)
    run_partitions(home, [f"{DAY}|{file.stem}" for file in files], "", False, "release")
    show(home)


if __name__ == "__main__":
    main()
