"""What differentially private mechanisms cost: conversions, calibration and composition of their guarantees.

Pure mathematics of two families: zero-concentrated DP (parameter rho) and Gaussian DP (parameter mu). Epsilon is in
nats. Who spent how much on whom belongs to `ledger`; what an audit proves about epsilon belongs to `epsilon`.
"""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from synth_assets.statistics.bisection import root

_TOLERANCE = 1e-10


class EpsilonDelta(NamedTuple):
    """A guarantee of approximate differential privacy."""

    epsilon: float
    delta: float


def delta_of_rho(epsilon: float, rho: float) -> float:
    """Smallest delta that rho-zCDP is known to give at `epsilon`, optimal over the Rényi order.

    Canonne, Kamath and Steinke 2020, arXiv:2004.00010, proposition 12. An upper bound: a mechanism of that rho may
    be better.

    Raises:
        ValueError: if a parameter is negative.
    """
    _not_negative(epsilon=epsilon, rho=rho)
    if rho == 0.0:
        return 0.0
    if math.isinf(rho):
        return 1.0

    # The bound is convex in the order; the root of its derivative is sought in log(order - 1).
    def slope(log_excess: float) -> float:
        excess = math.exp(log_excess)
        return (2 * excess + 1) * rho - epsilon - math.log1p(1 / excess)

    steepest = math.log((epsilon + 1) / (2 * rho) + 1)
    excess = math.exp(root(slope, -40.0, steepest, _TOLERANCE))
    exponent = excess * ((1 + excess) * rho - epsilon) - (1 + excess) * math.log1p(1 / excess) - math.log(excess)
    return math.exp(min(0.0, exponent))


def epsilon_of_rho(rho: float, delta: float) -> float:
    """Smallest epsilon that rho-zCDP is known to give at `delta`; inverse of `delta_of_rho`.

    Raises:
        ValueError: if `rho` is negative or `delta` is not between 0 and 1.
    """
    _not_negative(rho=rho)
    _probability(delta)
    if math.isinf(rho):
        return math.inf
    most = rho + 2 * math.sqrt(rho * -math.log(delta))  # Bun and Steinke 2016, proposition 1.3
    return root(lambda epsilon: delta - delta_of_rho(epsilon, rho), 0.0, most, _TOLERANCE)


def rho_of_epsilon(epsilon: float, delta: float) -> float:
    """Largest rho whose zCDP gives (epsilon, delta); what a budget of epsilon buys.

    Raises:
        ValueError: if `epsilon` is negative or `delta` is not between 0 and 1.
    """
    _not_negative(epsilon=epsilon)
    _probability(delta)
    return _largest(lambda rho: delta_of_rho(epsilon, rho) - delta)


def delta_of_mu(epsilon: float, mu: float) -> float:
    """Exact delta of mu-Gaussian DP at `epsilon`.

    Balle and Wang 2018, arXiv:1805.06530, theorem 8; Dong, Roth and Su 2022, corollary 1.

    Raises:
        ValueError: if a parameter is negative.
    """
    from scipy.special import log_ndtr

    _not_negative(epsilon=epsilon, mu=mu)
    if mu == 0.0:
        return 0.0
    if math.isinf(mu):
        return 1.0
    larger = float(log_ndtr(mu / 2 - epsilon / mu))
    smaller = epsilon + float(log_ndtr(-mu / 2 - epsilon / mu))
    return max(0.0, -math.exp(larger) * math.expm1(smaller - larger))


def epsilon_of_mu(mu: float, delta: float) -> float:
    """Exact epsilon of mu-Gaussian DP at `delta`; inverse of `delta_of_mu`.

    Raises:
        ValueError: if `mu` is negative or `delta` is not between 0 and 1.
    """
    _not_negative(mu=mu)
    _probability(delta)
    if math.isinf(mu):
        return math.inf
    most = mu * mu / 2 + mu * math.sqrt(-2 * math.log(delta))
    return root(lambda epsilon: delta - delta_of_mu(epsilon, mu), 0.0, most, _TOLERANCE)


def mu_of_epsilon(epsilon: float, delta: float) -> float:
    """Largest mu whose Gaussian DP gives (epsilon, delta).

    Raises:
        ValueError: if `epsilon` is negative or `delta` is not between 0 and 1.
    """
    _not_negative(epsilon=epsilon)
    _probability(delta)
    return _largest(lambda mu: delta_of_mu(epsilon, mu) - delta)


