"""Quarantine: candidates that failed their gate, hidden from every reader until they are dropped or expire.

A sealed report beside the files gives counts and reasons; no function here returns a row.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from resources.errors import IntegrityError, UnpublishedError
from resources.lake.log import table_key
from resources.lake.model import Manifest, Partition, Staged, is_name, parse_time
from resources.lake.reader import Reader

TREE = "_quarantine"
KEEP_DAYS = 30.0


@dataclass(frozen=True)
class Quarantined:
    """One failed candidate: manifest, reasons, expiry. No value of any row."""

    name: str
    stage: str
    partition: Partition
    manifest: Manifest
    reasons: tuple[str, ...]
    at: datetime
    expires: datetime
    uri: str


def put(
    lake: Reader,
    staged: Staged,
    manifest: Manifest,
    reasons: Sequence[str],
    rejected: Staged | None,
    keep_days: float,
) -> str:
    """Write the report, then move the candidate's files beside it."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S}-{staged.stage}-{staged.digest}-{uuid.uuid4().hex[:8]}"
    report = {
        "stage": staged.stage,
        "manifest": manifest.model_dump(),
        "reasons": list(reasons),
        "at": now.isoformat(),
        "expires": (now + timedelta(days=keep_days)).isoformat(),
    }
    text = json.dumps(report, sort_keys=True)
    files = lake.files_under_root
    sealed = {"report": text, "mac": lake.keys.mac(f"{name}\n{text}".encode())}
    files.put(f"{TREE}/{name}/report.json", json.dumps(sealed).encode())
    files.move(f"{table_key(staged.stage)}/{staged.path}", f"{TREE}/{name}/candidate.parquet")
    if rejected:
        files.move(f"{table_key(rejected.stage)}/{rejected.path}", f"{TREE}/{name}/rejected.parquet")
    return name


def entries(lake: Reader) -> list[Quarantined]:
    """Every entry, oldest first."""
    return [entry(lake, name) for name in lake.files_under_root.directories(TREE)]


def entry(lake: Reader, name: str) -> Quarantined:
    """One entry.

    Raises:
        UnpublishedError: there is no entry of that name.
        IntegrityError: its report was altered.
    """
    data = lake.files_under_root.get(f"{TREE}/{name}/report.json") if is_name(name) else None
    if data is None:
        raise UnpublishedError(f"the quarantine has no entry {name!r}")
    sealed = json.loads(data)
    if not lake.keys.verify_mac(f"{name}\n{sealed['report']}".encode(), sealed["mac"]):
        raise IntegrityError(f"the report of quarantine entry {name!r} was altered")
    report = json.loads(sealed["report"])
    manifest = Manifest.parse(report["manifest"], "manifest")
    at, expires = (parse_time(report[name]) for name in ("at", "expires"))
    uri = lake.files_under_root.uri(f"{TREE}/{name}/candidate.parquet")
    return Quarantined(name, report["stage"], manifest.partition, manifest, tuple(report["reasons"]), at, expires, uri)


def drop(lake: Reader, name: str) -> None:
    """Delete one entry: its files first, its report last, so that a killed drop can be repeated."""
    entry(lake, name)
    for file in ("candidate.parquet", "rejected.parquet", "report.json"):
        key = f"{TREE}/{name}/{file}"
        if lake.files_under_root.exists(key):
            lake.files_under_root.delete(key)
    lake.files_under_root.remove_directory(f"{TREE}/{name}")
