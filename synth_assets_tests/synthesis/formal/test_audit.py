"""Audits of the mechanism by its output alone, and planted lies that each must be caught.

What audits cannot see: they bound epsilon from below and prove nothing from above. Of an honest epsilon of 1 the
one-run audit finds about .5, of 4 about 2. At 4 it passes a mechanism that does not pay for its split (epsilon 7 in
truth), and at 1 it needs 20,000 canaries to catch that one. The many-run estimate catches every lie here, but needs
the same corpus 20,000 times and so runs on a toy. Neither sees a leak that does not pass the counts (a log, a filter
that reads the corpus, a vote that depends on somebody else): for those there are the tests of sensitivity and of the
recording model. Neither tells exact noise from noise whose low bits leak.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from resources.errors import MachineError
from synth_assets.differential_privacy.accounting import epsilon_of_mu
from synth_assets.differential_privacy.noise import DiscreteGaussian
from synth_assets.differential_privacy.shifts import Shift, rho_of_shifts
from synth_assets.synthesis.formal.counting import Counting
from synth_assets.synthesis.formal.mechanism import planned
from synth_assets_tests.synthesis.formal.audits import (
    CANARIES,
    error,
    honest,
    many_runs,
    one_run,
    released,
    repeatable,
    root_of_m_forgotten,
    split_not_paid,
)
from synth_assets_tests.synthesis.formal.toy import policy


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_run_does_not_contradict_an_honest_epsilon_of_one(seed: int) -> None:
    assert 0.1 < one_run(honest, 1.0, seed) < 1.0


def test_one_run_catches_the_forgotten_root_of_m() -> None:
    found = sorted(one_run(root_of_m_forgotten, 1.0, seed) for seed in (1, 2, 3))
    assert found[0] > 1.0


def test_one_run_catches_words_without_noise() -> None:
    assert one_run(honest, 1.0, 1, silent=True) > 3.9


def test_one_run_catches_a_split_that_is_not_paid_with_more_canaries() -> None:
    assert one_run(split_not_paid, 1.0, 1, canaries=4 * CANARIES) > 1.0


def test_one_run_at_epsilon_four_catches_little() -> None:
    """Why nobody may take a silent audit for a proof: a mechanism with nearly twice its epsilon passes."""
    true = epsilon_of_mu(math.sqrt(2 * rho_of_shifts(split_not_paid(planned(policy())))), 1e-5)
    assert true > 7.0
    assert one_run(split_not_paid, 4.0, 1) < 4.0


def test_many_runs_find_the_mu_that_is_claimed() -> None:
    plan = planned(policy())
    claimed = math.sqrt(2 * rho_of_shifts(plan))
    found = many_runs(plan, 1)
    assert claimed == pytest.approx(0.925, abs=1e-3)
    assert abs(found - claimed) < error(claimed)


@pytest.mark.parametrize(
    ("lie", "options", "least"),
    [
        (split_not_paid, {}, 1.5),
        (root_of_m_forgotten, {}, 1.9),
        (honest, {"unclipped": True}, 1.4),
        (honest, {"silent": True}, 3.0),
    ],
    ids=["split not paid", "root of m forgotten", "clipping forgotten", "words without noise"],
)
def test_many_runs_catch_every_planted_lie(
    lie: Callable[[Sequence[Shift]], list[Shift]], options: dict[str, bool], least: float
) -> None:
    plan = lie(planned(policy()))
    found = many_runs(plan, 2, **options)
    claimed = math.sqrt(2 * rho_of_shifts(planned(policy())))
    assert found - error(found) > claimed
    assert found > least


def test_the_door_itself_refuses_what_is_not_clipped() -> None:
    plan = planned(policy())
    with pytest.raises(MachineError, match="exceed the bound"):
        released(plan, np.full(3, True), Counting(repeatable(1)), votes=5)


def test_noise_of_the_wrong_size_is_not_what_was_accounted_for() -> None:
    """Whoever forgets the root of m in the noise alone executes other shifts than those of the guarantee."""
    noise, plan = DiscreteGaussian(), planned(policy())
    counting = Counting(noise)
    released(root_of_m_forgotten(plan), np.full(3, True), counting)
    assert tuple(counting.executed) != plan
    assert [variance for variance, _ in noise.drawn] != [Fraction(shift.variance) for shift in plan]
