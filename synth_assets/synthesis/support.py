"""Support: which subjects share a thing. Nothing that fewer than k subjects share leaves a document.

Subjects are bits of an integer, so that an intersection of two sets of thousands is one operation.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


class Support(Generic[Thing]):
    """The subjects that share each thing."""

    def __init__(self) -> None:
        self._bits: defaultdict[Thing, int] = defaultdict(int)

    def add(self, thing: Thing, subject: int) -> None:
        """One of the documents of a subject (a number from 0) holds the thing."""
        self._bits[thing] |= 1 << subject

    def __getitem__(self, thing: Thing) -> int:
        return self._bits.get(thing, 0)

    def __iter__(self) -> Iterator[Thing]:
        return iter(self._bits)

    def count(self, thing: Thing) -> int:
        """How many subjects share it."""
        return self[thing].bit_count()

    def at_least(self, k: int) -> dict[Thing, int]:
        """What at least `k` subjects share, with them as bits."""
        return {thing: bits for thing, bits in self._bits.items() if bits.bit_count() >= k}


def numbered(subjects: Iterable[str]) -> Mapping[str, int]:
    """A number for each subject, whatever order they come in."""
    return {subject: number for number, subject in enumerate(sorted(set(subjects)))}
