"""Two masked LMs combined: better answers than either gives, at the cost of both.

Linear interpolation (Jelinek and Mercer, 1980) of two distributions over words. Models of different kinds err
differently: one reads both sides at once, the other is causal and ranks a few candidates by what follows.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from resources.models.protocols import Candidate, MaskedLM, Slot

DEPTH = 50
"""Answers taken from the first model. The second, where each may cost time, gives as many as are asked for."""


class MixedMaskedLM:
    """p(word) = (p_first(word) + p_second(word)) / 2, each the softmax of its answers' calibrated scores."""

    temperature = 0.8
    """The average of two models that err differently is underconfident; fitted by benchmarks/masked_lm.py to the
    embedded ones."""

    def __init__(self, first: MaskedLM, second: MaskedLM) -> None:
        self._first = first
        self._second = second

    @property
    def fingerprint(self) -> str:
        """Identity of both."""
        both = f"{self._first.fingerprint} {self._second.fingerprint}"
        return hashlib.sha256(both.encode()).hexdigest()[:32]

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        """Words, likeliest first.

        Raises:
            DataError, PolicyError: as the two models do.
        """
        firsts = self._first.fill(slots, max(top_k, DEPTH))
        seconds = self._second.fill(slots, top_k)
        return [
            _mixed(_distribution(first, self._first.temperature), _distribution(second, self._second.temperature))[
                :top_k
            ]
            for first, second in zip(firsts, seconds, strict=True)
        ]


def _distribution(row: Sequence[Candidate], temperature: float) -> dict[str, float]:
    """Probabilities of the answers; they sum to one."""
    best = max((candidate.score for candidate in row), default=0.0)
    weights: defaultdict[str, float] = defaultdict(float)
    for candidate in row:
        weights[candidate.text] += math.exp((candidate.score - best) / temperature)
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def _mixed(first: Mapping[str, float], second: Mapping[str, float]) -> list[Candidate]:
    mixture = {word: (first.get(word, 0.0) + second.get(word, 0.0)) / 2 for word in {**first, **second}}
    order = sorted(mixture.items(), key=lambda item: (-item[1], item[0]))
    return [Candidate(word, math.log(p)) for word, p in order if p > 0.0]  # a softmax can underflow to nothing
