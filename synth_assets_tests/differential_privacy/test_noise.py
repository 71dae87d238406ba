"""Discrete Gaussian noise: its distribution, its exactness, its limits."""

from fractions import Fraction

import numpy as np
import pytest

from synth_assets.differential_privacy.noise import DiscreteGaussian


def seeded(seed: int) -> DiscreteGaussian:
    """The sampler with entropy that repeats, so that a test does."""
    return DiscreteGaussian(np.random.default_rng(seed).bytes)


@pytest.mark.parametrize(
    "variance", [Fraction(1, 4), Fraction(1), Fraction(3591, 1024), Fraction(21545, 1024), Fraction(900)]
)
def test_draws_have_the_probabilities_of_the_definition(variance: Fraction) -> None:
    """p(x) = exp(-x**2 / (2 variance)) / sum: 60,000 draws do not differ from it, and neither do their extremes."""
    from scipy.stats import chisquare

    draws = seeded(1).draw(variance, 60_000)
    reach = int(12 * float(variance) ** 0.5) + 12
    values = np.arange(-reach, reach + 1)
    weights = np.exp(-(values**2) / (2 * float(variance)))
    expected = weights / weights.sum() * draws.size
    observed = np.bincount(draws + reach, minlength=values.size)
    seen = expected >= 10
    pooled = [*expected[seen], expected[~seen].sum()], [*observed[seen], observed[~seen].sum()]
    assert chisquare(pooled[1], pooled[0]).pvalue > 1e-3
    assert np.abs(draws).max() < 6.5 * float(variance) ** 0.5 + 1


def test_a_draw_by_hand() -> None:
    """Variance 1/4 has scale 1. Numbers of 62 bits, in the order in which the algorithm asks for them.

    Laplace: 0 below 1; exp(-0): 0 < 0 fails at k = 1, true; geometric: exp(-1) fails at k = 2, false: 0; the sign is 0
    of 2, positive: x = 0. It stays with probability exp(-(0 - 1/4)**2 / (1/2)) = exp(-1/8): 1 is not below 1/8 of 8,
    which fails at k = 1: true.
    """
    script = [0, 0, 0, 1, 0, 1]
    queue = [number << 2 for number in script]  # two bits of 64 are not used
    noise = DiscreteGaussian(lambda count: b"".join(queue.pop(0).to_bytes(8, "little") for _ in range(count // 8)))
    assert noise.draw(Fraction(1, 4), 1).tolist() == [0]
    assert queue == []


@pytest.mark.parametrize("variance", [Fraction(0), Fraction(-1), Fraction(10**6 + 1), Fraction(1, 2**60)])
def test_a_variance_that_integers_cannot_hold_is_refused(variance: Fraction) -> None:
    with pytest.raises(ValueError, match="variance"):
        DiscreteGaussian().draw(variance, 3)


def test_every_draw_is_recorded_and_none_repeats() -> None:
    noise = DiscreteGaussian()
    first, second = noise.draw(Fraction(2000), 400), noise.draw(Fraction(2000), 400)
    assert noise.drawn == [(Fraction(2000), 400)] * 2
    assert not np.array_equal(first, second)
    assert first.dtype == np.int64
