"""A figure with its interval, by resampling subjects. What is resampled belongs to the comparisons.

All intervals are normal ones around the figure with a resampled standard error. Percentiles of the draws
would miss the figure itself where a statistic is biased upward in small samples, as every divergence is.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from synth_assets.text.draws import order_key

DRAWS = 500
GROUPS = 20


class Figure(NamedTuple):
    """A statistic with its interval; `n`: subjects or texts behind it."""

    value: float
    low: float
    high: float
    n: int
    method: str


def generator(name: str) -> np.random.Generator:
    """Random numbers of a name: the same ones for every stage, so that stages differ by their text alone."""
    return np.random.default_rng(int(order_key("synth_assets.privacy.utility", name), 16))


def around(
    value: float, error: float, n: int, how: str, confidence: float, span: tuple[float, float] = (0.0, 1.0)
) -> Figure:
    """Normal interval with standard error `error`, cut off at the ends of the possible `span`."""
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error
    low, high = max(span[0], value - half), min(span[1], value + half)
    return Figure(value, min(low, value), max(high, value), n, f"{how}, {confidence:.0%}")


def bootstrap(
    value: float, draws: "np.ndarray", n: int, confidence: float, span: tuple[float, float] = (0.0, 1.0)
) -> Figure:
    """Interval from the standard deviation of `draws`, the figure of resampled subjects (Efron 1979)."""
    return around(value, float(np.std(draws)), n, f"normal, {len(draws)} bootstrap draws", confidence, span)


def shares(hits: "np.ndarray", totals: "np.ndarray", confidence: float) -> Figure:
    """Share sum(hits) / sum(totals), both of shape (subjects,); subjects are drawn with all they have.

    With hits of shape (repetitions, subjects), the mean share; each draw uses one repetition.

    Raises:
        ValueError: if nothing was tried at all.
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

    For counts of distinct things, which drawing the same subject twice would bias.
    """
    left = np.asarray(without)
    groups = len(left)
    error = float(np.sqrt((groups - 1) / groups * np.sum((left - left.mean()) ** 2)))
    return around(value, error, n, f"normal, jackknife of {groups} groups", confidence)
