"""Exact accounting of integer counts under discrete Gaussian noise.

One unit changes at most `coordinates` counts by one each. The privacy loss is then a sum of discrete Gaussians, whose
distribution is computed, not bounded: delta of the composition is exact up to rounding upward (Canonne, Kamath and
Steinke 2020, arXiv:2004.00010, theorem 7; Koskela, Jalko and Honkela 2020, arXiv:1906.03049). A unit that changes fewer
counts is covered: its pair of distributions is a marginal of this one. Adaptive composition holds because this pair
dominates every neighboring pair (Zhu, Dong and Wang 2022, arXiv:2106.08567, theorem 10), and removing is the mirror
image of adding.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_assets.differential_privacy.accounting import compose_rho, epsilon_of_mu, epsilon_of_rho
from synth_assets.statistics.roots import root

Reals = NDArray[np.float64]
STEP = 2e-5
"""Losses are rounded up to multiples of this: each variance adds at most so much to epsilon."""
SLACK = 1e-12
"""Added to every delta: more than the cut tails and the rounding of a convolution."""
_TAIL = 9.0
_FINE = 1024
_MOST_RHO = 20.0
_TOP = 100.0


class Shift(NamedTuple):
    """Counts of which one unit changes at most `coordinates` by one, each with noise of this variance.

    The variance is a multiple of 1/1024, so that a float holds it exactly.
    """

    coordinates: int
    variance: float

    @property
    def rho(self) -> float:
        """Rho of zero-concentrated DP: coordinates / (2 variance) (theorem 14 of Canonne et al.)."""
        return self.coordinates / (2 * self.variance)

    @property
    def exact(self) -> Fraction:
        """The variance as a fraction."""
        return Fraction(self.variance)


@dataclass(frozen=True)
class Losses:
    """A distribution of privacy losses: `mass` at (`first` + index) * STEP; the missing mass has infinite loss."""

    first: int
    mass: Reals

    def delta(self, epsilon: float) -> float:
        """Smallest delta at which this is (epsilon, delta)-DP."""
        losses = (self.first + np.arange(len(self.mass))) * STEP
        above = losses > epsilon
        spent = float(np.sum(self.mass[above] * -np.expm1(epsilon - losses[above])))
        return min(1.0, max(0.0, spent) + SLACK)


def rho_of_shifts(shifts: Iterable[Shift]) -> float:
    """Rho of the composition."""
    return compose_rho(shift.rho for shift in shifts)


def replaced(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """The same mechanisms where one unit is exchanged for another: the counts of both change.

    Rho doubles, mu grows by the root of two; a group of two would double mu.
    """
    return tuple(Shift(2 * shift.coordinates, shift.variance) for shift in shifts)


def delta_of_shifts(epsilon: float, shifts: Sequence[Shift]) -> float:
    """Delta of the adaptive composition at `epsilon`; 0.0 for no shift."""
    return _losses(_gathered(shifts)).delta(epsilon) if shifts else 0.0


def epsilon_of_shifts(shifts: Sequence[Shift], delta: float) -> float:
    """Epsilon of the adaptive composition at `delta`; 0.0 for no shift.

    Beyond rho = 20 (epsilon of 40 and more) the bound of zCDP, which no budget asks for to the last digit.

    Raises:
        ValueError: `delta` is not between 1e-11 and 1.
    """
    if not 10 * SLACK <= delta < 1:
        raise ValueError("delta must be between 1e-11 and 1")
    if not shifts:
        return 0.0
    if (rho := rho_of_shifts(shifts)) > _MOST_RHO:
        return epsilon_of_rho(rho, delta)
    losses = _losses(_gathered(shifts))
    return root(lambda epsilon: delta - losses.delta(epsilon), 0.0, _TOP, STEP / 10)


@cache
def calibrated(
    epsilon: float, delta: float, coordinates: tuple[int, ...], shares: tuple[float, ...]
) -> tuple[Shift, ...]:
    """Shifts that together cost at most `epsilon` at `delta`, mu squared divided by `shares` (their sum is 1).

    Raises:
        ValueError: the shares do not add up to 1.
    """
    if not math.isclose(math.fsum(shares), 1.0) or len(shares) != len(coordinates):
        raise ValueError("the shares of a budget add up to 1, one for each mechanism")
    mu = root(lambda mu: epsilon_of_mu(mu, delta) - epsilon, 0.0, 100.0, 1e-9)
    while True:
        shifts = tuple(
            Shift(count, _rounded_up(count / (share * mu**2))) for count, share in zip(coordinates, shares, strict=True)
        )
        excess = epsilon_of_shifts(shifts, delta) / epsilon - 1
        if excess <= 0:
            return shifts
        mu *= 1 - max(1e-4, excess / 2)


def _rounded_up(variance: float) -> float:
    """The next multiple of 1/1024, or the next whole number where the variance is large."""
    return math.ceil(variance * _FINE) / _FINE if variance < 1_000 else float(math.ceil(variance))


def _gathered(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """One shift for each variance: mechanisms of equal noise are one mechanism with more counts."""
    total: Counter[float] = Counter()
    for coordinates, variance in shifts:
        total[variance] += coordinates
    return tuple(Shift(total[variance], variance) for variance in sorted(total))


@lru_cache(maxsize=16)  # megabytes each
def _losses(shifts: tuple[Shift, ...]) -> Losses:
    from scipy.signal import fftconvolve

    result = Losses(0, np.ones(1))
    for shift in shifts:
        other = _losses_of(shift)
        mass = np.clip(fftconvolve(result.mass, other.mass), 0.0, None)
        result = Losses(result.first + other.first, mass)
    return result


def _losses_of(shift: Shift) -> Losses:
    """The loss (n + 2 T) / (2 variance), T the sum of n discrete Gaussians, rounded up to the grid."""
    sums = _sum_of_gaussians(shift)
    values = np.arange(len(sums)) - len(sums) // 2
    places = np.ceil((shift.coordinates + 2 * values) / (2 * shift.variance) / STEP - 1e-6).astype(np.int64)
    mass = np.zeros(int(places[-1] - places[0]) + 1)
    np.add.at(mass, places - places[0], sums)
    return Losses(int(places[0]), mass)


def _sum_of_gaussians(shift: Shift) -> Reals:
    """Probabilities of the sum of `coordinates` discrete Gaussians, centered; tails below 1e-16 are cut."""
    from scipy.signal import fftconvolve

    reach = math.ceil(_TAIL * math.sqrt(shift.variance)) + 1
    one = np.exp(-(np.arange(-reach, reach + 1.0) ** 2) / (2 * shift.variance))
    most = math.ceil(_TAIL * math.sqrt(shift.variance * shift.coordinates)) + 1
    one, result, left = one / one.sum(), np.ones(1), shift.coordinates
    while left:
        if left % 2:
            result = _cut(fftconvolve(result, one), most)
        one, left = _cut(fftconvolve(one, one), most), left // 2
    return result


def _cut(probabilities: Reals, most: int) -> Reals:
    """The middle, at most `most` to each side, without negative rounding errors."""
    surplus = max(0, len(probabilities) // 2 - most)
    kept = probabilities[surplus : len(probabilities) - surplus]
    return np.clip(kept, 0.0, None)
