"""Units as a tokenizer sees them: which tokens belong together, for any tokenizer that gives offsets.

Works for WordPiece, Unigram and byte-level BPE, with offsets that include the leading space or leave it out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from synth_assets.masked_lm.units import Unit, joined


class Part(NamedTuple):
    """Neighboring units that can only be hidden together, and their tokens in order."""

    units: range
    tokens: list[int]


def token_parts(
    text: str,
    found: Sequence[Unit],
    offsets: Sequence[tuple[int, int]],
    special: Sequence[int],
    links: Iterable[tuple[int, int]] = (),
) -> list[Part]:
    """The units of a text in parts, so that no token belongs to two of them; tokens of white space belong to none.

    A single space that is a token of its own right before a unit belongs to the unit: left visible, it would tell how
    the hidden word is divided.

    Args:
        text: the text that was tokenized.
        found: its units.
        offsets: code point offsets of each token, shape (n, 2).
        special: 1 for tokens that stand for no text, shape (n,).
        links: (first, last) units that are one part in any case.
    """
    starts, ends = [unit.start for unit in found], [unit.end for unit in found]
    touched = [None if special[i] else _touched(text[a:b], a, b, starts, ends) for i, (a, b) in enumerate(offsets)]
    parts = [Part(group, []) for group in joined(len(found), [*(t for t in touched if t), *links])]
    part_of = [number for number, part in enumerate(parts) for _ in part.units]
    for i, units_of_token in enumerate(touched):
        if units_of_token:
            parts[part_of[units_of_token[0]]].tokens.append(i)
    return parts


def _touched(piece: str, start: int, end: int, starts: Sequence[int], ends: Sequence[int]) -> tuple[int, int] | None:
    """First and last unit that a token has characters of."""
    if piece in ("", " "):
        first = bisect_left(starts, end)
        return (first, first) if first < len(starts) and starts[first] == end else None
    start += len(piece) - len(piece.lstrip())
    first, last = bisect_right(ends, start), bisect_left(starts, start + len(piece.strip())) - 1
    return (first, last) if first <= last else None
