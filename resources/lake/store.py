"""The lake: stage, publish, quarantine, roll back."""

import hashlib
import io
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa

from resources.errors import DataError, PolicyError, UnpublishedError
from resources.keys import Keys
from resources.lake import encoding
from resources.lake.log import table_key
from resources.lake.model import REJECTED, Manifest, Partition, Staged, Stored
from resources.lake.quarantine import KEEP_DAYS, drop, entries, put
from resources.lake.reader import ATTACHMENTS, Reader
from resources.lake.releases import load, names, verify
from resources.lake.releases import pin as pin_versions
from resources.lake.vacuum import vacuum as remove_unused


class Lake(Reader):
    """Immutable, published versions of every stage under `root`: a directory, or an object-store URL.

    Args:
        root: a local path, or a URL such as `s3://bucket/prefix`.
        keys: seal manifests and sign releases; other keys cannot read what these have published.
        storage_options: what the object store needs beyond its environment variables.
    """

    def __init__(self, root: str | Path, keys: Keys, storage_options: Mapping[str, str] | None = None) -> None:
        super().__init__(root, keys, storage_options)
        self._unpublished: set[str] = set()

    def stage(self, stage: str, partition: Partition, rows: Iterable[dict[str, Any]], schema: pa.Schema) -> Staged:
        """Check rows and write them where no reader looks; at most one row group is in memory.

        Raises:
            DataError: names the column that does not fit the schema, with a count; never a value.
        """
        where = f"{stage}/{partition.key}"
        return self._write(stage, partition, lambda sink: encoding.write(rows, schema, sink, where), schema)

    def restage(self, stage: str, partition: Partition, file: Stored) -> Staged:
        """Stage a stored file's verified bytes again, under a new name."""
        data = self.bytes_of(stage, file)
        table = encoding.from_bytes(data)

        def write(sink: BinaryIO) -> int:
            sink.write(data)
            return int(table.num_rows)

        return self._write(stage, partition, write, table.schema)

    def _write(self, stage: str, partition: Partition, write: Callable[[BinaryIO], int], schema: pa.Schema) -> Staged:
        """Write a new file, named by its content; `write` returns the number of rows."""
        files, fresh = self.files_under_root, uuid.uuid4().hex
        unnamed = f"{table_key(stage)}/{partition.directory}/.{fresh}.tmp"
        with files.writing(unnamed) as file:
            sink = _Hashed(file)
            rows = write(cast(BinaryIO, sink))
        sha256 = sink.digest.hexdigest()
        # The suffix keeps equal files apart: removing or quarantining one never touches another.
        path = f"{partition.directory}/{sha256}-{fresh[:12]}.parquet"
        key = f"{table_key(stage)}/{path}"
        files.move(unnamed, key)
        self._unpublished.add(key)
        return Staged(stage, partition, path, files.uri(key), rows, sink.size, sha256, schema)

    def stage_rejected(self, candidate: Staged, rows: Iterable[dict[str, Any]], schema: pa.Schema) -> Staged:
        """Write the rejected rows of a candidate; pass the result to `publish` or `quarantine` with it."""
        return self.stage(candidate.stage + REJECTED, candidate.partition, rows, schema)

    def publish(self, staged: Staged, manifest: Manifest, rejected: Staged | None = None) -> int:
        """Make a staged file the published version of its partition, in one metadata-only commit.

        Returns:
            The Delta version of the stage's table.

        Raises:
            DataError: the manifest describes another file.
            PolicyError: a check failed and no override of the manifest names it.
            IntegrityError: the staged bytes changed since the audit.
        """
        where = f"{staged.stage}/{staged.partition.key}"
        stated = (manifest.stage, manifest.partition, manifest.data_version, manifest.rows)
        if stated != (staged.stage, staged.partition, staged.digest, staged.rows):
            raise DataError(f"{where}: the manifest describes another candidate")
        if failed := manifest.uncovered():
            raise PolicyError(f"{where}: failed checks without an override: {failed}")
        now = datetime.now(UTC)
        if any(note.expired(now) for note in manifest.overrides):
            raise PolicyError(f"{where}: an override has expired")
        self.check(staged.stage, staged.stored)
        self._resolve(staged, rejected)
        dated = manifest.model_copy(update={"published_at": now.isoformat(timespec="microseconds")})
        if rejected:
            count = dated.model_copy(update={"stage": rejected.stage, "rows": rejected.rows})
            self.log(rejected.stage).publish(rejected, count)
        return self.log(staged.stage).publish(staged, dated, rejected)

    def attach(self, data: bytes, suffix: str) -> str:
        """Store a file beside the versions; its name (`<sha256><suffix>`) goes into the manifest."""
        digest = hashlib.sha256(data).hexdigest() + suffix
        self.files_under_root.put(f"{ATTACHMENTS}/{digest}", data)
        return digest

    def quarantine(
        self,
        staged: Staged,
        manifest: Manifest,
        reasons: Sequence[str],
        rejected: Staged | None = None,
        keep_days: float = KEEP_DAYS,
    ) -> str:
        """Hide a failed candidate from every reader; return the name of the entry."""
        self._resolve(staged, rejected)
        return put(self, staged, manifest, reasons, rejected, keep_days)

    def discard(self) -> int:
        """Delete files staged here that were neither published nor quarantined; return their number."""
        count = len(self._unpublished)
        while self._unpublished:
            self.files_under_root.delete(self._unpublished.pop())
        return count

    def _resolve(self, *staged: Staged | None) -> None:
        # Also if what follows fails: a commit may have named the file, which only `vacuum` can tell.
        self._unpublished -= {f"{table_key(file.stage)}/{file.path}" for file in staged if file}

    def roll_back(self, stage: str, partition: Partition, data_version: str, author: str, reason: str) -> int:
        """Publish an older version again, as a new commit that records author and reason.

        The file is copied under a new name, because the old one may be about to be removed.

        Raises:
            DataError: author or reason is empty, or the version is already published.
            UnpublishedError: the version is unknown or was removed.
        """
        if not author.strip() or not reason.strip():
            raise DataError("a rollback needs an author and a reason")
        target = self.find(stage, partition, data_version)
        newest = self.versions(stage, partition)[-1]
        if newest.data_version == data_version and not newest.problem:
            raise DataError(f"{stage}/{partition.key} already serves the data version {data_version}")
        if target.manifest is None or target.file is None:
            raise UnpublishedError(f"{stage}/{partition.key} has no file of the data version {data_version}")
        now = datetime.now(UTC).isoformat()
        note = {"author": author, "reason": reason, "replaced": newest.data_version, "at": now}
        staged = self.restage(stage, partition, target.file)
        rejected = self.restage(stage + REJECTED, partition, target.rejected) if target.rejected else None
        return self.publish(staged, target.manifest.model_copy(update={"rollback": note}), rejected)

    # Methods that are defined in modules of their own.
    quarantined, drop_quarantined = entries, drop
    pin, release, releases, verify_release = pin_versions, load, names, verify
    vacuum = remove_unused


class _Hashed(io.RawIOBase):
    """A file that counts and hashes the bytes written to it. Closing it leaves the file below open."""

    def __init__(self, file: BinaryIO) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        self.size += len(data)
        self._file.write(data)
        return len(data)
