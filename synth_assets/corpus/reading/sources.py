"""Sources: their settings in `sources.yaml`, their files by day, and the readers of the file formats."""

import codecs
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Literal

import regex
from pydantic import Field, field_validator

from resources.config import StrictModel, did_you_mean, read_yaml
from resources.discovery import discover_records
from resources.errors import DataError, PolicyError
from resources.keys import Keys
from synth_assets.corpus.reading.records import Reader, Records

SOURCE_NAME = regex.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Column = str | Literal[False] | None


@cache
def readers() -> dict[str, Reader]:
    """All readers by format name."""
    return {reader.name: reader for reader in discover_records("synth_assets.corpus.reading.formats", Reader)}


def suffixes() -> dict[str, str]:
    """The format name of every known file suffix."""
    return {suffix: reader.name for reader in readers().values() for suffix in reader.suffixes}


def file_format(path: Path, configured: str | None = None) -> str:
    """Return the format name of a file: the configured one, or the one of its suffix; "" if there is none."""
    return configured or suffixes().get(path.suffix.lower(), "")


def read_file(path: Path, name: str, encoding: str | None, max_chars: int) -> Records:
    """Yield the records of a file, and the problems among them.

    Args:
        path: The file.
        name: Name of its format.
        encoding: Encoding of a text file; None to detect it.
        max_chars: Characters of a document. Longer ones may be given up early.

    Raises:
        DataError: The file as a whole cannot be read. The message says what to do.
    """
    if name not in readers():
        known = ", ".join(reader.title for reader in readers().values())
        raise DataError(f"not a known kind of file ({known}): set its `format` in sources.yaml")
    if not path.is_file():
        raise DataError("the file is gone: look for partitions again")
    if path.stat().st_size == 0:
        raise DataError("the file is empty: remove it")
    return readers()[name].read(path, encoding, max_chars)


