"""Commands on published versions: rollback, diff, quarantine, catalog, vacuum. Output is counts and ids, never text."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from resources.factory import Factory
from resources.home import Home
from resources.lake.catalog import write_catalog
from resources.lake.model import Partition
from resources.models.cache import prune_results


def roll_back(home: Home, stage: str, key: str, data_version: str, reason: str, author: str) -> None:
    """Publish an older version of a partition again."""
    partition = Partition.parse(key)
    Factory.open(home).lake.roll_back(stage, partition, data_version, author, reason)
    Console().print(f"{stage}/{partition.key} serves {data_version} again; run the later stages on it")


def show_diff(home: Home, stage: str, key: str, a: str, b: str) -> None:
    """The ids of the rows that two versions do not share, then how many."""
    diff = Factory.open(home).lake.diff(stage, Partition.parse(key), a, b)
    groups = {"added": diff.added, "removed": diff.removed, "changed": diff.changed}
    for group, ids in groups.items():
        for row_id in ids:
            print(f"{group} {row_id}")
    print(", ".join(f"{group}: {len(ids):,}" for group, ids in groups.items()) + f", same: {diff.same:,}")


def list_quarantine(home: Home) -> None:
    """Print one line for each entry."""
    entries = Factory.open(home).lake.quarantined()
    for entry in entries:
        what = f"{entry.stage}/{entry.partition.key}, {entry.manifest.rows:,} rows, failed {', '.join(entry.reasons)}"
        print(f"{entry.name}  {what}; deleted after {entry.expires:%Y-%m-%d}")
    if not entries:
        print("nothing is in quarantine")


def drop_quarantined(home: Home, name: str) -> None:
    """Delete an entry with its files."""
    Factory.open(home).lake.drop_quarantined(name)
    Console().print(f"dropped {name}")


def export_catalog(home: Home, file: str, release: str) -> None:
    """Write a DuckDB file with a view for each stage."""
    path = write_catalog(Factory.open(home).lake, Path(file).absolute(), release or None)
    Console().print(f"wrote {path}", soft_wrap=True)


def clean(home: Home, raw_days: int, hours: int, cache_days: int) -> None:
    """Vacuum the lake, and delete old results of models: many were computed from raw text."""
    removed = Factory.open(home).lake.vacuum(retention_hours=hours, raw_retention_days=raw_days)
    results, size = prune_results(home.cache, cache_days)
    counts = {**asdict(removed), "cached_results": results, "cache_bytes": size}
    Console().print(", ".join(f"{what}: {count:,}" for what, count in counts.items()), soft_wrap=True)
