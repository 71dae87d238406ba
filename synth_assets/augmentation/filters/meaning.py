"""Scores that need a model: similarity of meaning and naturalness. One model call scores many texts."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from resources.models.protocols import CausalLM, SentenceEncoder

if TYPE_CHECKING:
    import numpy as np


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

    def pooled(self, texts: Sequence[str]) -> "np.ndarray":
        """Unit vector of a document: mean of its sentence vectors, weighted by length in characters.

        Unlike the encoder, which truncates long texts, pooling covers the whole document, at no extra cost.
        """
        import numpy as np

        weights = np.array([len(text) for text in texts], dtype=np.float32)
        total = weights @ np.stack([self._vectors[text] for text in texts])
        unit: np.ndarray = total / max(float(np.linalg.norm(total)), 1e-12)
        return unit


def logprob_deltas(pairs: Sequence[tuple[str, str]], lm: CausalLM) -> dict[tuple[str, str], float]:
    """Mean log-probability (nats a token) of each rewriting minus that of its source."""
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    means = dict(zip(texts, (likelihood.mean for likelihood in lm.log_likelihood(texts)), strict=True)) if texts else {}
    return {(source, rewriting): means[rewriting] - means[source] for source, rewriting in pairs}
