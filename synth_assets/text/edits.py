"""Applying replacements to a text: everything outside them stays byte for byte.

Where replacements come from belongs to `surrogates` and `refill`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from resources.errors import DataError


@dataclass(frozen=True)
class Edit:
    """`text[start:end]` becomes `made`."""

    start: int
    end: int
    made: str


def apply(text: str, edits: Sequence[Edit]) -> tuple[str, list[tuple[int, int]]]:
    """The edited text and where each edit lies in it.

    Raises:
        DataError: edits overlap, are unsorted, or leave the text.
    """
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    done = length = 0
    for edit in edits:
        if not done <= edit.start <= edit.end <= len(text):
            raise DataError("edits overlap or leave the text")
        pieces += [text[done : edit.start], edit.made]
        length += edit.start - done
        places.append((length, length + len(edit.made)))
        length += len(edit.made)
        done = edit.end
    return "".join([*pieces, text[done:]]), places
