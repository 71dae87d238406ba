"""What reading a file yields, and the record that declares a reader."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
    """A file format that sources may have. Declare one in a module of `formats`; nothing else lists them.

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
