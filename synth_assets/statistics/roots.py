"""Finds roots of rising functions."""

from collections.abc import Callable


def root(rising: Callable[[float], float], low: float, high: float, tolerance: float = 1e-6) -> float:
    """Smallest x in [low, high] with rising(x) >= 0, at most `tolerance` above it; `high` if there is none."""
    from scipy.optimize import brentq

    if rising(low) >= 0:
        return low
    if rising(high) < 0:
        return high
    return min(high, float(brentq(rising, low, high, xtol=tolerance / 2)) + tolerance / 2)
