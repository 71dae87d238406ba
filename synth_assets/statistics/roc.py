"""Receiver operating characteristic: areas with their intervals, true positives at a fixed false positive rate, curve.

Members are those that a score should rank high, others those that it should rank low.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from synth_assets.statistics.proportions import Interval, clopper_pearson

_POINTS = 60


class Area(NamedTuple):
    """Area under the ROC curve with its interval; 0.5 means that the score is uninformative."""

    value: float
    low: float
    high: float


def placements(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """For each of `ours` the share of `theirs` below it, ties counted half."""
    ordered = np.sort(theirs)
    lower, upto = np.searchsorted(ordered, ours, "left"), np.searchsorted(ordered, ours, "right")
    return np.asarray((lower + upto) / (2 * len(ordered)))


def auc(members: np.ndarray | Sequence[float], others: np.ndarray | Sequence[float]) -> float:
    """Probability that a member scores above another, ties counted half; NaN if a group is empty."""
    if not len(members) or not len(others):
        return math.nan
    return float(placements(np.asarray(members), np.asarray(others)).mean())


def area(members: np.ndarray, others: np.ndarray, confidence: float = 0.95) -> Area:
    """Area under the curve with the interval of DeLong, DeLong and Clarke-Pearson (1988); ties count half.

    If the groups do not overlap, the estimated variance is zero. The interval is then that of a rank sum without
    errors, 1 - (1 - confidence) ** (1 / smaller group).

    Args:
        members: scores (m,).
        others: scores (n,).
        confidence: confidence level of the interval.
    """
    m, n = len(members), len(others)
    above, below = placements(members, others), 1.0 - placements(others, members)
    value = float(above.mean())
    variance = (float(above.var(ddof=1)) / m if m > 1 else 0.25) + (float(below.var(ddof=1)) / n if n > 1 else 0.25)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(variance)
    floor = 1.0 - (1.0 - confidence) ** (1.0 / min(m, n)) if value in (0.0, 1.0) else half
    return Area(value, max(0.0, value - max(half, floor)), min(1.0, value + max(half, floor)))


def clustered_area(score: np.ndarray, is_member: np.ndarray, cluster: np.ndarray, confidence: float = 0.95) -> Area:
    """Area under the curve with its interval for clustered data (Obuchowski 1997).

    Perfect separation has no variance. The lower end is then that of as many successes as there are clusters.

    Args:
        score: shape (n,).
        is_member: bool, shape (n,), with both values present.
        cluster: int, shape (n,); observations of one cluster depend on each other.
        confidence: confidence level of the interval.
    """
    members, others = score[is_member], score[~is_member]
    above, below = placements(members, others), 1.0 - placements(others, members)
    value = float(above.mean())
    _, code = np.unique(cluster, return_inverse=True)
    size = int(code.max()) + 1
    up = np.bincount(code[is_member], above - value, minlength=size)
    down = np.bincount(code[~is_member], below - value, minlength=size)
    error = float(np.sqrt(np.sum((up / len(members) + down / len(others)) ** 2) * size / max(1, size - 1)))
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error
    if error == 0.0:
        half = 1.0 - clopper_pearson(size, size, confidence).low
    return Area(value, max(0.0, value - half), min(1.0, value + half))


class Recognized(NamedTuple):
    """Members above a threshold, the interval of their share, and the exact p-value of so many without a leak."""

    hits: int
    interval: Interval
    p_value: float


def true_positives(
    members: np.ndarray, others: np.ndarray, false_positive_rate: float, confidence: float = 0.95
) -> Recognized:
    """Members above the lowest threshold that at most this share of the others exceeds.

    The interval is Clopper and Pearson's for that threshold. The p-value also accounts for choosing the threshold:
    without a leak, members and others are exchangeable, so the number of members among the top scores is
    hypergeometric. With fewer than 1 / rate others, the threshold is above all of them.
    """
    from scipy.stats import hypergeom

    allowed = int(false_positive_rate * len(others))
    threshold = np.sort(others)[::-1][allowed]
    hits = int(np.sum(members > threshold))
    p_value = float(hypergeom.cdf(allowed, len(members) + len(others), len(others), hits + allowed)) if hits else 1.0
    return Recognized(hits, clopper_pearson(hits, len(members), confidence), p_value)


def operating_points(members: np.ndarray, others: np.ndarray) -> np.ndarray:
    """False and true positive rate at each threshold, shape (thresholds + 1, 2), from (0, 0) to (1, 1)."""
    levels = np.unique(np.concatenate([members, others]))[::-1]
    false, true = (1.0 - np.searchsorted(np.sort(side), levels, "left") / len(side) for side in (others, members))
    return np.concatenate([np.zeros((1, 2)), np.stack([false, true], axis=1)])


def curve(members: np.ndarray, others: np.ndarray) -> tuple[tuple[float, float], ...]:
    """At most 61 operating points, evenly spaced in rank, from (0, 0) to (1, 1)."""
    points = operating_points(members, others)
    kept = np.unique(np.linspace(0, len(points) - 1, _POINTS + 1).round().astype(np.int64))
    return tuple((float(x), float(y)) for x, y in points[kept].round(4))
