"""Which words of a document may be refilled, and what of the text around one a model is shown.

Which words qualify is decided from public lists, never from the corpus.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from resources.models.protocols import Slot
from synth_assets.masking.lexicon.gazetteer import frequent_content_words
from synth_assets.masking.policy import RefillPolicy

_WORD = regex.compile(r"(?<![\p{L}\p{N}\p{M}_@#/.'’-])\p{Ll}+(?![\p{L}\p{N}\p{M}_@/'’-])")
_DISTANCE = 60

Span = tuple[int, int]


@dataclass(frozen=True)
class Refillable:
    """One document of a batch: its masked text, spans that stay as they are, its generator, and what it hides.

    `hidden` are values in small letters that are replaced in this document: never written, however common.
    """

    text: str
    closed: Sequence[Span]
    rng: random.Random
    hidden: frozenset[str] = frozenset()


def choose_words(document: Refillable, policy: RefillPolicy) -> list[Span]:
    """Spans of frequent small-letter words outside closed spans, drawn at random, far apart, by start."""
    allowed = frequent_content_words()
    words = [
        match.span()
        for match in _WORD.finditer(document.text)
        if len(match.group()) >= policy.min_length
        and match.group() in allowed
        and not any(start < match.end() and match.start() < end for start, end in document.closed)
    ]
    document.rng.shuffle(words)
    chosen: list[Span] = []
    for word in words:
        if len(chosen) == policy.per_document:
            break
        if all(abs(word[0] - other[0]) >= _DISTANCE for other in chosen):
            chosen.append(word)
    return sorted(chosen)


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
