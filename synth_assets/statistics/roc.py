"""Receiver operating characteristic of a score: area with its interval, true positives at a fixed false positive rate.

Pure mathematics: what is scored belongs to the attacks.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from synth_assets.statistics.proportions import Interval, clopper_pearson

_POINTS = 60


class Area(NamedTuple):
    """Area under the ROC curve (0.5: the score tells nothing) with its interval."""

    value: float
    low: float
    high: float


def area(members: "np.ndarray", others: "np.ndarray", confidence: float = 0.95) -> Area:
    """Area under the curve with the interval of DeLong, DeLong and Clarke-Pearson (1988); ties count half.

    Where the groups do not overlap the estimated variance is zero; the interval is then that of a rank sum
    without any error, 1 - (1 - confidence) ** (1 / smaller group).

    Args:
        members: scores (m,) of those who took part; higher means more likely to have.
        others: scores (n,) of those who did not.
        confidence: of the interval.
    """
    m, n = len(members), len(others)
    above, below = _placements(members, others)
    value = float(above.mean())
    variance = (float(above.var(ddof=1)) / m if m > 1 else 0.25) + (float(below.var(ddof=1)) / n if n > 1 else 0.25)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(variance)
    floor = 1.0 - (1.0 - confidence) ** (1.0 / min(m, n)) if value in (0.0, 1.0) else half
    return Area(value, max(0.0, value - max(half, floor)), min(1.0, value + max(half, floor)))


def clustered_area(
    score: "np.ndarray", positive: "np.ndarray", cluster: "np.ndarray", confidence: float = 0.95
) -> Area:
    """Area under the curve with its interval for clustered data (Obuchowski 1997).

    Perfect separation has no variance: the end is then what as many clean trials as there are clusters prove.

    Args:
        score: shape (n,); higher means more likely positive.
        positive: bool, shape (n,), with some of both.
        cluster: int, shape (n,): observations of one cluster depend on each other.
        confidence: of the interval.
    """
    above, below = _placements(score[positive], score[~positive])
    value = float(above.mean())
    _, code = np.unique(cluster, return_inverse=True)
    size = int(code.max()) + 1
    up = np.bincount(code[positive], above - value, minlength=size)
    down = np.bincount(code[~positive], below - value, minlength=size)
    spread = up / len(above) + down / len(below)
    error = float(np.sqrt(np.sum(spread**2) * size / max(1, size - 1)))
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error
    if error == 0.0:
        half = 1.0 - clopper_pearson(size, size, confidence).low
    return Area(value, max(0.0, value - half), min(1.0, value + half))


def _placements(members: "np.ndarray", others: "np.ndarray") -> tuple["np.ndarray", "np.ndarray"]:
    """For each member the share of others below it, and for each other the share of members above it; ties half."""
    from scipy.stats import rankdata

    m, n = len(members), len(others)
    both = rankdata(np.concatenate([members, others]))
    return (both[:m] - rankdata(members)) / n, 1.0 - (both[m:] - rankdata(others)) / m


class Recognized(NamedTuple):
    """Members above a threshold, the interval of their share, and the exact p-value of so many without a leak."""

    hits: int
    interval: Interval
    p_value: float


def true_positives(
    members: "np.ndarray", others: "np.ndarray", false_positive_rate: float, confidence: float = 0.95
) -> Recognized:
    """Members above the lowest threshold that at most this share of the others exceeds.

    The interval is Clopper and Pearson's, the threshold taken as given. The p-value is exact for the threshold as
    well: without a leak members and others are exchangeable, so that at least `hits` of the best ones are members
    with a hypergeometric probability. With fewer than 1 / rate others the threshold lies above all of them.
    """
    from scipy.stats import hypergeom

    allowed = int(false_positive_rate * len(others))
    threshold = np.sort(others)[::-1][allowed]
    hits = int(np.sum(members > threshold))
    p_value = float(hypergeom.cdf(allowed, len(members) + len(others), len(others), hits + allowed)) if hits else 1.0
    return Recognized(hits, clopper_pearson(hits, len(members), confidence), p_value)


def curve(members: "np.ndarray", others: "np.ndarray") -> tuple[tuple[float, float], ...]:
    """At most 61 points (false positive rate, true positive rate) of the curve, from (0, 0) to (1, 1)."""
    levels = np.unique(np.concatenate([members, others]))
    if len(levels) > _POINTS:
        levels = np.quantile(levels, np.linspace(0, 1, _POINTS), method="nearest")
    ours, theirs = np.sort(members), np.sort(others)
    false = 1.0 - np.searchsorted(theirs, levels, "left") / len(theirs)
    true = 1.0 - np.searchsorted(ours, levels, "left") / len(ours)
    points = sorted({(0.0, 0.0), (1.0, 1.0), *zip(false.round(4).tolist(), true.round(4).tolist(), strict=True)})
    return tuple(points)