class SourceConfig(StrictModel):
    """Where the files of a source are and what their columns mean. Everything that is not set is detected."""

    path: str | None = Field(None, description="Absolute path of a folder or file outside the corpus folder")
    day: date | None = Field(None, description="Day of files outside day folders (default: date modified, in UTC)")
    format: str | None = Field(None, description="Format of all files (default: by suffix)")
    encoding: str | None = Field(None, description="Encoding of all files (default: detected)")
    text: str | None = Field(None, description="Text column (default: text, body, content, document, message ...)")
    id: Column = Field(None, description="Column of the document id; false: ids are made from the content")
    subject: Column = Field(None, description="Column of the person or case; false: every document is its own subject")
    label: Column = Field(None, description="Column of the class label; false: none")
    subject_pattern: str | None = Field(
        None,
        description="Regular expression whose first group is the subject; matched in the subject column, else the text",
    )
    subject_namespace: str | None = Field(
        None,
        min_length=1,
        description="Sources with the same namespace share their subjects (default: the source's name)",
    )

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is not None and not Path(value).is_absolute():
            raise ValueError("must be an absolute path")
        return value

    @field_validator("format")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None and value not in readers():
            raise ValueError(f"is not a known format ({', '.join(sorted(readers()))}){did_you_mean(value, readers())}")
        return value

    @field_validator("encoding")
    @classmethod
    def _decodable(cls, value: str | None) -> str | None:
        try:
            return value and codecs.lookup(value).name
        except LookupError:
            raise ValueError("is not an encoding that Python knows") from None

    @field_validator("subject_pattern")
    @classmethod
    def _grouped(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            groups = regex.compile(value).groups
        except regex.error:
            raise ValueError("is not a regular expression") from None
        if groups < 1:
            raise ValueError("needs a group that captures the subject")
        return value


def load_sources(path: Path) -> dict[str, SourceConfig]:
    """Read `sources.yaml`, a mapping from source names to their `SourceConfig`. Without the file it is empty.

    Raises:
        PolicyError: An unknown key, a bad value or a bad name. The message says where.
    """
    if not path.is_file():
        return {}
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise PolicyError(f"{path.name}: must map source names to their settings")
    return {str(name): _source(str(name), data[name], path.name) for name in sorted(data, key=str)}


def _source(name: str, data: object, where: str) -> SourceConfig:
    if not SOURCE_NAME.fullmatch(name):
        raise PolicyError(f"{where}: a source name has up to 64 letters, digits, '.', '_' and '-'")
    return SourceConfig.parse({} if data is None else data, f"{where}: {name}")


class NoDocumentsError(DataError):
    """No document has arrived yet: the corpus folder is missing, or has no file in a known format."""


@dataclass(frozen=True, order=True)
class PartitionFiles:
    """The files of one partition: those of one source that arrived on one day (`YYYY-MM-DD`), in order."""

    source: str
    day: str
    files: tuple[Path, ...]


def discover(root: Path, sources: Mapping[str, SourceConfig] | None = None) -> list[PartitionFiles]:
    """Find all partitions: `<root>/<source>/[<YYYY-MM-DD>/]*`, and sources with a configured path elsewhere.

    Skips hidden files, files in unknown formats, and empty folders.

    Raises:
        NoDocumentsError: The folder is missing, or nothing was found.
        DataError: A configured path is missing, or a folder's name is not allowed for a source.
    """
    sources = sources or {}
    elsewhere = {name: Path(config.path) for name, config in sources.items() if config.path}
    places = elsewhere if elsewhere and not root.is_dir() else _folders(root) | elsewhere
    partitions = [
        partition
        for name, place in sorted(places.items())
        for partition in _partitions(name, place, sources.get(name, SourceConfig()))
    ]
    if not partitions:
        raise NoDocumentsError(
            f"no documents in {root}: looked for <source>/[<YYYY-MM-DD>/]*{{{','.join(suffixes())}}}"
        )
    return partitions


def input_digest(partition: PartitionFiles, earlier: Iterable[PartitionFiles], keys: Keys) -> str:
    """Return a keyed digest of all files that decide the rows.

    These are the files of the partition, and those of earlier days because of duplicates.
    """
    parts: list[str] = []
    for one in [partition, *sorted(earlier)]:
        parts += [part for path in one.files for part in (one.day, path.name, file_hash(path))]
    return keys.hash("input", *parts)[:16]


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folders(root: Path) -> dict[str, Path]:
    if not root.is_dir():
        raise NoDocumentsError(
            f"no corpus folder at {root}: create it with one folder per source, or configure another path"
        )
    folders = {path.name: path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    bad = [name for name in sorted(folders) if not SOURCE_NAME.fullmatch(name)]
    if bad:
        raise DataError(
            f"{len(bad)} folders in {root} cannot name a source: use up to 64 letters, digits, '.', '_' and '-'"
        )
    return folders


def _partitions(name: str, place: Path, source: SourceConfig) -> list[PartitionFiles]:
    if not place.exists():
        raise DataError(f"source {name}: nothing at {place}: correct its path in sources.yaml")
    base = place if place.is_dir() else place.parent
    by_day = defaultdict(list)
    for path in _files(place, source):
        by_day[_day(path, base, source)].append(path)
    return [PartitionFiles(name, day, tuple(files)) for day, files in sorted(by_day.items())]


def _files(place: Path, source: SourceConfig) -> list[Path]:
    if place.is_file():
        return [place]
    visible = (p for p in place.rglob("*") if not any(part.startswith(".") for part in p.relative_to(place).parts))
    return sorted((p for p in visible if p.is_file() and file_format(p, source.format)), key=lambda p: p.as_posix())


def _day(path: Path, base: Path, source: SourceConfig) -> str:
    folder = path.relative_to(base).parts[0]
    if _is_day(folder):
        return folder
    if source.day:
        return source.day.isoformat()
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
