"""What a reader yields: a record, or a problem that stands for one. Meaning is given to fields elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Record:
    """One raw document; `position` is its line or row in the file, from 0."""

    position: int
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """A place in a file that gave no document. `detail` never carries text; `text` does."""

    position: int
    reason: str
    detail: str = ""
    text: str = ""


Records = Iterator[Record | Problem]
