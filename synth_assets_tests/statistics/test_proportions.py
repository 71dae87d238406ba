import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.statistics import proportions as stats


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 500, 0.0, 0.0076), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_published_values(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), table I, method 3; and zero hits of 500."""
    assert stats.wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(81, 263, 0.2527, 0.3676), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)]
)
def test_clopper_pearson_published_values(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), table I, method 5."""
    assert stats.clopper_pearson(hits, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
    ],
)
def test_newcombe_published_values(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17:873, table II, method 10."""
    assert stats.newcombe(*counts) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_intervals_agree_with_statsmodels_at_every_edge(confidence: float) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    alpha = 1 - confidence
    counts = [(hits, n) for n in (1, 2, 7, 40, 1000) for hits in sorted({0, 1, n // 2, n - 1, n})]
    for hits, n in counts:
        ours = stats.wilson(hits, n, confidence), stats.clopper_pearson(hits, n, confidence)
        theirs = (proportion_confint(hits, n, alpha, method=method) for method in ("wilson", "beta"))
        for mine, other in zip(ours, theirs, strict=True):
            assert mine == pytest.approx(other, abs=1e-9)
        for control_hits, control_n in counts:
            found = stats.newcombe(hits, n, control_hits, control_n, confidence)
            other = confint_proportions_2indep(hits, n, control_hits, control_n, method="newcomb", alpha=alpha)
            assert found == pytest.approx(other, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_intervals_and_fisher_agree_with_statsmodels(n: int, control_n: int, data: st.DataObject) -> None:
    from scipy.stats import fisher_exact
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    hits, control = data.draw(st.integers(0, n)), data.draw(st.integers(0, control_n))
    assert stats.wilson(hits, n) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-9)
    assert stats.clopper_pearson(hits, n) == pytest.approx(proportion_confint(hits, n, method="beta"), abs=1e-9)
    theirs = confint_proportions_2indep(hits, n, control, control_n, method="newcomb")
    assert stats.newcombe(hits, n, control, control_n) == pytest.approx(theirs, abs=1e-9)
    table = [[hits, n - hits], [control, control_n - control]]
    assert stats.fisher_p(hits, n, control, control_n) == pytest.approx(fisher_exact(table, "greater").pvalue, rel=1e-6)


def test_p_values_by_hand() -> None:
    assert stats.mcnemar_p(8, 0) == pytest.approx(1 / 256)
    assert stats.mcnemar_p(9, 1) == pytest.approx(11 / 1024)
    assert stats.mcnemar_p(0, 0) == 1.0
    assert stats.fisher_p(3, 3, 0, 3) == pytest.approx(1 / 20)
    assert stats.fisher_p(0, 5, 0, 5) == 1.0
    assert stats.binomial_p(3, 3, 0.25) == pytest.approx(1 / 64)
    assert stats.mcnemar_p(492, 271) == pytest.approx(5e-16, rel=0.2)  # "Phantoms and Disclosures", Finance


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    assert stats.holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


def test_holm_by_hand() -> None:
    assert stats.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert stats.holm([]) == []


@pytest.mark.parametrize(("n", "control_n", "control_rate"), [(120, 60, 0.0), (200, 200, 0.1), (80, 40, 0.5)])
def test_detectable_excess_has_the_stated_power(n: int, control_n: int, control_rate: float) -> None:
    """Simulated: at the stated excess the test sees the leak about 95 times of 100, a fifth below clearly less."""
    excess = stats.detectable_excess(n, control_n, control_rate, 0.01, 0.95)
    assert excess is not None

    def power(rate: float) -> float:
        draw = np.random.default_rng(3)
        hits, control = draw.binomial(n, rate, 2000), draw.binomial(control_n, control_rate, 2000)
        pairs = Counter(zip(hits.tolist(), control.tolist(), strict=True))
        return sum(times for (a, b), times in pairs.items() if stats.fisher_p(a, n, b, control_n) <= 0.01) / 2000

    assert power(control_rate + excess) == pytest.approx(0.95, abs=0.02)
    assert power(control_rate + 0.8 * excess) < 0.9


def test_detectable_share_and_single() -> None:
    from scipy.stats import beta

    assert stats.detectable_single(100) == pytest.approx(0.0295, abs=1e-4)  # the rule of three
    assert stats.detectable_single(0) == 1.0
    small, large = (stats.detectable_share(n, 0.5, 0.01) for n in (100, 1000))
    assert small is not None and large is not None
    # the smallest k of 100 with P[Bin(100, 1/2) >= k] <= 0.01 is 63; P[Bin(100, r) >= k] is a beta integral
    assert small == pytest.approx(beta.ppf(0.95, 63, 38) - 0.5, abs=1e-5)
    assert large < small / 2


def test_what_cannot_be_seen_is_said() -> None:
    assert stats.detectable_excess(2, 2, 0.0, 0.01) is None
    assert stats.detectable_excess(0, 10, 0.0, 0.01) is None
    assert stats.detectable_share(3, 0.5, 0.01) is None
    assert stats.detectable_share(0, 0.5, 0.01) is None


def test_intervals_cover() -> None:
    draw, covered = random.Random(1), 0
    for _ in range(1000):
        hits = sum(draw.random() < 0.03 for _ in range(150))
        low, high = stats.clopper_pearson(hits, 150)
        covered += low <= 0.03 <= high
    assert covered >= 940
