"""One stage's Delta table: optimistic commits with a sealed entry each, and the history read back from them.

A commit succeeds only as the direct successor of the version that it read, so two writers can never both replace a
partition; the seal binds an entry to its stage and number.
"""

import json
import random
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction

from resources.errors import DataError, IntegrityError, MachineError, PolicyError
from resources.keys import Keys
from resources.lake.files import Files
from resources.lake.model import REJECTED, Manifest, Partition, Staged, Stored, Version

RAW = "raw_corpus"
PARTITION_BY = ("source", "day")
ENTRY, SEAL = "synth_assets.entry", "synth_assets.mac"
ATTEMPTS = 400
COMMIT_FILE = re.compile(r"(\d{20})\.json")
# The log's entries hold the manifests, so they must never be cleaned up.
CONFIGURATION = {"delta.enableExpiredLogCleanup": "false", "delta.logRetentionDuration": "interval 36500 days"}


def table_key(stage: str) -> str:
    """Path of a stage's table, relative to the root."""
    base = stage.removesuffix(REJECTED)
    if base == RAW:
        return f"raw/{stage}"
    return f"rejected/{base}" if base != stage else stage


class StageLog:
    """The Delta log of one stage."""

    def __init__(self, stage: str, files: Files, keys: Keys, options: Mapping[str, str]) -> None:
        self.stage = stage
        self.key = table_key(stage)
        self._files = files
        self._keys = keys
        self._options = dict(options)
        self._seen: tuple[Version, ...] = ()
        self._next = 0
        self._lock = Lock()

    def exists(self) -> bool:
        """Whether the stage ever published."""
        return self._files.exists(f"{self.key}/_delta_log/{0:020d}.json")

    def table(self) -> DeltaTable:
        """The table at its newest version."""
        return DeltaTable(self._files.uri(self.key), storage_options=self._options or None)

    def schema(self) -> pa.Schema:
        """Every column ever declared, with `source` and `day`."""
        return pa.schema(self.table().schema().to_arrow())

    def publish(self, staged: Staged, manifest: Manifest, rejected: Staged | None = None) -> int:
        """Replace the file of the partition by `staged`; return the table's new version."""
        self._create(staged.schema)
        other = asdict(rejected.stored) if rejected else None
        entry = {"file": asdict(staged.stored), "rejected": other, "manifest": manifest.model_dump()}
        stats = json.dumps({"numRecords": staged.rows})
        add = AddAction(staged.path, staged.bytes, asdict(staged.partition), int(time.time() * 1000), True, stats)
        return self._commit(staged.partition, entry, [add], staged.schema)

    def retire(self, partition: Partition) -> int:
        """Remove a partition; its last entry records that."""
        return self._commit(partition, {"manifest": None, "file": None, "rejected": None}, [], None)

    def versions(self) -> tuple[Version, ...]:
        """Every publication, oldest first. Entries never change, so each is read once."""
        with self._lock:
            numbers = self._new_numbers()
            keys = [f"{self.key}/_delta_log/{number:020d}.json" for number in numbers]
            with ThreadPoolExecutor(min(8, len(keys) or 1)) as pool:
                entries = list(pool.map(self._files.get, keys))
            fresh = [v for n, data in zip(numbers, entries, strict=True) for v in self._parse(n, data or b"")]
            self._seen = (*self._seen, *fresh)
            self._next += len(numbers)
            return self._seen

    def live(self) -> list[str]:
        """Paths of the files that the table lists, trusted or not, relative to the table."""
        return ["/".join(uri.split("/")[-3:]) for uri in self.table().file_uris()] if self.exists() else []

    def _new_numbers(self) -> list[int]:
        names = (file.key.rpartition("/")[2] for file in self._files.list(f"{self.key}/_delta_log"))
        present = {int(match[1]) for match in map(COMMIT_FILE.fullmatch, names) if match}
        last = self._next
        while last in present:
            last += 1
        return list(range(self._next, last))

    def _create(self, schema: pa.Schema) -> None:
        if self.exists():
            return
        full = pa.schema([*schema, *(pa.field(name, pa.string()) for name in PARTITION_BY)], schema.metadata)
        try:
            DeltaTable.create(
                self._files.uri(self.key),
                schema=full,
                mode="ignore",
                partition_by=list(PARTITION_BY),
                configuration=CONFIGURATION,
                storage_options=self._options or None,
                commit_properties=CommitProperties(max_commit_retries=0),  # a second creation would be another commit
            )
        except DeltaError as error:
            if not self.exists():  # otherwise another writer was first
                raise MachineError(f"{self.stage}: cannot create the table ({type(error).__name__})") from error

    def _commit(
        self, partition: Partition, entry: dict[str, Any], actions: Sequence[AddAction], schema: pa.Schema | None
    ) -> int:
        text = json.dumps({**entry, **asdict(partition)}, sort_keys=True, ensure_ascii=False)
        for attempt in range(ATTEMPTS):
            table = self.table()
            number = table.version() + 1
            known = pa.schema(table.schema().to_arrow())
            try:
                table.create_write_transaction(
                    actions=list(actions),
                    mode="overwrite",
                    schema=_merged(known, schema, self.stage) if schema else known,
                    partition_by=list(PARTITION_BY),
                    partition_filters=[(name, "=", value) for name, value in asdict(partition).items()],
                    commit_properties=CommitProperties(
                        custom_metadata={ENTRY: text, SEAL: self._seal(number, text)}, max_commit_retries=0
                    ),
                )
            except CommitFailedError:
                # Another writer was first; jitter keeps the losers from colliding again.
                time.sleep(random.random() * min(0.02 * (attempt + 1), 0.5))
                continue
            except DeltaError as error:
                raise MachineError(f"{self.stage}: the commit failed ({type(error).__name__})") from error
            return number
        raise MachineError(f"{self.stage}: no commit succeeded in {ATTEMPTS} attempts; is the store writable?")

    def _seal(self, number: int, text: str) -> str:
        return self._keys.mac(f"{self.stage}@{number}\n{text}".encode())

    def _parse(self, number: int, data: bytes) -> list[Version]:
        try:
            lines = [json.loads(line) for line in data.splitlines() if line]
            info: dict[str, Any] = next((line["commitInfo"] for line in lines if "commitInfo" in line), {})
            at = datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC)
            text, seal = info.get(ENTRY), str(info.get(SEAL, ""))
            adds, removes = ([line[kind] for line in lines if kind in line] for kind in ("add", "remove"))
            if text is not None and self._keys.verify_mac(f"{self.stage}@{number}\n{text}".encode(), seal):
                return [self._sealed(number, at, json.loads(text), [add["path"] for add in adds])]
            touched = sorted({_partition_of(action["path"]) for action in adds + removes})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise IntegrityError(f"{self.stage}: entry {number} of the log cannot be read") from None
        problem = "carries no manifest" if text is None else "has a manifest that was altered or sealed by other keys"
        return [Version(self.stage, partition, number, at, problem=problem) for partition in touched]

    def _sealed(self, number: int, at: datetime, entry: dict[str, Any], added: list[str]) -> Version:
        partition = Partition(entry["source"], entry["day"])
        file, rejected = (Stored(**value) if (value := entry[name]) else None for name in ("file", "rejected"))
        if added != ([file.path] if file else []):
            return Version(self.stage, partition, number, at, problem="lists other files than its manifest")
        try:
            manifest = Manifest.parse(entry["manifest"], "manifest") if entry["manifest"] else None
        except PolicyError:
            return Version(self.stage, partition, number, at, problem="has a manifest of another format")
        return Version(self.stage, partition, number, at, manifest, file, rejected)


def _partition_of(path: str) -> Partition:
    """The partition that a file's path implies, where no sealed entry names it."""
    source, day, _ = path.split("/")
    return Partition(source.removeprefix("source="), day.removeprefix("day="))


def _merged(known: pa.Schema, declared: pa.Schema, stage: str) -> pa.Schema:
    """The table's columns, and those new in `declared`, which are null in older files."""
    for field in declared:
        if field.name in known.names and known.field(field.name).type != field.type:
            raise DataError(f"{stage}: column {field.name!r} changed its type; remove the stage's table to change it")
    fresh = [field.with_nullable(True) for field in declared if field.name not in known.names]
    return pa.schema([*known, *fresh])
