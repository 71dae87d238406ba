"""Replaces spans of a text and keeps every character outside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from resources.errors import DataError


@dataclass(frozen=True)
class Edit:
    """Replaces `text[start:end]` with `replacement`."""

    start: int
    end: int
    replacement: str


def apply(text: str, edits: Sequence[Edit]) -> tuple[str, list[tuple[int, int]]]:
    """Apply edits in order of position.

    Returns:
        The edited text, and the span of each replacement in it.

    Raises:
        DataError: edits overlap, are unsorted, or leave the text.
    """
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    done = length = 0
    for edit in edits:
        if not done <= edit.start <= edit.end <= len(text):
            raise DataError("edits overlap or leave the text")
        pieces += [text[done : edit.start], edit.replacement]
        length += edit.start - done
        spans.append((length, length + len(edit.replacement)))
        length += len(edit.replacement)
        done = edit.end
    return "".join([*pieces, text[done:]]), spans
