"""Readers of files: what a reader yields, how it is declared, and the registry of all of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from resources.discovery import discover_records
from resources.errors import DataError


@dataclass(frozen=True)
class Record:
    """One raw document: values by column name, and its line or row in the file, from 0."""

    position: int
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """A line or row that gave no document.

    Attributes:
        position: Line or row in the file, from 0; -1 for the file as a whole.
        reason: Name of the rejection reason.
        detail: Facts about the problem. Never contains text of the document.
        text: The text, as far as it could be read.
    """

    position: int
    reason: str
    detail: str = ""
    text: str = ""


Records = Iterator[Record | Problem]


@dataclass(frozen=True)
class Reader:
    """A file format that sources may have. Declare one in a module of this package; nothing else lists the formats.

    Attributes:
        name: Value of `format` in sources.yaml.
        title: The format's name in messages.
        suffixes: File suffixes, in lower case with the dot.
        read: Yields the records of a file, streaming, from (path, encoding or None, limit of characters of a document).
            Raises DataError if the file as a whole cannot be read.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, str | None, int], Records]


@cache
def readers() -> dict[str, Reader]:
    """All readers by format name."""
    return {reader.name: reader for reader in discover_records("synth_assets.corpus.reading", Reader)}


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
