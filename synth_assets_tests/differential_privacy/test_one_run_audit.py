"""The bound of a one-run audit: pinned values, a case by hand, monotony, and no false accusation."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.differential_privacy.accounting import epsilon_lower_bound, one_run_p


@pytest.mark.parametrize(
    ("canaries", "guesses", "correct", "epsilon"),
    [(1000, 200, 160, 1.085), (1000, 500, 350, 0.683), (1000, 200, 200, 4.166), (1000, 200, 140, 0.58)],
)
def test_pinned_bounds(canaries: int, guesses: int, correct: int, epsilon: float) -> None:
    """Values of the formula of Steinke et al., computed independently of this code."""
    assert epsilon_lower_bound(canaries, guesses, correct, 1e-5) == pytest.approx(epsilon, abs=6e-3)


def test_without_delta_the_bound_is_a_binomial_tail() -> None:
    """All of ten right: e^eps / (1 + e^eps) is the tenth root of .05."""
    right = 0.05**0.1
    assert epsilon_lower_bound(10, 10, 10, 0.0) == pytest.approx(math.log(right / (1 - right)), abs=1e-5)
    assert one_run_p(3, 3, 3, 0.0, 0.0) == pytest.approx(1 / 8)
    assert epsilon_lower_bound(10, 10, 5, 0.0) == 0.0
    assert epsilon_lower_bound(10, 10, 0, 1e-5) == 0.0


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.data())
def test_more_right_guesses_prove_more_and_more_delta_less(guesses: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, guesses))
    bound = epsilon_lower_bound(guesses, guesses, correct, 1e-5)
    assert epsilon_lower_bound(guesses, guesses, min(guesses, correct + 1), 1e-5) >= bound - 1e-5
    assert epsilon_lower_bound(guesses, guesses, correct, 1e-3) <= bound + 1e-5


def test_randomized_response_is_not_accused_of_more_than_it_has() -> None:
    """Epsilon 1 says the true coin with probability e / (1 + e): the bound exceeds 1 in 5 % of runs at most."""
    draw, wrong, right = random.Random(4), 0, math.e / (1 + math.e)
    for _ in range(400):
        hits = sum(draw.random() < right for _ in range(200))
        wrong += epsilon_lower_bound(200, 200, hits, 1e-9) > 1.0
    assert wrong / 400 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
