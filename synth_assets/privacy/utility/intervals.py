"""Figures with intervals from resampled subjects.

All intervals are normal intervals around the figure with a resampled standard error. Percentile intervals would exclude
the figure itself if the statistic is biased upward in small samples, as divergences are.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from synth_assets.text.draws import order_key

DRAWS = 500
GROUPS = 20


class Figure(NamedTuple):
    """A statistic with its interval; `n`: number of subjects or texts."""

    value: float
    low: float
    high: float
    n: int
    method: str


def generator(name: str) -> np.random.Generator:
    """Random generator for a name, the same for all stages, so that stages differ only by their text."""
    return np.random.default_rng(int(order_key("synth_assets.privacy.utility", name), 16))


def around(value: float, error: float, n: int, how: str, confidence: float) -> Figure:
    """Normal interval with standard error `error`, truncated to [0, 1]."""
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Figure(value, min(low, value), max(high, value), n, f"{how}, {confidence:.0%}")


def bootstrap(value: float, draws: "np.ndarray", n: int, confidence: float) -> Figure:
    """Interval from the standard deviation of `draws`, the figure of resampled subjects (Efron 1979)."""
    return around(value, float(np.std(draws)), n, f"normal, {len(draws)} bootstrap draws", confidence)


def shares(hits: "np.ndarray", totals: "np.ndarray", confidence: float) -> Figure:
    """Share sum(hits) / sum(totals), both of shape (subjects,); a subject is resampled with all its trials.

    With hits of shape (repetitions, subjects), the mean share; each draw uses one repetition.

    Raises:
        ValueError: if there are no trials.
    """
    repeated = np.atleast_2d(hits).astype(float)
    repetitions, n = repeated.shape
    if totals.sum() == 0:
        raise ValueError("no trials")
    weights = generator("subjects").multinomial(n, np.full(n, 1 / n), size=DRAWS)
    won = np.einsum("dn,dn->d", weights, repeated[np.arange(DRAWS) % repetitions])
    draws = won / np.maximum(weights @ totals, 1)
    return bootstrap(float(repeated.sum() / repetitions / totals.sum()), draws, n, confidence)


def jackknife(value: float, without: Sequence[float], n: int, confidence: float) -> Figure:
    """Delete-a-group jackknife (Kott 2001): `without` holds the figure without each group of subjects.

    For counts of distinct items, which a bootstrap would bias by drawing the same subject twice.
    """
    left = np.asarray(without)
    groups = len(left)
    error = float(np.sqrt((groups - 1) / groups * np.sum((left - left.mean()) ** 2)))
    return around(value, error, n, f"normal, jackknife of {groups} groups", confidence)
