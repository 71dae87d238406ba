"""Two masked LMs asked for the same words: better answers than either gives, at the cost of both.

Linear interpolation (Jelinek and Mercer, 1980) of two laws over words. Models of different kinds err differently: one
that reads both sides at once, and a causal one that ranks a few candidates with what follows.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from resources.models.protocols import Candidate, MaskedLM, Slot

DEPTH = 50
"""Answers of the first that are looked at; the second, which may pay for each, gives as many as are asked for."""


class MixedMaskedLM:
    """p(word) = (p_first(word) + p_second(word)) / 2, each the softmax of its answers' calibrated scores."""

    temperature = 0.8
    """Where two models that err differently are averaged, the mean is less sure than it is right; fitted by
    benchmarks/masked_lm.py to the embedded ones."""

    def __init__(self, first: MaskedLM, second: MaskedLM) -> None:
        self._first = first
        self._second = second

    @property
    def fingerprint(self) -> str:
        """Identity of both."""
        both = f"{self._first.fingerprint} {self._second.fingerprint}"
        return hashlib.sha256(both.encode()).hexdigest()[:32]

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        """Words by falling log p.

        Raises:
            DataError, PolicyError: as the two models do.
        """
        firsts = self._first.fill(slots, max(top_k, DEPTH))
        seconds = self._second.fill(slots, top_k)
        return [
            _mixed(_law(first, self._first.temperature), _law(second, self._second.temperature))[:top_k]
            for first, second in zip(firsts, seconds, strict=True)
        ]


def _law(row: Sequence[Candidate], temperature: float) -> dict[str, float]:
    """Probabilities that add up to one over the answers."""
    best = max((candidate.score for candidate in row), default=0.0)
    weights: defaultdict[str, float] = defaultdict(float)
    for candidate in row:
        weights[candidate.text] += math.exp((candidate.score - best) / temperature)
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def _mixed(first: Mapping[str, float], second: Mapping[str, float]) -> list[Candidate]:
    law = {word: (first.get(word, 0.0) + second.get(word, 0.0)) / 2 for word in {**first, **second}}
    order = sorted(law.items(), key=lambda item: (-item[1], item[0]))
    return [Candidate(word, math.log(p)) for word, p in order if p > 0.0]  # a softmax can underflow to nothing
