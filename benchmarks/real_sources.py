"""Every stage on a folder of real files, one source a file: rows in and out by reason, and minutes by stage.

    python benchmarks/real_sources.py ../shared/corpora /tmp/home        # make the home, run, print
    python benchmarks/real_sources.py --show /tmp/home                   # print again

Minutes are wall clock between a stage's publication and the one before it, so they include waiting for other runs.
"""

import argparse
import shutil
from datetime import datetime
from pathlib import Path

from synth_assets.factory import Factory
from synth_assets.home import Home
from synth_assets.records import STAGES

DAY = "2026-01-05"


def show(home: Home) -> None:
    """Print the table from the manifests of what is published."""
    factory = Factory.open(home)
    for piece in sorted({v.slice for v in factory.lake.versions()}):
        print(f"\n{piece.source}")
        before: datetime | None = None
        for stage in STAGES:
            version = factory.lake.published(stage, piece)
            if version is None or version.manifest is None:
                print(f"  {stage:<18} not published")
                break
            manifest, at = version.manifest, version.at
            minutes = f"{(at - before).total_seconds() / 60:5.1f} min" if before else "         "
            rejected = ", ".join(f"{reason} {count}" for reason, count in manifest.rejected.items()) or "-"
            print(f"  {stage:<18} {manifest.rows:>6,} rows {minutes}  rejected: {rejected}")
            before = at
        report = factory.lake.published("privacy_report", piece)
        if report and report.manifest:
            verdict = "PASS" if report.manifest.figures.get("verdict_passed") else "no"
            print(f"  verdict: {verdict}; {factory.attachment_uri(report.manifest.attachments['privacy_report.html'])}")


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
    from synth_assets.running import run_partitions

    home = Home(arguments.home.absolute())
    files = sorted(arguments.corpora.glob("*.jsonl"))
    for file in files:
        folder = home.sources / file.stem / DAY
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder)
    run_partitions(home, [f"{DAY}|{file.stem}" for file in files], "", False, "release")
    show(home)


if __name__ == "__main__":
    main()
