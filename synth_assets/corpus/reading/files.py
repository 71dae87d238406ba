"""Find the files of every source and day."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from resources.errors import DataError
from resources.keys import Keys
from synth_assets.corpus.reading.readers import file_format, suffixes
from synth_assets.corpus.reading.sources import SOURCE_NAME, SourceConfig


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
        parts += [part for path in one.files for part in (one.day, path.name, _file_hash(path))]
    return keys.hash("input", *parts)[:16]


def _file_hash(path: Path) -> str:
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
    visible = (path for path in place.rglob("*") if not _hidden(path.relative_to(place).parts))
    return sorted((p for p in visible if p.is_file() and file_format(p, source.format)), key=lambda p: p.as_posix())


def _hidden(parts: Iterable[str]) -> bool:
    return any(part.startswith(".") for part in parts)


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
