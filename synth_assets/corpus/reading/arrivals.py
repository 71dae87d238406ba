"""What arrived: the files of every source by day, and what is skipped beside them."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from resources.keys import Keys
from synth_assets.corpus.reading.skipped import (
    LOOSE,
    SHADOWED,
    UNOPENED,
    Reason,
    Skipped,
    counted,
    early,
    late,
    listed,
    named_suffix,
    unread_format,
)
from synth_assets.corpus.reading.sources import SOURCE_NAME, SourceConfig, file_format
from synth_assets.corpus.reading.walk import Entry, entries, entry, is_folder, is_same

_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


@dataclass(frozen=True, order=True)
class PartitionFiles:
    """The files of one partition: those of one source that arrived on one day (`YYYY-MM-DD`), in order."""

    source: str
    day: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Arrivals:
    """The partitions that have files, by source and day, and what is not read."""

    partitions: tuple[PartitionFiles, ...]
    skipped: tuple[Skipped, ...]

    @property
    def sources(self) -> list[str]:
        """The sources that have files, in order."""
        return sorted({partition.source for partition in self.partitions})

    def of(self, source: str) -> "Arrivals":
        """What belongs to one source."""
        return Arrivals(
            tuple(partition for partition in self.partitions if partition.source == source),
            tuple(skipped for skipped in self.skipped if skipped.source == source),
        )

    def and_skipped(self, sentence: str) -> str:
        """A sentence, followed by what is skipped."""
        return " ".join([sentence, *(["Skipped:"] if self.skipped else []), *map(str, self.skipped)])


def discover(root: Path, sources: Mapping[str, SourceConfig], first: str, last: str) -> Arrivals:
    """Find all partitions: `<root>/<source>/[<YYYY-MM-DD>/]*`, and sources with a configured path elsewhere.

    Hidden files and empty folders are ignored. Whatever else is not read is skipped, and does not keep the rest from
    being read.

    Args:
        root: The folder of the sources. It may be missing.
        sources: Settings of sources, by name.
        first: The first day that may have a partition, as `YYYY-MM-DD`.
        last: The last one.
    """
    visible = sorted(p for p in root.iterdir() if not p.name.startswith(".")) if is_folder(root) else []
    folders = {path.name: path for path in visible if is_folder(path)}
    nameless = [name for name in folders if not SOURCE_NAME.fullmatch(name)]
    elsewhere = {name: Path(config.path) for name, config in sources.items() if config.path}
    places = {name: folders[name] for name in folders if name not in nameless} | elsewhere
    partitions: list[PartitionFiles] = []
    skipped = _loose([path for path in visible if path.name not in folders], root)
    skipped += _nameless([folders[name] for name in nameless])
    for name, place in sorted(places.items()):
        found = _arrivals(name, place, sources.get(name, SourceConfig()), first, last)
        partitions += found.partitions
        skipped += [*_shadowed(name, folders.get(name, place), place), *found.skipped]
    return Arrivals(tuple(partitions), tuple(skipped))


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


def _loose(paths: Sequence[Path], root: Path) -> list[Skipped]:
    """Files that are in no source's folder."""
    return _sentences("", [(entry(path, root.resolve()).reason or LOOSE, "") for path in paths])


def _nameless(folders: Sequence[Path]) -> list[Skipped]:
    """Folders that cannot name a source."""
    if not folders:
        return []
    files = sum(1 for folder in folders for _ in entries(folder))
    them = "it" if len(folders) == 1 else "them"
    names = f"{listed([repr(folder.name) for folder in folders])} ({counted(files, 'file')})"
    what = f"{counted(len(folders), 'folder')} that cannot name a source: {names}"
    remedy = f"Rename {them} with up to 64 letters, digits, '.', '_' and '-', the first a letter or a digit"
    return [Skipped("", files, f"{what}. {remedy}, or hide {them} with a '.' in front.")]


def _shadowed(name: str, folder: Path, place: Path) -> list[Skipped]:
    """Files of a source's own folder where sources.yaml says that the documents are elsewhere."""
    if folder == place or is_same(folder, place):
        return []
    return _sentences(name, [(SHADOWED, "") for _ in entries(folder)])


def _arrivals(name: str, place: Path, source: SourceConfig, first: str, last: str) -> Arrivals:
    """The partitions of one source, and what is skipped of it."""
    if entry(place, place).reason is UNOPENED:
        sentence = "nothing is at the `path` that sources.yaml names, or it may not be opened. Correct it."
        return Arrivals((), (Skipped(name, 0, sentence),))
    base = place if is_folder(place) else place.parent
    by_day: dict[str, list[Path]] = defaultdict(list)
    skipped: list[tuple[Reason, str]] = []
    for found in entries(place):
        if found.reason:
            skipped.append((found.reason, ""))
            continue
        if not file_format(found.path, source.format):
            skipped.append((unread_format(), named_suffix(found.path)))
            continue
        day, remedy = _day(found, base, source)
        if first <= day <= last:
            by_day[day].append(found.path)
        else:
            skipped.append((early(first, remedy) if day < first else late(last, remedy), day))
    partitions = (PartitionFiles(name, day, tuple(sorted(paths, key=Path.as_posix))) for day, paths in by_day.items())
    return Arrivals(tuple(sorted(partitions)), tuple(_sentences(name, skipped)))


def _sentences(source: str, skipped: Iterable[tuple[Reason, str]]) -> list[Skipped]:
    """One sentence for each reason, from pairs of a reason and a day or suffix."""
    counts: dict[Reason, Counter[str]] = defaultdict(Counter)
    for reason, name in skipped:
        counts[reason][name] += 1
    return sorted((reason.skipped(source, names) for reason, names in counts.items()), key=lambda one: one.sentence)


def _day(found: Entry, base: Path, source: SourceConfig) -> tuple[str, str]:
    """The day of a file, and what to do where it is a wrong one."""
    folder = found.path.relative_to(base).parts[0]
    if _is_day(folder):
        return folder, "rename the folder"
    if source.day:
        return source.day.isoformat(), "correct `day` in sources.yaml"
    modified = datetime.fromtimestamp(min(max(found.modified, 0), _LATEST), UTC)
    return (
        modified.date().isoformat(),
        "put the files into a folder named after their day, or set `day` in sources.yaml",
    )


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
