"""Reading the lake: which version of a partition may be read, and its verified bytes."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from resources.errors import IntegrityError, UnpublishedError
from resources.keys import Keys
from resources.lake import encoding
from resources.lake.files import open_files
from resources.lake.log import StageLog, table_key
from resources.lake.model import REJECTED, Diff, Partition, Stored, Version

ATTACHMENTS = "_attachments"
_BLOCK = 2**20


class Reader:
    """The published versions under `root`."""

    def __init__(self, root: str | Path, keys: Keys, storage_options: Mapping[str, str] | None = None) -> None:
        self.root = str(root)
        self.keys = keys
        self.storage_options = dict(storage_options or {})
        self.files_under_root = open_files(self.root, self.storage_options)
        self._logs: dict[str, StageLog] = {}

    def log(self, stage: str) -> StageLog:
        """The Delta log of a stage."""
        if stage not in self._logs:
            self._logs[stage] = StageLog(stage, self.files_under_root, self.keys, self.storage_options)
        return self._logs[stage]

    def stages(self) -> list[str]:
        """Stages that ever published, sorted."""
        names = [*self.files_under_root.directories(""), *self.files_under_root.directories("raw")]
        return sorted(name for name in names if not name.endswith(REJECTED) and self.log(name).exists())

    def versions(self, stage: str | None = None, partition: Partition | None = None) -> list[Version]:
        """The history, oldest first, including entries that cannot be trusted (see `Version.problem`)."""
        if stage and stage.endswith(REJECTED):
            raise UnpublishedError(f"{stage} holds rejected rows; `read_rejected` shows those of a published version")
        stages = [stage] if stage else self.stages()
        return [
            v for name in stages for v in self.log(name).versions() if partition is None or v.partition == partition
        ]

    def published(self, stage: str, partition: Partition, now: datetime | None = None) -> Version | None:
        """The version that readers get, or None where nothing is published.

        Raises:
            UnpublishedError: the newest entry cannot be trusted, or its override has expired.
        """
        history = self.versions(stage, partition)
        if not history or (history[-1].manifest is None and not history[-1].problem):
            return None
        if problem := refusal(history[-1], now or datetime.now(UTC)):
            raise UnpublishedError(problem)
        return history[-1]

    def serving(self, stage: str, version: int | None = None, at: datetime | None = None) -> list[Version]:
        """The version of every partition that readers get, optionally as of a Delta version or a time."""
        latest: dict[Partition, Version] = {}
        for entry in self.versions(stage):
            if (version is None or entry.number <= version) and (at is None or entry.at <= at):
                latest[entry.partition] = entry
        now = datetime.now(UTC)
        return [v for _, v in sorted(latest.items()) if v.file and not refusal(v, now)]

    def read(self, stage: str, partition: Partition, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of the published version; the bytes are verified before they are parsed.

        Raises:
            UnpublishedError: no version may be read.
            IntegrityError: the file's bytes are not those that were published.
        """
        return encoding.from_bytes(self.verify(self._need(stage, partition)), columns)

    def scan(self, stage: str, partition: Partition, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of the published version one after another, one row group in memory at a time.

        Raises:
            UnpublishedError, IntegrityError: as `read`, before the first row.
        """
        return self.rows_of(stage, _file(self._need(stage, partition)), columns)

    def rows_of(self, stage: str, file: Stored, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a file, staged or published; its bytes are verified before they are parsed."""
        with self._verified(stage, file) as source:
            for batch in encoding.batches(source, columns):
                yield from batch.to_pylist()

    def check(self, stage: str, file: Stored) -> None:
        """Compare a file's bytes with their hash. Raises UnpublishedError, IntegrityError as `bytes_of`."""
        with self._verified(stage, file):
            pass

    def read_version(self, stage: str, partition: Partition, data_version: str) -> pa.Table:
        """The rows of an older version."""
        return encoding.from_bytes(self.verify(self.find(stage, partition, data_version)))

    def read_rejected(self, stage: str, partition: Partition) -> pa.Table:
        """The rejected rows of the published version; to look at reasons, never to train."""
        version = self._need(stage, partition)
        if version.rejected is None:
            raise UnpublishedError(f"{stage}/{partition.key} was published without rejected rows")
        return encoding.from_bytes(self.bytes_of(stage + REJECTED, version.rejected))

    def files(self, stage: str, partition: Partition | None = None, version: int | None = None) -> list[str]:
        """URIs of the published files, resolved once: the list stays valid while others publish."""
        versions = (
            self.serving(stage, version) if partition is None or version is not None else [self._need(stage, partition)]
        )
        return [self.uri_of(v) for v in versions if partition is None or v.partition == partition]

    def find(self, stage: str, partition: Partition, data_version: str) -> Version:
        """The newest publication of a data version.

        Raises:
            UnpublishedError: it was never published, or may no longer be read.
        """
        matching = [v for v in self.versions(stage, partition) if v.data_version == data_version]
        if not matching:
            raise UnpublishedError(f"{stage}/{partition.key} never published the data version {data_version[:16]}")
        if problem := refusal(matching[-1], datetime.now(UTC)):
            raise UnpublishedError(problem)
        return matching[-1]

    def diff(self, stage: str, partition: Partition, a: str, b: str) -> Diff:
        """Ids of the rows added, removed and changed from data version `a` to `b`. Raises as `find`."""
        old, new = ({row["id"]: row for row in self.read_version(stage, partition, v).to_pylist()} for v in (a, b))
        added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
        both = old.keys() & new.keys()
        changed = sorted(key for key in both if old[key] != new[key])
        return Diff(tuple(added), tuple(removed), tuple(changed), len(both) - len(changed))

    def uri_of(self, version: Version) -> str:
        """Where the file of a version is."""
        return self.files_under_root.uri(f"{table_key(version.stage)}/{_file(version).path}")

    def verify(self, version: Version) -> bytes:
        """The bytes of a version's file, compared with its content hash.

        Raises:
            UnpublishedError: the file is gone.
            IntegrityError: its bytes do not match.
        """
        return self.bytes_of(version.stage, _file(version))

    def bytes_of(self, stage: str, file: Stored) -> bytes:
        """The verified bytes of a file; the bytes returned are the bytes compared."""
        data = self.files_under_root.get(f"{table_key(stage)}/{file.path}")
        if data is None:
            raise UnpublishedError(f"{stage}/{_where(file)}: the file of {file.sha256[:16]} was removed")
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise IntegrityError(f"{stage}/{_where(file)}: the file's bytes do not match {file.sha256[:16]}")
        return data

    @contextmanager
    def _verified(self, stage: str, file: Stored) -> Iterator[BinaryIO]:
        """A file at its beginning, after all its bytes were compared with their hash; it stays open in between.

        An object store is read twice: someone who can replace the object in between is not detected.
        """
        try:
            with self.files_under_root.reading(f"{table_key(stage)}/{file.path}") as source:
                digest = hashlib.sha256()
                while block := source.read(_BLOCK):
                    digest.update(block)
                if digest.hexdigest() != file.sha256:
                    raise IntegrityError(f"{stage}/{_where(file)}: the file's bytes do not match {file.sha256[:16]}")
                source.seek(0)
                yield source
        except FileNotFoundError:
            raise UnpublishedError(f"{stage}/{_where(file)}: the file of {file.sha256[:16]} was removed") from None

    def attachment(self, digest: str) -> bytes:
        """The bytes of an attached file, verified.

        Raises:
            UnpublishedError: there is no such file.
            IntegrityError: its bytes do not match.
        """
        data = self.files_under_root.get(f"{ATTACHMENTS}/{digest}")
        if data is None:
            raise UnpublishedError(f"there is no attachment {digest[:16]}")
        if not digest.startswith(hashlib.sha256(data).hexdigest()):
            raise IntegrityError(f"the bytes of attachment {digest[:16]} do not match its name")
        return data

    def _need(self, stage: str, partition: Partition) -> Version:
        version = self.published(stage, partition)
        if version is None:
            raise UnpublishedError(f"{stage}/{partition.key} has no published version")
        return version


def refusal(version: Version, now: datetime) -> str:
    """Why a version may not be read, in one sentence; empty if it may."""
    where = f"{version.stage}/{version.partition.key}: version {version.number}"
    if version.problem or version.manifest is None:
        return f"{where} {version.problem or 'was removed'}"
    if failed := version.manifest.uncovered():
        return f"{where} failed {failed} and has no override"
    for note in version.manifest.overrides:
        if note.expired(now):
            return f"{where} was published under an override of {note.check!r} that expired on {note.expires}"
    return ""


def _file(version: Version) -> Stored:
    if version.file is None:
        raise UnpublishedError(f"{version.stage}/{version.partition.key} has no published version")
    return version.file


def _where(file: Stored) -> str:
    return file.path.rpartition("/")[0]
