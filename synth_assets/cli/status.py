"""`status`, `versions` and `leaks`: tables of what is published, what is not, and why. Counts and keys, never text."""

from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Manifest, Partition
from resources.lake.store import Lake
from synth_assets.cli.arrivals import print_skipped
from synth_assets.corpus.reading.sources import load_sources
from synth_assets.lineage import STAGES
from synth_assets.modes import mode_of, mode_sentence, refusal, today_utc
from synth_assets.partitions import arrived
from synth_assets.privacy.page.leaks import ranked_leaks
from synth_assets.privacy.results import verdict_of
from synth_assets.privacy.verdict.sentences import percent


def show_status(home: Home) -> None:
    """Print a line per partition: published rows of each stage, and the verdict; then modes, quarantine, overrides.

    What of the sources is skipped comes last.
    """
    factory = Factory.open(home)
    lake = factory.lake
    table = Table(title=f"rows published in {home.root}")
    table.add_column("partition", no_wrap=True)
    stages = [stage for stage in STAGES if stage != "privacy_report"]
    for stage in stages:
        table.add_column(STAGES[stage].short, justify="right", no_wrap=True)  # 80 columns are enough
    table.add_column("verdict", no_wrap=True)
    quarantined = lake.quarantined()
    stated: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for partition in sorted({v.partition for v in lake.versions()} | {q.partition for q in quarantined}):
        manifests = [_serving(lake, stage, partition) for stage in stages]
        report = _serving(lake, "privacy_report", partition)
        verdict = "-" if report is None else verdict_of(report.figures)
        if report is not None:
            stated.setdefault(tuple(report.release.items()), []).append(partition.key)
        table.add_row(partition.key, *(f"{m.rows:,}" if m else "-" for m in manifests), verdict)
    console = Console()
    console.print(table)
    for facts, keys in stated.items():
        console.print(f"{_mode_line(dict(facts))} {', '.join(keys)}")
    for q in quarantined:
        console.print(f"in quarantine: {q.stage}/{q.partition.key}")
    now = datetime.now(UTC)
    for o in factory.overrides.all():
        state = "expired" if o.note.expired(now) else "in force"
        where = f"{o.stage}/{o.partition.key}"
        console.print(f"override ({state}): {where} {o.check}, until {o.expires[:16]}, by {o.author}")
    for name in factory.overrides.tampered():
        console.print(f"[red]override {name} was tampered with and is ignored[/]")
    print_skipped(console, arrived(home, load_sources(home.sources_file)))


def _mode_line(facts: Mapping[str, str]) -> str:
    """The mode of a report, and whether the permission that it needs is in force."""
    if "expires" not in facts:
        return mode_sentence(mode_of(facts))
    state = "expired" if refusal(facts, today_utc()) else "in force"
    until = f"Permission ({state}) until {facts['expires']}, by {facts['author']}:"
    return f"{mode_sentence(mode_of(facts))} {until}"


def show_leaks(home: Home, top: int) -> None:
    """Print the leak-by-stage table of all partitions, ranked by what the stage added."""
    lake = Factory.open(home).lake
    serving = lake.serving("privacy_report")
    reports = {v.partition.key: lake.read("privacy_report", v.partition).to_pylist() for v in serving}
    leaks = ranked_leaks(reports)
    table = Table(title=f"share of train subjects, beyond the control ({len(reports)} reports)")
    for name in ("partition", "stage", "statistic"):
        table.add_column(name, overflow="fold")
    for name in ("added", "in all"):
        table.add_column(name, justify="right", no_wrap=True)
    for leak in leaks[:top]:
        stage, _, _ = leak.stage.partition("_")
        table.add_row(leak.partition, stage, leak.statistic, percent(leak.introduced), percent(leak.excess))
    Console().print(table if leaks else "no report shows more identifiers of train subjects than of the control")


def _serving(lake: Lake, stage: str, partition: Partition) -> Manifest | None:
    """Return the manifest that readers get, or None if there is none or readers are refused."""
    return next((v.manifest for v in lake.serving(stage) if v.partition == partition), None)


def show_versions(home: Home, key: str, stage: str) -> None:
    """Print every published version of a partition, newest first."""
    lake = Factory.open(home).lake
    partition = Partition.parse(key)
    columns = ("stage", "published", "data version", "rows", "rejected", "overridden or refused")
    table = Table(*columns, title=partition.key)
    for name in [stage] if stage else list(STAGES):
        for version in reversed(lake.versions(name, partition)):
            m = version.manifest
            if m is None:
                table.add_row(name, f"{version.at:%Y-%m-%d %H:%M}", "-", "-", "-", version.problem or "removed")
                continue
            failed = [check for check, passed in m.verdicts.items() if not passed]
            counts = (f"{m.rows:,}", f"{sum(m.rejected.values()):,}")
            table.add_row(name, m.published_at[:16], m.data_version, *counts, ", ".join(failed) or "-")
    Console().print(table)
