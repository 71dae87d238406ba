"""Units of a text: what a mask plan hides whole or not at all, and the sentences they lie in.

Which units are hidden belongs to `plan`; what a tokenizer makes of them to `synth_assets.masked_lm`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

Entity = tuple[int, int, str]

PLACEHOLDER = r"\[[A-Z]+(?:_[A-Z]+)*_\d+\]"
"""What stands for a mention that is hidden by its type, e.g. [PERSON_1]."""

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
        """Characters."""
        return self.end - self.start

    @property
    def is_entity(self) -> bool:
        return self.kind.startswith("entity:")


def units(text: str, entities: Sequence[Entity] = ()) -> list[Unit]:
    """Units of a text, left to right; `entities` are (start, end, type), sorted, and are never split."""
    found: list[Unit] = []
    done = 0
    for start, end, kind in entities:
        found += _plain_units(text, done, start)
        if start < end:
            found.append(Unit(start, end, f"entity:{kind}"))
        done = max(done, end)
    return found + _plain_units(text, done, len(text))


def is_maskable(unit: Unit, punctuation: bool) -> bool:
    """Whether a plan may hide the unit."""
    return punctuation or unit.kind != PUNCTUATION


def segments(text: str, found: Sequence[Unit]) -> list[int]:
    """The number of the sentence or line each unit lies in."""
    breaks: Iterator[int] = (match.start() for match in _BREAK.finditer(text))
    numbers, number = [], 0
    following = next(breaks, None)
    for unit in found:
        while following is not None and following < unit.start:
            number += 1
            following = next(breaks, None)
        numbers.append(number)
    return numbers


def joined(count: int, links: Iterable[tuple[int, int]]) -> list[range]:
    """`count` units in groups of neighbors: every link (first, last) puts all units from first to last in one."""
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
