"""The exponential mechanism over candidates, and secure, counted draws."""

import math
import random
import secrets
from typing import NamedTuple, Protocol

import numpy as np

from resources.errors import DataError

_BITS = 80
"""Probabilities are drawn as integers of this many bits."""


class Bounds(NamedTuple):
    """Public interval into which every score is clipped; its width is the sensitivity of a score."""

    low: float
    high: float


def exponential_mechanism(
    scores: np.ndarray, bounds: Bounds, epsilon: float, log_prior: np.ndarray | None = None
) -> np.ndarray:
    """P(y) proportional to prior(y) * exp(epsilon * clip(score(y)) / (2 * sensitivity)), by row, in float64.

    McSherry and Talwar 2007, with a base measure. Pure epsilon-DP and epsilon-bounded-range with respect to the data
    behind the scores. The prior cancels in the ratio of two documents, so it must be the same for both.

    Args:
        scores: (rows, candidates); finite values, clipped here.
        bounds: clipping bounds, fixed before the data was seen.
        epsilon: of one draw, in nats.
        log_prior: (rows, candidates), from public and previously drawn text only; uniform by default.

    Raises:
        DataError: a score or a prior is not finite.
    """
    exponents = epsilon * np.clip(scores, *bounds) / (2 * (bounds.high - bounds.low))
    if log_prior is not None:
        exponents = exponents + log_prior
    if not np.isfinite(exponents).all():
        raise DataError("a candidate has a score that is not a number")
    weights = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    shares: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return shares


class Drawer(Protocol):
    """Draws one candidate per row and counts the draws."""

    @property
    def count(self) -> int: ...

    def draw(self, probabilities: np.ndarray) -> np.ndarray:
        """Draw an index in [0, candidates) for each row of the probabilities (rows, candidates)."""
        ...


class SecureDrawer:
    """Draws with the operating system's generator, which has no seed, so no draw can be repeated.

    Probabilities are scaled to integers of at least 1, and an integer below their sum is drawn. Rounding therefore
    drops no candidate, and adds less than candidates * 2**-80 to delta per draw.
    """

    def __init__(self) -> None:
        self.generator: random.Random = secrets.SystemRandom()
        self.count = 0

    def draw(self, probabilities: np.ndarray) -> np.ndarray:
        """Draw an index in [0, candidates) for each row."""
        return np.array([self._one(row) for row in probabilities.tolist()], dtype=np.int64)

    def _one(self, row: list[float]) -> int:
        weights = [int(math.ldexp(share, _BITS)) + 1 for share in row]
        left = self.generator.randrange(sum(weights))
        self.count += 1
        for place, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return place
        raise AssertionError("an integer below the sum of the weights has a place")
