"""Exact accounting: deltas by enumeration of the definition, the figures of the plan, and what it may not undercut."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.differential_privacy.accounting import delta_of_mu, delta_of_rho, epsilon_of_rho
from synth_assets.differential_privacy.shifts import (
    SLACK,
    STEP,
    Shift,
    calibrated,
    delta_of_shifts,
    epsilon_of_shifts,
    replaced,
    rho_of_shifts,
)

SHARES = (2 / 9, 4 / 9, 1 / 3)
FOUR = calibrated(4.0, 1e-5, (4, 8, 1), SHARES)


def enumerated(epsilon: float, variances: list[float]) -> float:
    """Sum of max(0, P - e^epsilon Q) over all outputs, one coordinate for each variance, each shifted by one."""
    reach = 14
    one = []
    for variance in variances:
        values = np.arange(-reach * math.ceil(variance**0.5), reach * math.ceil(variance**0.5) + 1)
        weights = np.exp(-(values**2) / (2 * variance))
        total = weights.sum()
        one.append(
            [
                (np.exp(-((v - 1) ** 2) / (2 * variance)) / total, w / total)
                for v, w in zip(values, weights, strict=True)
            ]
        )
    return sum(
        max(0.0, math.prod(p for p, _ in cells) - math.exp(epsilon) * math.prod(q for _, q in cells))
        for cells in itertools.product(*one)
    )


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0, 2.5])
@pytest.mark.parametrize(
    ("shifts", "variances"),
    [
        ((Shift(1, 1.0),), [1.0]),
        ((Shift(2, 2.25),), [2.25, 2.25]),
        ((Shift(1, 1.0), Shift(1, 2.25)), [1.0, 2.25]),
        ((Shift(1, 2.25), Shift(1, 1.0), Shift(1, 1.0)), [2.25, 1.0, 1.0]),
    ],
)
def test_delta_is_that_of_the_definition(shifts: tuple[Shift, ...], variances: list[float], epsilon: float) -> None:
    """Rounded up: never below, and no more above than a step of loss for each variance."""
    delta = delta_of_shifts(epsilon, shifts)
    assert enumerated(epsilon, variances) <= delta + 1e-15
    assert delta <= enumerated(epsilon - len(set(variances)) * STEP, variances) + 2 * SLACK


def test_the_figures_of_the_plan() -> None:
    """Epsilon 4 at delta 1e-5 is mu = .925; zCDP says 4.32, delta 1e-6 gives 4.47, one person exchanged 5.99."""
    assert [shift.coordinates for shift in FOUR] == [4, 8, 1]
    rho = rho_of_shifts(FOUR)
    assert math.sqrt(2 * rho) == pytest.approx(0.925, abs=5e-4)
    assert 3.998 < epsilon_of_shifts(FOUR, 1e-5) <= 4.0
    assert epsilon_of_rho(rho, 1e-5) == pytest.approx(4.32, abs=0.01)
    assert epsilon_of_shifts(FOUR, 1e-6) == pytest.approx(4.47, abs=0.01)
    assert epsilon_of_shifts(replaced(FOUR), 1e-5) == pytest.approx(5.99, abs=0.01)
    assert [shift.rho / rho for shift in FOUR] == pytest.approx(SHARES, abs=1e-3)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(8 * 1024, 400 * 1024)), min_size=1, max_size=3),
    st.floats(0.1, 4.0),
)
def test_delta_is_below_the_bound_of_zcdp_and_more_votes_cost_more(
    parts: list[tuple[int, int]], epsilon: float
) -> None:
    shifts = tuple(Shift(count, variance / 1024) for count, variance in parts)
    delta = delta_of_shifts(epsilon, shifts)
    assert delta <= delta_of_rho(epsilon, rho_of_shifts(shifts)) * (1 + 1e-3) + 2 * SLACK
    more = (Shift(shifts[0].coordinates + 1, shifts[0].variance), *shifts[1:])
    assert delta_of_shifts(epsilon, more) >= delta - 1e-13
    assert delta_of_shifts(epsilon, (*shifts, *shifts)) >= delta - 1e-13


def test_wide_noise_is_gaussian() -> None:
    """With a variance of 400 the discrete and the continuous Gaussian have the same delta to three digits."""
    assert delta_of_shifts(1.0, [Shift(100, 400.0)]) == pytest.approx(delta_of_mu(1.0, 0.5), rel=2e-3)


@pytest.mark.parametrize("epsilon", [0.2, 1.0, 2.0, 8.0])
def test_a_budget_is_used_up_and_not_exceeded(epsilon: float) -> None:
    shifts = calibrated(epsilon, 1e-5, (4, 8, 1, 1), (*SHARES[:2], SHARES[2] / 2, SHARES[2] / 2))
    assert 0.995 * epsilon < epsilon_of_shifts(shifts, 1e-5) <= epsilon
    assert all(float(shift.exact) == shift.variance and shift.exact.denominator <= 1024 for shift in shifts)


def test_shares_that_are_no_division_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        calibrated(1.0, 1e-5, (4, 8), (0.5, 0.4))


def test_nothing_costs_nothing_and_what_no_budget_allows_is_bounded() -> None:
    assert epsilon_of_shifts((), 1e-5) == delta_of_shifts(0.0, ()) == 0.0
    assert epsilon_of_shifts(FOUR * 60, 1e-5) == epsilon_of_rho(60 * rho_of_shifts(FOUR), 1e-5)
    with pytest.raises(ValueError, match="delta"):
        epsilon_of_shifts(FOUR, 1e-12)
