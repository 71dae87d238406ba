"""The part of a text that a masked LM is shown around a word."""

from collections.abc import Sequence

from resources.models.protocols import Slot

Span = tuple[int, int]


def slot_of(text: str, span: Span, context: int, hidden: Sequence[Span] = ()) -> Slot:
    """The word in its window (`window_of`), with those of the `hidden` words that stand in it hidden as well."""
    start, end = window_of(text, span, context)
    others = tuple((a - start, b - start) for a, b in hidden if start <= a and b <= end and (a, b) != span)
    return Slot(text[start:end], span[0] - start, span[1] - start, others)


def window_of(text: str, span: Span, context: int, shared: int = 0) -> Span:
    """The part of the text that a word is shown in: whole words, `context` to `context` + `shared` characters a side.

    A text no longer than the longest window is shown whole. Else it begins and ends on a grid of `shared` characters
    (default 4 x `context`), so that neighboring words share it, and with it the work of a model; neither cost nor cache
    depend on the document's length.
    """
    grid = shared or 4 * context
    if len(text) <= grid + 2 * context:
        return 0, len(text)
    block = span[0] // grid
    start, end = max(0, block * grid - context), min(len(text), max(span[1], (block + 1) * grid + context))
    while start and not text[start - 1].isspace() and start < span[0]:
        start += 1
    while end < len(text) and not text[end].isspace() and end > span[1]:
        end -= 1
    return start, end
