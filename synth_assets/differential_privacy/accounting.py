"""Privacy accounting: converts and composes guarantees of differential privacy.

Covers two families: zero-concentrated DP (zCDP, parameter rho) and Gaussian DP (parameter mu). Epsilon is in nats.
Lower bounds come from a one-run audit (Steinke, Nasr and Jagielski 2023, arXiv:2305.08846, theorem 5.2).
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from synth_assets.statistics.roots import root

_TOLERANCE = 1e-10
_TOP = 60.0
"""Largest lower bound searched for; only an audit of 10**24 canaries or more could exceed it."""


class EpsilonDelta(NamedTuple):
    """A guarantee of approximate differential privacy."""

    epsilon: float
    delta: float


def delta_of_rho(epsilon: float, rho: float) -> float:
    """Smallest delta that rho-zCDP is known to give at `epsilon`, optimized over the Rényi order.

    Canonne, Kamath and Steinke 2020, arXiv:2004.00010, proposition 12. This is an upper bound: the delta of a
    particular mechanism may be smaller.

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


def _probability(delta: float) -> None:
    if not 0 < delta < 1:
        raise ValueError("delta must be between 0 and 1, both excluded")


def _not_negative(**parameters: float) -> None:
    for name, value in parameters.items():
        if not value >= 0:
            raise ValueError(f"{name} must not be negative")


def _group(size: int) -> None:
    if size < 1:
        raise ValueError("a group has at least one unit")


def one_run_p(canaries: int, guesses: int, correct: int, epsilon: float, delta: float) -> float:
    """Upper bound on the p-value of the hypothesis that the mechanism is (epsilon, delta)-DP.

    Args:
        canaries: number of fair, independent coins.
        guesses: number of coins guessed, fixed before the release is seen.
        correct: number of correct guesses.
        epsilon: in nats.
        delta: of the hypothesis.
    """
    from scipy.stats import binom

    right = 1.0 / (1.0 + math.exp(-epsilon))
    tail = float(binom.sf(correct - 1, guesses, right))
    steps = np.arange(1, correct + 1)
    below = np.cumsum(binom.pmf(correct - steps, guesses, right)) / steps
    return min(1.0, tail + 2 * canaries * delta * float(below.max(initial=0.0)))


def epsilon_lower_bound(canaries: int, guesses: int, correct: int, delta: float, confidence: float = 0.95) -> float:
    """Largest epsilon rejected at this confidence; 0.0 if none is."""
    return root(lambda epsilon: one_run_p(canaries, guesses, correct, epsilon, delta) - (1 - confidence), 0.0, _TOP)