def mu_of_gaussian(sigma: float, sensitivity: float = 1.0, compositions: int = 1) -> float:
    """Mu of `compositions` adaptive releases with Gaussian noise of standard deviation `sigma`.

    Args:
        sigma: standard deviation of the noise on each coordinate; 0 gives infinity.
        sensitivity: L2 distance that one unit can move the released vector: 1 for a vote vector of norm 1 under
            adding or removing a unit, the square root of 2 under replacing it.
        compositions: number of releases, 1 or more.

    Raises:
        ValueError: if `sigma` is negative, `sensitivity` is not positive or there are no compositions.
    """
    _not_negative(sigma=sigma)
    _mechanism(sensitivity, compositions)
    return math.sqrt(compositions) * sensitivity / sigma if sigma > 0 else math.inf


def gaussian_sigma(epsilon: float, delta: float, sensitivity: float = 1.0, compositions: int = 1) -> float:
    """Smallest noise with which `compositions` releases of a vote histogram are together (epsilon, delta)-DP.

    Args:
        epsilon: budget of all releases together, in nats.
        delta: between 0 and 1.
        sensitivity: as for `mu_of_gaussian`.
        compositions: number of releases, 1 or more.

    Raises:
        ValueError: if a parameter is out of its range.
    """
    _mechanism(sensitivity, compositions)
    return math.sqrt(compositions) * sensitivity / mu_of_epsilon(epsilon, delta)


def rho_of_mu(mu: float) -> float:
    """Rho of mu-Gaussian DP: mu**2 / 2 (Bun and Steinke 2016, proposition 1.6)."""
    _not_negative(mu=mu)
    return mu * mu / 2


def rho_of_draws(epsilon: float, draws: int) -> float:
    """Rho of `draws` adaptive draws, each epsilon-bounded-range: draws * epsilon**2 / 8.

    The exponential mechanism is such a draw (Cesar and Rogers 2021, arXiv:2004.07223, lemma 3.4).
    """
    _not_negative(epsilon=epsilon, draws=draws)
    return draws * epsilon * epsilon / 8


def epsilon_of_draws(epsilon: float, draws: int, delta: float) -> EpsilonDelta:
    """The smaller of basic composition, whose delta is 0, and zCDP, for adaptive epsilon-bounded-range draws.

    Raises:
        ValueError: if a count is negative or `delta` is not between 0 and 1.
    """
    basic = EpsilonDelta(draws * epsilon, 0.0)
    concentrated = EpsilonDelta(epsilon_of_rho(rho_of_draws(epsilon, draws), delta), delta)
    return min(basic, concentrated)


def compose_rho(parts: Iterable[float]) -> float:
    """Rho of the adaptive composition of zCDP mechanisms: their sum."""
    return math.fsum(parts)


def compose_mu(parts: Iterable[float]) -> float:
    """Mu of the adaptive composition of Gaussian DP mechanisms: the root of the sum of squares."""
    return math.hypot(*parts)


def group_rho(rho: float, size: int) -> float:
    """Rho for `size` units together: size**2 * rho (Bun and Steinke 2016, proposition 1.9)."""
    _group(size)
    return size * size * rho


def group_mu(mu: float, size: int) -> float:
    """Mu for `size` units together: size * mu (Dong, Roth and Su 2022, theorem 3)."""
    _group(size)
    return size * mu


def group_epsilon(epsilon: float, delta: float, size: int) -> EpsilonDelta:
    """Guarantee for `size` units together where only (epsilon, delta) is known: size * epsilon, and delta grows.

    Delta is multiplied by size * exp((size - 1) * epsilon) (Vadhan 2017, lemma 2.2) and is at most 1. Where mu or
    rho is known, `group_mu` and `group_rho` say more.

    Raises:
        ValueError: if a parameter is negative or the group is empty.
    """
    _not_negative(epsilon=epsilon, delta=delta)
    _group(size)
    if delta == 0.0:
        return EpsilonDelta(size * epsilon, 0.0)
    exponent = math.log(size) + (size - 1) * epsilon + math.log(delta)
    return EpsilonDelta(size * epsilon, math.exp(min(0.0, exponent)))


def _largest(rising: Callable[[float], float]) -> float:
    """Largest x to relative precision with rising(x) <= 0; never above it."""
    top = 1.0
    while rising(top) < 0:
        top *= 2
    while rising(top / 2) >= 0 and top > 1e-12:
        top /= 2
    precision = top * _TOLERANCE
    return max(0.0, root(rising, 0.0, top, precision) - precision)


def _probability(delta: float) -> None:
    if not 0 < delta < 1:
        raise ValueError("delta must be between 0 and 1, both excluded")


def _not_negative(**parameters: float) -> None:
    for name, value in parameters.items():
        if not value >= 0:
            raise ValueError(f"{name} must not be negative")


def _mechanism(sensitivity: float, compositions: int) -> None:
    if not sensitivity > 0:
        raise ValueError("the sensitivity must be positive")
    if compositions < 1:
        raise ValueError("there must be at least one composition")


def _group(size: int) -> None:
    if size < 1:
        raise ValueError("a group has at least one unit")
