"""Intervals, exact p-values and power for proportions.

All p-values are one-sided (greater): they ask whether more leaks than coincidence explains. The closed forms of the
intervals agree with `scipy.stats.binomtest`, which takes 20 to 90 times as long because it also computes the test.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from synth_assets.statistics.roots import root


class Interval(NamedTuple):
    """Lower and upper end of a confidence interval."""

    low: float
    high: float


def wilson(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927); the unit interval for n = 0."""
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    center = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4)
    return Interval(max(0.0, center - half), min(1.0, center + half))


def clopper_pearson(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Exact interval of a proportion (Clopper and Pearson 1934); its coverage is at least `confidence`."""
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return Interval(low, high)


def newcombe(hits: int, n: int, control_hits: int, control_n: int, confidence: float = 0.95) -> Interval:
    """Hybrid score interval of the difference hits/n - control_hits/control_n (Newcombe 1998, method 10)."""
    if n == 0 or control_n == 0:
        return Interval(-1.0, 1.0)
    rate, control = hits / n, control_hits / control_n
    ours, theirs = wilson(hits, n, confidence), wilson(control_hits, control_n, confidence)
    below = math.hypot(rate - ours.low, theirs.high - control)
    above = math.hypot(ours.high - rate, control - theirs.low)
    return Interval(max(-1.0, rate - control - below), min(1.0, rate - control + above))


def binomial_p(hits: int, n: int, null: float) -> float:
    """P[Bin(n, null) >= hits]."""
    from scipy.stats import binom

    return float(binom.sf(hits - 1, n, null))


def mcnemar_p(for_hits: int, against_hits: int) -> float:
    """Exact McNemar (sign) test on discordant pairs: P[Bin(for + against, 1/2) >= for]."""
    return binomial_p(for_hits, for_hits + against_hits, 0.5)


def fisher_p(hits: int, n: int, control_hits: int, control_n: int) -> float:
    """Fisher's exact test: P[as many hits in the first group | margins]. Group sizes may differ."""
    from scipy.stats import hypergeom

    return float(min(1.0, hypergeom.sf(hits - 1, n + control_n, hits + control_hits, n)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Step-down adjusted p-values (Holm 1979), in input order; controls the family-wise error rate."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, worst = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def power_single(n: int, rate: float) -> float:
    """Chance that at least one of `n` subjects is hit if each is hit with probability `rate`."""
    return 1.0 - (1.0 - rate) ** n


def power_share(n: int, null: float, excess: float, alpha: float) -> float:
    """Chance that an exact binomial test of size `alpha` against `null` detects `excess`."""
    from scipy.stats import binom

    critical = int(binom.isf(alpha, n, null)) + 1 if n else 1
    return float(binom.sf(critical - 1, n, min(1.0, null + excess))) if critical <= n else 0.0


def power_excess(n: int, control_n: int, control_rate: float, excess: float, alpha: float) -> float:
    """Exact chance that Fisher's exact test of size `alpha` detects `excess` over `control_rate`.

    Sums over the control's outcomes (all but 1e-9 of their probability), each with its own critical value.
    """
    from scipy.stats import binom

    if n == 0 or control_n == 0:
        return 0.0
    weights, critical = _fisher_critical(n, control_n, control_rate, alpha)
    return float(np.sum(weights * binom.sf(critical - 1, n, min(1.0, control_rate + excess))))


@lru_cache(maxsize=4096)
def _fisher_critical(n: int, control_n: int, control_rate: float, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import binom, hypergeom

    low, high = (int(binom.ppf(q, control_n, control_rate)) for q in (1e-9, 1 - 1e-9))
    outcomes = np.arange(max(0, low), high + 1)

    def significant(hits: np.ndarray) -> np.ndarray:
        return np.asarray(hypergeom.sf(hits - 1, n + control_n, hits + outcomes, n) <= alpha)

    return binom.pmf(outcomes, control_n, control_rate), _first_true(significant, len(outcomes), n)


def detectable_single(n: int, power: float = 0.95) -> float:
    """Smallest rate at which at least one of `n` subjects is hit with probability `power`; 1.0 for n = 0."""
    return 1.0 - (1.0 - power) ** (1.0 / n) if n else 1.0


@lru_cache(maxsize=4096)
def detectable_share(n: int, null: float, alpha: float, power: float = 0.95) -> float | None:
    """Smallest excess over `null` that an exact binomial test of size `alpha` detects with `power`, or None."""
    return _smallest(lambda excess: power_share(n, null, excess, alpha), power, 1.0 - null)


@lru_cache(maxsize=4096)
def detectable_excess(n: int, control_n: int, control_rate: float, alpha: float, power: float = 0.95) -> float | None:
    """Smallest excess over `control_rate` that Fisher's test of size `alpha` detects with `power`, or None."""
    return _smallest(lambda excess: power_excess(n, control_n, control_rate, excess, alpha), power, 1.0 - control_rate)


def _smallest(power_of: Callable[[float], float], power: float, top: float) -> float | None:
    return None if power_of(top) < power else root(lambda excess: power_of(excess) - power, 0.0, top)


def _first_true(rising: Callable[[np.ndarray], np.ndarray], size: int, top: int) -> np.ndarray:
    """For each of `size` columns the smallest integer in [0, top] where `rising` holds; top + 1 where it never does."""
    low, high = np.zeros(size, dtype=np.int64), np.full(size, top + 1, dtype=np.int64)
    while np.any(low < high):
        middle = (low + high) // 2
        holds = rising(np.minimum(middle, top)) & (middle <= top)
        high = np.where(holds, middle, high)
        low = np.where(holds | (low >= high), low, middle + 1)
    return high
