"""Accounting against published tables, closed forms, and an independent library."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.differential_privacy import accounting

DELTAS = st.floats(-12, -1.5).map(lambda power: 10**power)


@pytest.mark.parametrize(
    ("epsilon", "rho"),
    [(1, 0.0244), (2, 0.0881), (3, 0.1851), (4, 0.3111), (5, 0.4630), (8, 1.0524), (10, 1.5393)],
)
def test_rho_that_a_budget_buys(epsilon: float, rho: float) -> None:
    """Delta 1e-6; the minimum over all orders, computed independently on a fine grid of orders."""
    below, above = (accounting.epsilon_of_rho(rho + step, 1e-6) for step in (-5e-4, 5e-4))
    assert below <= epsilon <= above


@pytest.mark.parametrize(("rho", "delta"), [(0.001, 1e-5), (0.05, 1e-6), (0.3111, 1e-6), (2.0, 1e-9), (40.0, 0.01)])
def test_epsilon_of_rho_is_the_minimum_over_the_orders(rho: float, delta: float) -> None:
    """Brute force over the formula in alpha; a grid can only miss the minimum upwards."""

    def epsilon(alpha: float) -> float:
        inner = math.log(1 / delta) + (alpha - 1) * math.log1p(-1 / alpha) - math.log(alpha)
        return rho * alpha + inner / (alpha - 1)

    grid = min(epsilon(1 + math.exp(step / 2000)) for step in range(-20_000, 20_000))
    assert accounting.epsilon_of_rho(rho, delta) == pytest.approx(max(0.0, grid), rel=1e-6)


@pytest.mark.parametrize(
    ("epsilon", "sigmas"),
    [(1, (3.73, 8.34, 11.8)), (2, (1.99, 4.46, 6.30)), (4, (1.08, 2.42, 3.42)), (8, (0.60, 1.34, 1.90))],
)
def test_noise_of_private_evolution(epsilon: float, sigmas: tuple[float, float, float]) -> None:
    """Delta 1e-5, vote vectors of norm 1; 1, 5 and 10 iterations."""
    for times, sigma in zip((1, 5, 10), sigmas, strict=True):
        mu = accounting.compose_mu([1 / sigma] * times)
        below, above = (accounting.epsilon_of_mu(mu / (1 + step), 1e-5) for step in (5e-3, -5e-3))
        assert below <= epsilon <= above


@pytest.mark.parametrize("sigma", [0.3, 1.0, 3.73, 20.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-5, 1e-2])
def test_gaussian_agrees_with_dp_accounting(sigma: float, delta: float) -> None:
    from dp_accounting import get_epsilon_gaussian

    assert accounting.epsilon_of_mu(1 / sigma, delta) == pytest.approx(
        get_epsilon_gaussian(sigma, delta), rel=1e-6, abs=1e-6
    )


def test_calibration_agrees_with_dp_accounting() -> None:
    from dp_accounting import get_sigma_gaussian

    for epsilon, delta in ((0.1, 1e-5), (1.0, 1e-5), (3.0, 1e-8), (10.0, 1e-3)):
        mu = 1 / get_sigma_gaussian(epsilon, delta)
        below, above = (accounting.epsilon_of_mu(mu / (1 + step), delta) for step in (1e-5, -1e-5))
        assert below <= epsilon <= above


def test_composition_agrees_with_the_privacy_loss_distribution() -> None:
    """Three Gaussians of different noise, composed numerically by dp_accounting; its result is an upper bound."""
    from dp_accounting import ComposedDpEvent, GaussianDpEvent, SelfComposedDpEvent
    from dp_accounting.pld import PLDAccountant

    accountant = PLDAccountant(value_discretization_interval=1e-3)
    accountant.compose(ComposedDpEvent([GaussianDpEvent(1.5), SelfComposedDpEvent(GaussianDpEvent(4.0), 6)]))
    mu = accounting.compose_mu([1 / 1.5, *[1 / 4.0] * 6])
    ours = accounting.epsilon_of_mu(mu, 1e-5)
    assert accountant.get_epsilon(1e-5) == pytest.approx(ours, rel=2e-3)
    assert accountant.get_epsilon(1e-5) >= ours - 1e-9


def test_zcdp_agrees_with_the_renyi_accountant() -> None:
    from dp_accounting import ZCDpEvent
    from dp_accounting.rdp import RdpAccountant

    parts = [0.05, 0.11, 0.01]
    accountant = RdpAccountant(orders=[1 + math.exp(step / 500) for step in range(-2000, 4000)])
    for part in parts:
        accountant.compose(ZCDpEvent(part))
    ours = accounting.epsilon_of_rho(accounting.compose_rho(parts), 1e-6)
    assert accountant.get_epsilon(1e-6) == pytest.approx(ours, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 10), DELTAS)
def test_conversions_invert_each_other_and_never_understate(parameter: float, delta: float) -> None:
    for epsilon_of, delta_of in (
        (accounting.epsilon_of_mu, accounting.delta_of_mu),
        (accounting.epsilon_of_rho, accounting.delta_of_rho),
    ):
        epsilon = epsilon_of(parameter, delta)
        assert delta_of(epsilon, parameter) <= delta
        assert epsilon == 0.0 or delta_of(max(0.0, epsilon * (1 - 1e-6) - 1e-9), parameter) >= delta


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 10), DELTAS)
def test_gaussian_accounting_is_never_worse_than_its_zcdp(mu: float, delta: float) -> None:
    exact = accounting.epsilon_of_mu(mu, delta)
    assert exact <= accounting.epsilon_of_rho(accounting.rho_of_mu(mu), delta) + 1e-8


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.01, 3), min_size=1, max_size=6))
def test_a_mu_composed_in_squares_is_a_rho_composed_by_sum(parts: list[float]) -> None:
    rho = accounting.compose_rho(accounting.rho_of_mu(mu) for mu in parts)
    assert accounting.rho_of_mu(accounting.compose_mu(parts)) == pytest.approx(rho)


def test_by_hand() -> None:
    """At epsilon 0 the delta of Gaussian DP is the total variation distance: 2 Phi(mu / 2) - 1."""
    assert accounting.delta_of_mu(0.0, 1.0) == pytest.approx(math.erf(0.5 / math.sqrt(2)))
    assert accounting.compose_mu([3.0, 4.0]) == pytest.approx(5.0)
    assert accounting.compose_rho([0.1] * 10) == 1.0
    assert accounting.rho_of_mu(2.0) == 2.0


def test_groups_by_hand() -> None:
    assert accounting.group_mu(0.5, 4) == 2.0
    assert accounting.group_rho(0.5, 4) == 8.0
    assert accounting.rho_of_mu(accounting.group_mu(0.5, 4)) == accounting.group_rho(accounting.rho_of_mu(0.5), 4)


def test_nothing_spent_and_everything_spent() -> None:
    assert accounting.epsilon_of_mu(0.0, 1e-5) == accounting.epsilon_of_rho(0.0, 1e-5) == 0.0
    assert accounting.epsilon_of_mu(math.inf, 1e-5) == accounting.epsilon_of_rho(math.inf, 1e-5) == math.inf
    assert accounting.delta_of_mu(5.0, math.inf) == accounting.delta_of_rho(5.0, math.inf) == 1.0
    assert accounting.compose_mu([]) == accounting.compose_rho([]) == 0.0
    assert accounting.epsilon_of_mu(0.001, 0.1) == 0.0  # the delta alone pays for it


@pytest.mark.parametrize(
    "refused",
    [
        lambda: accounting.epsilon_of_mu(1.0, 0.0),
        lambda: accounting.epsilon_of_rho(1.0, 1.0),
        lambda: accounting.epsilon_of_mu(-1.0, 1e-5),
        lambda: accounting.epsilon_of_mu(math.nan, 1e-5),
        lambda: accounting.delta_of_rho(-1.0, 1.0),
        lambda: accounting.group_mu(1.0, 0),
    ],
)
def test_what_makes_no_sense_is_refused(refused) -> None:
    with pytest.raises(ValueError):
        refused()


@pytest.mark.parametrize(
    ("epsilon", "draws", "total"),
    [(0.1, 100, 2.42), (0.25, 100, 6.73), (0.5, 100, 15.3), (1, 100, 37.4), (2, 100, 100.7), (5, 100, 441),
     (10, 100, 1000), (0.1, 200, 3.54), (0.25, 200, 10.1), (0.5, 200, 23.7), (1, 200, 60.6)],
)  # fmt: skip
def test_a_document_of_bounded_range_draws(epsilon: float, draws: int, total: float) -> None:
    """Delta 1e-6; where basic composition says less than zCDP, delta is 0."""
    found = accounting.epsilon_of_draws(epsilon, draws, 1e-6)
    assert found.epsilon == pytest.approx(total, rel=5e-3)
    assert found.delta == (0.0 if total == draws * epsilon else 1e-6)


def test_draws_agree_with_the_renyi_accountant() -> None:
    from dp_accounting import SelfComposedDpEvent, ZCDpEvent
    from dp_accounting.rdp import RdpAccountant

    accountant = RdpAccountant(orders=[1 + math.exp(step / 500) for step in range(-2000, 4000)])
    accountant.compose(SelfComposedDpEvent(ZCDpEvent(accounting.rho_of_draws(0.25, 1)), 100))
    assert accountant.get_epsilon(1e-6) == pytest.approx(accounting.epsilon_of_draws(0.25, 100, 1e-6).epsilon, rel=1e-5)
