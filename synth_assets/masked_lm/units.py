"""Units of a text: what a mask plan hides whole or not at all, and the sentences they lie in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import regex

Entity = tuple[int, int, str]
"""Start, end and type of an entity in a text."""

PLACEHOLDER = r"\[[A-Z]+(?:_[A-Z]+)*_\d+\]"
"""What replaces a mention that is hidden by its type, e.g. [PERSON_1]."""

PUNCTUATION = "punct"
WORD = "word"
_UNIT = regex.compile(
    r"(?P<atomic>https?://[^\s<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|" + PLACEHOLDER + r")"
    r"|(?P<number>\p{N}+(?:[.,:/-]\p{N}+)*(?:%|\p{L}[\p{L}\p{M}\p{N}]*)?)"
    r"|(?P<word>\p{L}[\p{L}\p{M}\p{N}]*(?:['’]\p{L}[\p{L}\p{M}]*)?)"
    r"|(?P<punct>[^\s\p{L}\p{N}])"
)
_BREAK = regex.compile(r"[.!?…。]\s|\n")


@dataclass(frozen=True)
class Unit:
    """Characters [start, end) that are masked together or not at all."""

    start: int
    end: int
    kind: str

    @property
    def length(self) -> int:
        """Length in characters."""
        return self.end - self.start

    @property
    def is_entity(self) -> bool:
        return self.kind.startswith("entity:")


def entities_of(spans: Iterable[Mapping[str, Any]]) -> list[Entity]:
    """The entities of a row of the masked corpus, in its masked text, sorted."""
    return sorted((span["out_start"], span["out_end"], span["type"]) for span in spans)


def units_of(text: str, entities: Iterable[Entity] = ()) -> list[Unit]:
    """Units of a text, left to right; `entities` must be sorted and are never split."""
    units: list[Unit] = []
    done = 0
    for start, end, kind in entities:
        units += _plain_units(text, done, start)
        if start < end:
            units.append(Unit(start, end, f"entity:{kind}"))
        done = max(done, end)
    return units + _plain_units(text, done, len(text))


def is_maskable(unit: Unit, punctuation: bool) -> bool:
    """Whether a plan may hide the unit."""
    return punctuation or unit.kind != PUNCTUATION


def sentence_numbers(text: str, units: Iterable[Unit]) -> list[int]:
    """The number of the sentence or line that each unit lies in."""
    breaks: Iterator[int] = (match.start() for match in _BREAK.finditer(text))
    numbers, number = [], 0
    following = next(breaks, None)
    for unit in units:
        while following is not None and following < unit.start:
            number += 1
            following = next(breaks, None)
        numbers.append(number)
    return numbers


def grouped(count: int, links: Iterable[tuple[int, int]]) -> list[range]:
    """Groups of `count` neighboring units: each link (first, last) puts the units from first to last in one group."""
    reach = list(range(count))
    for first, last in links:
        reach[first] = max(reach[first], last)
    groups: list[range] = []
    start = 0
    while start < count:
        end = at = start
        while at <= end:
            end = max(end, reach[at])
            at += 1
        groups.append(range(start, end + 1))
        start = end + 1
    return groups


def _plain_units(text: str, start: int, end: int) -> list[Unit]:
    return [Unit(m.start(), m.end(), str(m.lastgroup)) for m in _UNIT.finditer(text, start, end)]
