"""Bisection over reals and over integers, as the power calculations need it."""

from collections.abc import Callable

import numpy as np


def root(rising: Callable[[float], float], low: float, high: float, tolerance: float = 1e-6) -> float:
    """Smallest x in [low, high] with rising(x) >= 0, to `tolerance`; `high` is assumed to satisfy it."""
    if rising(low) >= 0:
        return low
    while high - low > tolerance:
        middle = (low + high) / 2
        if rising(middle) >= 0:
            high = middle
        else:
            low = middle
    return high


def first_true(rising: Callable[["np.ndarray"], "np.ndarray"], size: int, top: int) -> "np.ndarray":
    """For each of `size` columns the smallest integer in [0, top] where `rising` holds; top + 1 where it never does."""
    low, high = np.zeros(size, dtype=np.int64), np.full(size, top + 1, dtype=np.int64)
    while np.any(low < high):
        middle = (low + high) // 2
        holds = rising(np.minimum(middle, top)) & (middle <= top)
        high = np.where(holds, middle, high)
        low = np.where(holds | (low >= high), low, middle + 1)
    return high
