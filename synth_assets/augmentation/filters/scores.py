"""Scores of rewritings: similarity of meaning and naturalness by models, and how much is repeated word for word.

One model call scores many texts.
"""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

import numpy as np

from resources.models.protocols import CausalLM, SentenceEncoder
from synth_assets.augmentation.protection import without_protected
from synth_assets.text.words import ngrams, words

_N = 8
_SHORT_WORDS = 16  # texts below this length have too few 8-grams
_N_SHORT = 4


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


def _words(text: str, terms: Sequence[str]) -> list[str]:
    return words(without_protected(text, terms))


class Embeddings:
    """Sentence vectors of one run, each text encoded once."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, np.ndarray] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Encode new texts, in one call."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new), strict=True))

    def similarity(self, left: str, right: str) -> float:
        """Cosine of two added texts."""
        return float(self._vectors[left] @ self._vectors[right])

    def pooled(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vector of a document: mean of its sentence vectors, weighted by length in characters.

        Unlike the encoder, which truncates long texts, pooling covers the whole document, at no extra cost.
        """
        self.add(texts)
        weights = np.array([len(text) for text in texts], dtype=np.float32)
        total = weights @ np.stack([self._vectors[text] for text in texts])
        unit: np.ndarray = total / max(float(np.linalg.norm(total)), 1e-12)
        return unit


def logprob_deltas(pairs: Sequence[tuple[str, str]], lm: CausalLM) -> dict[tuple[str, str], float]:
    """Mean log-probability (nats a token) of each rewriting minus that of its source."""
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    means = dict(zip(texts, (likelihood.mean for likelihood in lm.log_likelihood(texts)), strict=True)) if texts else {}
    return {(source, rewriting): means[rewriting] - means[source] for source, rewriting in pairs}
