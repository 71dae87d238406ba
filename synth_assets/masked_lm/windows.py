"""Words that a masked LM is asked to fill, and the part of the text that it is shown around each.

Public word lists decide which words qualify; the corpus has no say.
"""

import random
from collections.abc import Sequence

import regex

from resources.models.protocols import Slot, Span
from synth_assets.text.words import frequent_content_words

_WORD = regex.compile(r"(?<![\p{L}\p{N}\p{M}_@#/.'’-])\p{Ll}+(?![\p{L}\p{N}\p{M}_@/'’-])")
_DISTANCE = 60  # least characters between the starts of two chosen words


def choose_words(text: str, protected: Sequence[Span], count: int, min_length: int, rng: random.Random) -> list[Span]:
    """Draw at most `count` frequent lower-case words that lie apart from each other; the result is sorted.

    Args:
        text: the text.
        protected: spans that no chosen word may touch.
        count: most words to choose.
        min_length: fewest characters of a word.
        rng: shuffles the words.
    """
    allowed = frequent_content_words()
    words = [
        match.span()
        for match in _WORD.finditer(text)
        if len(match.group()) >= min_length
        and match.group() in allowed
        and not any(start < match.end() and match.start() < end for start, end in protected)
    ]
    rng.shuffle(words)
    chosen: list[Span] = []
    for word in words:
        if len(chosen) == count:
            break
        if all(abs(word[0] - other[0]) >= _DISTANCE for other in chosen):
            chosen.append(word)
    return sorted(chosen)


def slot_of(text: str, span: Span, context: int, hidden: Sequence[Span] = ()) -> Slot:
    """The slot of a word: its `window_of` the text, in which the `hidden` words are hidden as well."""
    start, end = window_of(text, span, context)
    others = tuple((a - start, b - start) for a, b in hidden if start <= a and b <= end and (a, b) != span)
    return Slot(text[start:end], span[0] - start, span[1] - start, others)


def window_of(text: str, span: Span, context: int, shared: int = 0) -> Span:
    """The part of the text that a word is shown in: whole words, `context` to `context` + `shared` characters a side.

    A text no longer than the longest window is shown whole. In a longer one, windows lie on a grid of `shared`
    characters (default 4 x `context`): neighboring words share a window and with it the work of a model, and neither
    cost nor cache size depends on the length of the document.
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
