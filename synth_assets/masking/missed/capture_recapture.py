"""Capture-recapture: how many units are on no list, from which lists have the others.

Every estimate assumes a closed population, no false entries, and independent lists. Lists that tend to have the same
units (positive dependence) make it an underestimate; lists with different units by construction, and false entries on
one list, make it an overestimate.
"""

import math
from collections.abc import Mapping
from itertools import combinations
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
LEAST_SHARED = 7
"""Units on more than one list that an estimate needs: from 7 on Chapman's is all but unbiased (Robson, Regier 1964)."""


class Estimate(NamedTuple):
    """Number of unseen units with the ends of its confidence interval."""

    missed: float
    low: float
    high: float


def chapman(first_only: int, second_only: int, both: int) -> Estimate | None:
    """Unseen units from two lists: Lincoln-Petersen in Chapman's form (1951); None where too few are on both.

    f0 = (n1 + 1)(n2 + 1) / (m + 1) - 1 - seen = first_only * second_only / (m + 1), with Seber's variance (1970)
    (n1 + 1)(n2 + 1) first_only second_only / ((m + 1)^2 (m + 2)) and a log-normal interval.
    """
    if both < LEAST_SHARED:
        return None
    missed = first_only * second_only / (both + 1)
    sizes = (first_only + both + 1) * (second_only + both + 1)
    variance = sizes * first_only * second_only / ((both + 1) ** 2 * (both + 2))
    return _log_normal(missed, variance, first_only + second_only, both)


def chao(histories: Mapping[int, int]) -> Estimate | None:
    """Unseen units from three lists or more: Chao's lower bound for lists of unequal reach (1989, Biometrics 45:427).

    f0 = (f1^2 - sum Z_i^2) / (2 (f2 + 1)), with f1 and f2 the units on exactly one and two lists and Z_i those on
    list i alone; for two lists it is Chapman's. Under independence it estimates f0 itself; where units differ in how
    easily they are found, it is a lower bound of it. Variance by the delta method on Poisson counts, plus f0 for the
    unseen cell.

    Args:
        histories: set of lists (bits) -> number of units on exactly these lists. The empty set is left out of account.
    """
    alone = [count for lists, count in histories.items() if lists.bit_count() == 1]
    pairs = sum(count for lists, count in histories.items() if lists.bit_count() == 2)
    shared = sum(count for lists, count in histories.items() if lists.bit_count() >= 2)
    if shared < LEAST_SHARED:
        return None
    products = sum(a * b for a, b in combinations(alone, 2))
    missed = products / (pairs + 1)
    by_single = sum(((sum(alone) - count) / (pairs + 1)) ** 2 * count for count in alone)
    variance = by_single + products**2 * pairs / (pairs + 1) ** 4 + missed
    return _log_normal(missed, variance, sum(alone), shared)


def _log_normal(missed: float, variance: float, alone: int, shared: int) -> Estimate:
    """Interval (f0 / C, f0 * C), C = exp(z sqrt(log(1 + var / f0^2))) (Chao 1987).

    Where f0 is 0 there is no such interval: then the upper end is what the exact upper end of a miss rate of 0 of
    `shared` lets be missed beside the units that one list has alone.
    """
    tail = (1 - CONFIDENCE) / 2
    if missed == 0:
        rate = 1 - tail ** (1 / shared)
        return Estimate(0.0, 0.0, max(1, alone) * rate / (1 - rate))
    factor = math.exp(NormalDist().inv_cdf(1 - tail) * math.sqrt(math.log(1 + variance / missed**2)))
    return Estimate(missed, missed / factor, missed * factor)
