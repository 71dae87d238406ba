"""Storage of files: a local directory or an object store behind one small interface. Every write is all or nothing."""

import io
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from resources.errors import MachineError
from resources.folders import private_folder, sync_folder

PRIVATE_TREES = ("raw", "rejected", "_quarantine", "_attachments", "_journals")
"""Trees that may hold unreleased text or keyed hashes of people; on a local disk only their owner may enter (0700)."""


@dataclass(frozen=True)
class ListedFile:
    """A listed file: key relative to the root, size in bytes, time of the last write."""

    key: str
    bytes: int
    modified: datetime


class LocalFiles:
    """Files under a directory; written to a temporary name, synced, then renamed or linked."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        private_folder(self.root)

    def put(self, key: str, data: bytes) -> None:
        self._write(key, data).replace(self.root / key)
        sync_folder((self.root / key).parent)

    def create(self, key: str, data: bytes) -> bool:
        """Write `key` unless it exists; return whether this call wrote it."""
        temporary = self._write(key, data)
        try:
            os.link(temporary, self.root / key)
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
        sync_folder((self.root / key).parent)
        return True

    @contextmanager
    def writing(self, key: str) -> Iterator[BinaryIO]:
        """A new file to write to; deleted if the block fails, on disk when it ends.

        Readers would see it half written, so `move` it to its final name.
        """
        directory, _, name = key.rpartition("/")
        path = self.directory(directory) / name
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _mode(key)), "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def reading(self, key: str) -> AbstractContextManager[BinaryIO]:
        """The file, opened. Raises FileNotFoundError where there is none."""
        return (self.root / key).open("rb")

    def get(self, key: str) -> bytes | None:
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError:
            return None

    def exists(self, key: str) -> bool:
        return (self.root / key).is_file()

    def list(self, prefix: str) -> Iterator[ListedFile]:
        for directory, _, names in os.walk(self.root / prefix):
            for name in sorted(names):
                path = Path(directory) / name
                try:
                    stat = path.stat()
                except FileNotFoundError:  # renamed since the directory was read
                    continue
                modified = datetime.fromtimestamp(stat.st_mtime, UTC)
                yield ListedFile(path.relative_to(self.root).as_posix(), stat.st_size, modified)

    def directories(self, prefix: str) -> Sequence[str]:
        path = self.root / prefix
        return sorted(child.name for child in path.iterdir() if child.is_dir()) if path.is_dir() else []

    def move(self, key: str, to: str) -> None:
        self.directory(to.rpartition("/")[0])
        (self.root / key).replace(self.root / to)
        sync_folder((self.root / to).parent)

    def delete(self, key: str) -> None:
        (self.root / key).unlink(missing_ok=True)

    def remove_directory(self, key: str) -> None:
        (self.root / key).rmdir()

    def uri(self, key: str) -> str:
        return str(self.root / key)

    def directory(self, key: str) -> Path:
        """Create a directory; a private tree is closed to others before it holds a file."""
        tree = key.partition("/")[0]
        if tree in PRIVATE_TREES:
            (self.root / tree).mkdir(exist_ok=True, mode=0o700)
            (self.root / tree).chmod(0o700)
        path = self.root / key
        path.mkdir(parents=True, exist_ok=True)
        return path

    def _write(self, key: str, data: bytes) -> Path:
        temporary = f"{key.rpartition('/')[0]}/.{uuid.uuid4().hex}.tmp"
        with self.writing(temporary) as file:
            file.write(data)
        return self.root / temporary


class ObjectFiles:
    """Files under a prefix of an object store; one PUT per file, with `If-None-Match` where it must be new."""

    def __init__(self, root: str, options: Mapping[str, str]) -> None:
        try:
            import obstore
            from obstore.store import from_url
        except ImportError:
            raise MachineError("a lake on an object store needs the package obstore: pip install obstore") from None
        self.root = root.rstrip("/")
        self._obstore = obstore
        settings: Any = dict(options)
        http = settings.pop("allow_http", "false").lower() == "true"
        self._store: Any = from_url(self.root, config=settings, client_options={"allow_http": http})

    def put(self, key: str, data: bytes) -> None:
        self._obstore.put(self._store, key, data)

    def create(self, key: str, data: bytes) -> bool:
        """Write `key` unless it exists; return whether this call wrote it."""
        from obstore.exceptions import AlreadyExistsError

        try:
            self._obstore.put(self._store, key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        return True

    @contextmanager
    def writing(self, key: str) -> Iterator[BinaryIO]:
        """A new object, sent in parts; it exists only if the block ends without an error."""
        writer = self._obstore.open_writer(self._store, key)
        yield cast(BinaryIO, writer)
        writer.close()  # without this there is no object, only parts for a lifecycle rule to expire

    @contextmanager
    def reading(self, key: str) -> Iterator[BinaryIO]:
        """The object, read in ranges. Raises FileNotFoundError where there is none."""
        yield cast(BinaryIO, _Ranges(self._obstore.open_reader(self._store, key)))

    def get(self, key: str) -> bytes | None:
        try:
            return bytes(self._obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None

    def exists(self, key: str) -> bool:
        try:
            self._obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True

    def list(self, prefix: str) -> Iterator[ListedFile]:
        for page in self._obstore.list(self._store, prefix):
            for entry in page:
                yield ListedFile(entry["path"], entry["size"], entry["last_modified"])

    def directories(self, prefix: str) -> Sequence[str]:
        prefixes = self._obstore.list_with_delimiter(self._store, prefix or None)["common_prefixes"]
        return sorted(name.rstrip("/").rpartition("/")[2] for name in prefixes)

    def move(self, key: str, to: str) -> None:
        self._obstore.copy(self._store, key, to)
        self._obstore.delete(self._store, key)

    def delete(self, key: str) -> None:
        self._obstore.delete(self._store, key)

    def remove_directory(self, key: str) -> None:
        """Nothing to do: an object store has no directories."""

    def uri(self, key: str) -> str:
        return f"{self.root}/{key}"


class _Ranges(io.RawIOBase):
    """A reader of an object store with the interface of a file, as Arrow needs it."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def read(self, size: int = -1) -> bytes:
        return bytes(self._reader.readall() if size < 0 else self._reader.read(size))

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._reader.seek(offset, whence))

    def tell(self) -> int:
        return int(self._reader.tell())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


Files = LocalFiles | ObjectFiles
"""Both have the same methods. Keys are relative to the root, with `/` between parts."""


def open_files(root: str, options: Mapping[str, str]) -> Files:
    """The files of a lake: an object store where `root` is a URL, else a local directory."""
    return ObjectFiles(root, options) if "://" in root else LocalFiles(Path(root))


def _mode(key: str) -> int:
    return 0o600 if key.partition("/")[0] in PRIVATE_TREES else 0o644
