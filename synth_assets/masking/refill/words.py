"""Which words of a document may be refilled, and what of the text around one a model is shown.

Which words qualify is decided from public lists, never from the corpus.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from synth_assets.masked_lm.windows import Span
from synth_assets.masking.lexicon.gazetteer import frequent_content_words
from synth_assets.masking.policy import RefillPolicy

_WORD = regex.compile(r"(?<![\p{L}\p{N}\p{M}_@#/.'’-])\p{Ll}+(?![\p{L}\p{N}\p{M}_@/'’-])")
_DISTANCE = 60


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
