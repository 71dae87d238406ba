"""Vacuum: removes files that no release pins and no reader gets, and raw text when its retention ends.

A file is removed only if it was neither written nor published within the retention, so that an audit or a reader keeps
the files it has resolved: the retention must exceed the longest of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from resources.errors import DataError
from resources.lake import quarantine, releases
from resources.lake.log import RAW, table_key
from resources.lake.model import REJECTED, Partition, Version
from resources.lake.reader import ATTACHMENTS, Reader

TREES = ("raw", "rejected", ATTACHMENTS, releases.TREE, quarantine.TREE, "_overrides")


@dataclass(frozen=True)
class Vacuumed:
    """Counts of what was removed; `raw_partitions` are partitions of raw text whose retention ended."""

    files: int = 0
    bytes: int = 0
    attachments: int = 0
    quarantined: int = 0
    raw_partitions: int = 0


def vacuum(lake: Reader, retention_hours: float = 72, raw_retention_days: float | None = None) -> Vacuumed:
    """Remove orphans, replaced versions, unreferenced attachments, expired quarantine and old raw text.

    Args:
        lake: what to clean.
        retention_hours: files written or published within these hours stay.
        raw_retention_days: removes raw text published longer ago, pinned or not; None keeps it.

    Raises:
        DataError: a retention is negative.
    """
    if retention_hours < 0 or (raw_retention_days or 0) < 0:
        raise DataError("a retention cannot be negative")
    now = datetime.now(UTC)
    raw_partitions, raw_files = 0, 0
    if raw_retention_days is not None:
        raw_partitions, raw_files = _retire_raw(lake, now - timedelta(days=raw_retention_days))
    expired = [entry.name for entry in quarantine.entries(lake) if entry.expires <= now]
    for name in expired:
        quarantine.drop(lake, name)
    cutoff = now - timedelta(hours=retention_hours)
    kept = _kept(lake, cutoff)
    files, size = _sweep(lake, cutoff, _paths(kept) | _live(lake))
    attachments = _sweep_attachments(lake, cutoff, kept)
    return Vacuumed(files + raw_files, size, attachments, len(expired), raw_partitions)


def _kept(lake: Reader, cutoff: datetime) -> list[Version]:
    """Versions that are published, pinned, or were replaced after `cutoff`."""
    pinned = [v for name in releases.names(lake) for v in releases.load(lake, name).versions]
    return pinned + [v for stage in lake.stages() for v in _recent(lake.versions(stage), cutoff)]


def _recent(versions: list[Version], cutoff: datetime) -> Iterator[Version]:
    """Versions published after `cutoff`, and the newest trusted version, which a rollback can restore."""
    successor: dict[Partition, datetime] = {}
    trusted: set[Partition] = set()
    for version in reversed(versions):
        newest = not version.problem and version.partition not in trusted
        if newest or successor.get(version.partition, version.at) > cutoff:
            yield version
        if not version.problem:
            trusted.add(version.partition)
        successor[version.partition] = version.at


def _paths(versions: list[Version]) -> set[str]:
    main = {f"{table_key(v.stage)}/{v.file.path}" for v in versions if v.file}
    return main | {f"{table_key(v.stage + REJECTED)}/{v.rejected.path}" for v in versions if v.rejected}


def _live(lake: Reader) -> set[str]:
    """Files that a table lists; they are never removed, even where their entry cannot be trusted (other keys)."""
    tables = [name for stage in lake.stages() for name in (stage, stage + REJECTED)]
    return {f"{table_key(name)}/{path}" for name in tables for path in lake.log(name).live()}


def _sweep(lake: Reader, cutoff: datetime, kept: set[str]) -> tuple[int, int]:
    tables = [name for name in lake.files_under_root.directories("") if not name.startswith("_")]  # published or not
    trees = sorted({*TREES, *map(table_key, tables)})
    removed: set[str] = set()
    size = 0
    for file in (file for tree in trees for file in lake.files_under_root.list(tree)):
        data = file.key.endswith(".parquet") and not file.key.startswith(quarantine.TREE)
        orphan = (data and "/_delta_log/" not in file.key and file.key not in kept) or file.key.endswith(".tmp")
        if orphan and file.modified < cutoff and file.key not in removed:
            lake.files_under_root.delete(file.key)
            removed.add(file.key)
            size += file.bytes
    return len(removed), size


def _sweep_attachments(lake: Reader, cutoff: datetime, kept: list[Version]) -> int:
    named = {digest for v in kept if v.manifest for digest in v.manifest.attachments.values()}
    named |= {digest for entry in quarantine.entries(lake) for digest in entry.manifest.attachments.values()}
    old = [f.key for f in lake.files_under_root.list(ATTACHMENTS) if f.modified < cutoff and not f.key.endswith(".tmp")]
    gone = [key for key in old if key.rpartition("/")[2] not in named]
    for key in gone:
        lake.files_under_root.delete(key)
    return len(gone)


def _retire_raw(lake: Reader, cutoff: datetime) -> tuple[int, int]:
    """Remove old raw partitions from the table, then delete their files, so that readers never meet a missing file."""
    log, rejected, versions = lake.log(RAW), lake.log(RAW + REJECTED), lake.versions(RAW)
    newest = {v.partition: v for v in versions}
    retired = [partition for partition, v in sorted(newest.items()) if v.at <= cutoff and v.file]
    for partition in retired:
        log.retire(partition)
        if rejected.exists():
            rejected.retire(partition)
    return len(retired), sum(_delete(lake, v) for v in versions if v.at <= cutoff)


def _delete(lake: Reader, version: Version) -> int:
    stored = [(RAW, version.file), (RAW + REJECTED, version.rejected)]
    keys = [f"{table_key(stage)}/{file.path}" for stage, file in stored if file]
    present = [key for key in keys if lake.files_under_root.exists(key)]
    for key in present:
        lake.files_under_root.delete(key)
    return len(present)
