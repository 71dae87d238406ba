"""Scores that need a model: similarity of meaning and naturalness. One model call for many texts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resources.models.protocols import CausalLM, SentenceEncoder
from synth_assets.augmentation.filters.text import Pair, first_reason
from synth_assets.augmentation.policy import AugmentationPolicy

if TYPE_CHECKING:
    import numpy as np


class Embeddings:
    """Sentence vectors of one run, each text encoded once."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, np.ndarray] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Encode the texts that are not known yet, in one call."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new), strict=True))

    def similarity(self, left: str, right: str) -> float:
        """Cosine of two added texts."""
        return float(self._vectors[left] @ self._vectors[right])

    def pooled(self, texts: Sequence[str]) -> "np.ndarray":
        """Unit vector of a document: mean of its sentence vectors, weighted by length in characters.

        Pooling costs nothing and sees the whole document, where the encoder truncates long texts.
        """
        import numpy as np

        weights = np.array([len(text) for text in texts], dtype=np.float32)
        total = weights @ np.stack([self._vectors[text] for text in texts])
        unit: np.ndarray = total / max(float(np.linalg.norm(total)), 1e-12)
        return unit


@dataclass(frozen=True)
class Judgment:
    """Why a pair was dropped (None: kept) and its similarity, where it came that far."""

    reason: str | None
    similarity: float = 0.0


def judge(pairs: Sequence[Pair], policy: AugmentationPolicy, embeddings: Embeddings) -> list[Judgment]:
    """Text filters first, then the similarity band on what they kept."""
    reasons = [first_reason(pair, policy) for pair in pairs]
    kept = [pair for pair, reason in zip(pairs, reasons, strict=True) if reason is None]
    embeddings.add(text for pair in kept for text in (pair.source, pair.rewriting))
    return [
        Judgment(reason) if reason else _in_band(embeddings.similarity(pair.source, pair.rewriting), policy)
        for pair, reason in zip(pairs, reasons, strict=True)
    ]


def _in_band(similarity: float, policy: AugmentationPolicy) -> Judgment:
    if similarity < policy.similarity_min:
        return Judgment("similarity", similarity)
    return Judgment("not_novel" if similarity > policy.similarity_max else None, similarity)


def logprob_deltas(pairs: Sequence[tuple[str, str]], lm: CausalLM) -> dict[tuple[str, str], float]:
    """Mean log-probability (nats a token) of each rewriting minus that of its source."""
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    means = dict(zip(texts, (found.mean for found in lm.log_likelihood(texts)), strict=True)) if texts else {}
    return {(source, rewriting): means[rewriting] - means[source] for source, rewriting in pairs}
