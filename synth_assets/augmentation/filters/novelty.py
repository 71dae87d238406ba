"""Novelty: how much of a text repeats its source word for word."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from synth_assets.augmentation.protection import without_protected
from synth_assets.text.words import ngrams, words

_N = 8
_SHORT_WORDS = 16  # texts below this length have too few 8-grams
_N_SHORT = 4
COPY_N = 13  # a run of 13 words counts as copied, as in contamination studies


def unchanged_share(source: str, text: str, terms: Sequence[str] = ()) -> float:
    """Share of the word n-grams of `text` found in `source`, outside what is protected; 1.0 for a copy."""
    left, right = _words(source, terms), _words(text, terms)
    n = _N if min(len(left), len(right)) >= _SHORT_WORDS else _N_SHORT
    grams = ngrams(right, n)
    if not grams:
        return float(left == right)
    known = set(ngrams(left, n))
    return sum(gram in known for gram in grams) / len(grams)


def longest_run(source: str, text: str, terms: Sequence[str] = ()) -> int:
    """Words in the longest run that both texts share, outside what is protected."""
    left, right = _words(source, terms), _words(text, terms)
    return SequenceMatcher(None, left, right, autojunk=False).find_longest_match().size


def copied_ngrams(text: str, known: set[tuple[str, ...]]) -> int:
    """13-grams of `text` that are among the `known` ones."""
    return sum(gram in known for gram in ngrams(words(text), COPY_N))


def known_ngrams(texts: Sequence[str]) -> set[tuple[str, ...]]:
    """All word 13-grams of the texts."""
    return {gram for text in texts for gram in ngrams(words(text), COPY_N)}


def _words(text: str, terms: Sequence[str]) -> list[str]:
    return words(without_protected(text, terms))
