"""The files of a folder, and what forbids to read them."""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from synth_assets.corpus.reading.skipped import AWAY, SPECIAL, UNOPENED, Reason


class Entry(NamedTuple):
    """A file, or what stands in the place of one.

    Attributes:
        path: Its path, links not resolved.
        modified: When it was last modified, in seconds; 0 where nobody can tell.
        reason: Why it is not read; None where nothing forbids it.
    """

    path: Path
    modified: float
    reason: Reason | None


def entries(place: Path) -> Iterator[Entry]:
    """Yield what a folder holds on all levels, or the one file. Hidden files are ignored.

    Links are followed to files inside the folder. A link to a folder inside it is ignored, because the files are found
    where they are.
    """
    if not is_folder(place):
        yield entry(place, place.resolve())
        return
    root = place.resolve()
    closed: list[OSError] = []
    for folder, folders, files in os.walk(place, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(folder, name) for name in (*folders, *files) if not name.startswith(".")):
            found = entry(path, root)
            if found.reason or not is_folder(path):
                yield found
    yield from (Entry(place, 0, UNOPENED) for _ in closed)


def entry(path: Path, root: Path) -> Entry:
    """Judge one file, link or folder; `root` is the folder that links must not leave, itself without links."""
    try:
        status = path.stat()
        linked = path.is_symlink()
    except OSError:
        return Entry(path, 0, UNOPENED)
    folder = S_ISDIR(status.st_mode)
    if linked and not _leads_inside(path.resolve(), root, folder):
        return Entry(path, status.st_mtime, AWAY)
    return Entry(path, status.st_mtime, None if folder or S_ISREG(status.st_mode) else SPECIAL)


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; no where that cannot be known."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same place; no where that cannot be known."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _leads_inside(target: Path, root: Path, folder: bool) -> bool:
    """Whether what a link leads to is in `root`. Hidden folders do not count, because nobody else looks into them."""
    if not target.is_relative_to(root):
        return False
    return not (folder and any(part.startswith(".") for part in target.relative_to(root).parts))
