"""The raw documents of a run, in the order of their ids, kept on disk; and what every step of masking is given."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from resources.errors import DataError
from resources.keys import Keys
from resources.models.protocols import Models
from resources.progress import Progress
from resources.scratch import Scratch
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.records import Row

T = TypeVar("T")

COLUMNS = ("id", "source_doc", "subject", "role", "text", "label", "language")
"""Columns of a raw document that masking reads."""
PAGE = 256
_RAW, _SOURCE = "raw", "source_doc"


class Documents:
    """Raw documents by id: read once from `rows`, then as often as needed from `scratch`.

    Raises:
        DataError: two documents have the same id.
    """

    def __init__(self, rows: Iterable[Row], scratch: Scratch) -> None:
        self.roles: Counter[str] = Counter()
        self._scratch = scratch
        for page in batches(rows, PAGE):
            scratch.put(_RAW, ((row["id"], {name: row.get(name) for name in COLUMNS}) for row in page))
            scratch.put(_SOURCE, ((row["source_doc"], row["id"]) for row in page))
            self.roles.update(row["role"] for row in page)
        if scratch.count(_RAW) != len(self):
            raise DataError("two raw documents have the same id")

    def __len__(self) -> int:
        return self.roles.total()

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self._scratch.items(_RAW))

    def __getitem__(self, name: str) -> Row:
        row: Row = self._scratch.get(_RAW, name)
        return row

    def text_of(self, source_doc: str) -> str | None:
        """The raw text of a source document; None where it is not among these."""
        name = self._scratch.get(_SOURCE, source_doc)
        return None if name is None else str(self[name]["text"])


@dataclass(frozen=True)
class Task:
    """What every step of a run is given; steps leave their results on shelves of `scratch`, by id."""

    documents: Documents
    scratch: Scratch
    policy: MaskingPolicy
    seed: int
    keys: Keys
    models: Models
    progress: Progress


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items; the last one may be shorter."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
