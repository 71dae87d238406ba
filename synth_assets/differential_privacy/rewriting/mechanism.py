"""The exponential mechanism over candidates, and secure draws that are counted. What is scored belongs to `scores`."""

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

    McSherry and Talwar 2007, with a base measure. Pure epsilon-DP, and epsilon-bounded-range, in whatever the
    scores depend on: the prior cancels in the ratio of two documents, and must be the same for both.

    Args:
        scores: (rows, candidates), of any finite size: they are clipped here.
        bounds: where to; fixed before the data was seen.
        epsilon: of one draw, in nats.
        log_prior: (rows, candidates), from public and already drawn text only; default uniform.

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
    """Chooses one candidate a row and counts how often it did."""

    @property
    def count(self) -> int: ...

    def draw(self, probabilities: np.ndarray) -> np.ndarray:
        """Places in [0, candidates), one a row, from probabilities (rows, candidates)."""
        ...


class SecureDrawer:
    """Draws by the operating system's generator: no seed exists, so that no draw can be repeated.

    Probabilities become integers, at least 1, and an integer below their sum is drawn: no candidate is lost to
    rounding, and what rounding adds to delta is below candidates * 2**-80 a draw.
    """

    def __init__(self) -> None:
        self.generator: random.Random = secrets.SystemRandom()
        self.count = 0

    def draw(self, probabilities: np.ndarray) -> np.ndarray:
        """Places in [0, candidates), one a row."""
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
