"""Common words of the masked text refilled by a masked LM, spliced into the original characters.

Identifiers are never refilled from a model: it prefers frequent or memorized names. Which words may be refilled
is decided from public lists, never from the corpus.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from resources.models.protocols import Candidate, MaskedLM, Slot
from synth_assets.masking.keyed import RealValues
from synth_assets.masking.names import frequent_content_words
from synth_assets.masking.policy import RefillPolicy

_WORD = regex.compile(r"(?<![\p{L}\p{N}\p{M}_@#/.'’-])\p{Ll}+(?![\p{L}\p{N}\p{M}_@/'’-])")
_SUFFIXES = ("ing", "tion", "ment", "ness", "able", "ible", "ance", "ence", "ity", "ful", "ous", "ive", "est", "ed",
             "ly", "al", "er", "s")  # fmt: skip
_DISTANCE = 60


@dataclass(frozen=True)
class Refill:
    """`text[start:end]` becomes `word`; `score` is the masked LM's log-probability in nats."""

    start: int
    end: int
    word: str
    score: float


@dataclass(frozen=True)
class Refillable:
    """One document of a batch: its masked text, spans that stay as they are, and its generator."""

    text: str
    closed: Sequence[tuple[int, int]]
    rng: random.Random


def refill(
    documents: Sequence[Refillable], model: MaskedLM, policy: RefillPolicy, real: RealValues, reasons: Counter[str]
) -> list[list[Refill]]:
    """Refills of each document, by start. Every rejected candidate is counted in `reasons`."""
    chosen = [choose_words(document, policy) for document in documents]
    slots = [
        slot_of(document.text, span, policy.context)
        for document, spans in zip(documents, chosen, strict=True)
        for span in spans
    ]
    answers = iter(model.fill(slots, policy.top_k) if slots else [])
    results = []
    for document, spans in zip(documents, chosen, strict=True):
        made = []
        for start, end in spans:
            best = _first_passing(document.text[start:end], next(answers), real, reasons)
            if best is not None:
                made.append(Refill(start, end, best.text.strip(), best.score))
        results.append(made)
    return results


def choose_words(document: Refillable, policy: RefillPolicy) -> list[tuple[int, int]]:
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
    chosen: list[tuple[int, int]] = []
    for word in words:
        if len(chosen) == policy.per_document:
            break
        if all(abs(word[0] - other[0]) >= _DISTANCE for other in chosen):
            chosen.append(word)
    return sorted(chosen)


def slot_of(text: str, span: tuple[int, int], context: int) -> Slot:
    """The word in a window of whole words, so that cost and cache do not depend on the document's length."""
    start, end = max(0, span[0] - context), min(len(text), span[1] + context)
    while start and not text[start - 1].isspace() and start < span[0]:
        start += 1
    while end < len(text) and not text[end].isspace() and end > span[1]:
        end -= 1
    return Slot(text[start:end], span[0] - start, span[1] - start)


def _first_passing(
    original: str, candidates: Sequence[Candidate], real: RealValues, reasons: Counter[str]
) -> Candidate | None:
    for candidate in candidates:
        reason = reject_reason(original, candidate.text.strip(), real)
        if not reason:
            return candidate
        reasons[reason] += 1
    return None


def reject_reason(original: str, word: str, real: RealValues) -> str:
    """Why `word` may not stand for `original`; "" if it may."""
    if not (word.isalpha() and word.islower()):
        return "not_a_small_letter_word"
    if word == original:
        return "same_word"
    if _stem(word) == _stem(original) or word.startswith(original) or original.startswith(word):
        return "inflection"
    if word not in frequent_content_words():
        return "not_a_frequent_content_word"
    if _suffix(word) != _suffix(original):
        return "other_form"
    return "real_value" if word in real else ""


def _suffix(word: str) -> str:
    """A crude part of speech: the first suffix that leaves three letters."""
    return next((s for s in _SUFFIXES if word.endswith(s) and len(word) >= len(s) + 3), "")


def _stem(word: str) -> str:
    return word.removesuffix(_suffix(word)).rstrip("e")
