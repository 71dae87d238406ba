"""Random spans: the law of their lengths, the probability of each unit, their places."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.masked_lm.plan import draw_lengths, length_law, longest_span, random_spans, split_span
from synth_assets.masked_lm.policy import PlanPolicy


def p_value(counts: list[int], expected: list[float]) -> float:
    from scipy.stats import chisquare

    return float(chisquare(counts, expected).pvalue)


def test_length_law_by_hand() -> None:
    assert length_law(0.5, 3, "clipped") == pytest.approx((0.5, 0.25, 0.25))
    assert length_law(0.5, 3, "truncated") == pytest.approx((4 / 7, 2 / 7, 1 / 7))
    means = [sum(k * p for k, p in enumerate(length_law(0.2, 10, law), 1)) for law in ("clipped", "truncated")]
    assert means == pytest.approx([4.463, 3.797], abs=1e-3)
    assert length_law(1.0, 10, "clipped")[0] == 1.0


def test_longest_span_leaves_something_visible() -> None:
    assert [longest_span(*case) for case in [(500, 0.15, 10), (20, 0.15, 10), (2, 0.15, 10), (40, 0.95, 10)]] == [
        10,
        3,
        1,
        2,
    ]


@pytest.mark.parametrize("law", ["clipped", "truncated"])
def test_drawn_lengths_follow_the_law(law: str) -> None:
    policy = PlanPolicy(span_law=law)
    drawn: Counter[int] = Counter()
    for seed in range(3000):
        drawn.update(draw_lengths(300, 0.15, policy, random.Random(seed)))
    expected = [sum(drawn.values()) * share for share in length_law(0.2, 10, law)]
    assert p_value([drawn[k] for k in range(1, 11)], expected) > 0.01
    assert sum(k * n for k, n in drawn.items()) / (3000 * 300) == pytest.approx(0.15, abs=0.002)


def test_lengths_after_cutting_are_those_the_law_predicts() -> None:
    """Sentences of 7 units: a span of k units at a random place is cut as often as the circle of sentences says."""
    sentences = [i // 7 for i in range(140)]
    law = length_law(0.2, 10, "clipped")
    expected: Counter[int] = Counter()
    for k, share in enumerate(law, 1):
        for start in range(7):
            for piece in split_span(range(start, start + k), sentences):
                expected[len(piece)] += share / 7
    counts: Counter[int] = Counter()
    for seed in range(2500):
        counts.update(len(span) for span in random_spans(sentences, 0.15, PlanPolicy(), random.Random(seed)))
    scale = sum(counts.values()) / sum(expected.values())
    assert max(counts) == 7
    assert p_value([counts[k] for k in range(1, 8)], [scale * expected[k] for k in range(1, 8)]) > 0.01


@pytest.mark.parametrize(("count", "rate"), [(1, 0.15), (3, 0.9), (7, 0.5), (60, 0.15), (60, 0.85)])
def test_every_unit_is_hidden_with_the_probability_asked(count: int, rate: float) -> None:
    hidden = [0] * count
    for seed in range(6000):
        for span in random_spans([i // 4 for i in range(count)], rate, PlanPolicy(), random.Random(seed)):
            for i in span:
                hidden[i] += 1
    assert sum(hidden) / (6000 * count) == pytest.approx(rate, abs=0.012)
    assert max(abs(n / 6000 - rate) for n in hidden) < 0.03


def test_spans_settings_are_used() -> None:
    def lengths(**change: object) -> Counter[int]:
        spans = random_spans([0] * 5000, 0.2, PlanPolicy(**change), random.Random(1))  # type: ignore[arg-type]
        return Counter(len(span) for span in spans)

    assert set(lengths(span_max=1)) == {1} and max(lengths(span_max=30)) > 10
    assert lengths(span_p=0.9)[1] > 5 * lengths(span_p=0.05)[1]
    assert lengths(span_law="clipped")[10] > 1.5 * lengths(span_law="truncated")[10]


@given(st.lists(st.integers(1, 9), max_size=30), st.floats(0.01, 0.99), st.integers(0, 2**32))
def test_spans_are_apart_inside_their_sentence(sizes: list[int], rate: float, seed: int) -> None:
    sentences = [number for number, size in enumerate(sizes) for _ in range(size)]
    spans = random_spans(sentences, rate, PlanPolicy(), random.Random(seed))
    hidden = [i for span in spans for i in span]
    assert len(set(hidden)) == len(hidden) and hidden == sorted(hidden)
    assert all(len({sentences[i] for i in span}) == 1 for span in spans)
