"""Utility by hand: divergences and intervals, language models that count, texts as a whole."""

import numpy as np
import pytest

from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.tokens import tokenize
from synth_assets.privacy.utility.intervals import jackknife, shares
from synth_assets.privacy.utility.learning import MASKED_WORD, NEXT_WORD, Words, distinct, guessed, most_likely
from synth_assets.privacy.utility.resemblance import (
    compared,
    frontier_area,
    histograms,
    jensen_shannon,
    length_histograms,
    reduced,
    self_similarity,
)


def test_jensen_shannon_of_hand_made_histograms() -> None:
    assert jensen_shannon(np.array([2, 2]), np.array([5, 5])) == pytest.approx(0)
    assert jensen_shannon(np.array([3, 0]), np.array([0, 9])) == pytest.approx(1)
    # p = (1, 0), q = (1/2, 1/2), middle (3/4, 1/4): (log2(4/3) + (log2(2/3) + 1) / 2) / 2
    expected = (np.log2(4 / 3) + (np.log2(2 / 3) + 1) / 2) / 2
    assert jensen_shannon(np.array([4, 0]), np.array([1, 1])) == pytest.approx(expected)


def test_the_frontier_is_one_for_equal_shares_and_falls_with_distance() -> None:
    even = np.array([10, 10, 10, 10])
    assert frontier_area(even, 3 * even) == pytest.approx(1)
    close, far = frontier_area(even, np.array([12, 8, 11, 9])), frontier_area(even, np.array([25, 13, 1, 1]))
    nothing = frontier_area(np.array([1, 0]), np.array([0, 1]))
    assert 0.9 < close < 1
    assert nothing < far < close
    # disjoint: the points (t', t) -> ((1 - t)^5, t^5), whose area is B(6, 5) 5 = 1 / 252 up to the trapezoids
    assert nothing == pytest.approx(1 / 252, rel=0.1)
    assert frontier_area(even, np.array([25, 13, 1, 1])) == pytest.approx(frontier_area(np.array([25, 13, 1, 1]), even))


def test_a_divergence_has_an_interval_around_it() -> None:
    small = compared(jensen_shannon, np.array([30, 70]), np.array([60, 40]), 0.95)
    large = compared(jensen_shannon, np.array([3000, 7000]), np.array([6000, 4000]), 0.95)
    assert small.value == pytest.approx(large.value)
    assert 0 <= small.low < small.value < small.high <= 1
    assert large.high - large.low < (small.high - small.low) / 5
    assert (small.n, large.n) == (100, 10000)


def test_a_share_weighs_words_and_draws_subjects() -> None:
    figure = shares(np.array([1, 9]), np.array([10, 10]), 0.95)
    assert (figure.value, figure.n) == (0.5, 2)
    # two subjects far apart: drawn with replacement the share is 0.1, 0.5 or 0.9 (1/4, 1/2, 1/4), deviation 0.283
    assert figure.high - 0.5 == pytest.approx(1.96 * 0.283, abs=0.08) or figure.high == 1.0
    steady = shares(np.full(50, 5), np.full(50, 10), 0.95)
    assert (steady.low, steady.high) == (0.5, 0.5)
    assert shares(np.array([[1, 0], [1, 1]]), np.ones(2), 0.95).value == 0.75


def test_the_interval_of_a_share_is_that_of_its_standard_error() -> None:
    hits = np.repeat([1, 0], [120, 280])
    figure = shares(hits, np.ones(400), 0.95)
    assert figure.high - figure.value == pytest.approx(1.96 * np.sqrt(0.3 * 0.7 / 400), rel=0.1)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0]) / 10
    without = [float(np.delete(values, i).mean()) for i in range(4)]
    figure = jackknife(float(values.mean()), without, 4, 0.95)
    assert figure.high - figure.value == pytest.approx(1.96 * values.std(ddof=1) / 2, rel=1e-3)


# language models that count


def _right(read: str, asked: str, pattern: object = NEXT_WORD) -> list[bool]:
    return list(map(bool, guessed(tokenize([read]), tokenize([asked]), pattern)[0]))  # type: ignore[arg-type]


def test_the_next_word_is_guessed_where_it_can_be_counted() -> None:
    read = "the red cat sat. the red cat ran. the red dog sat. the red cat slept. the"
    assert _right(read, "the red cat") == [True]
    assert _right(read, "the red dog") == [False]
    # "blue red" was never read: "red" alone says cat
    assert _right(read, "blue red cat") == [True]
    # after "red cat" nothing stands out but "sat", after "blue" nothing but "the"
    assert _right(read, "the red cat blue red cat the red dog") == [True, False, False, True, False, True, False]


def test_an_unknown_context_gets_the_most_frequent_word() -> None:
    assert _right("a b a c a d a", "x y a x y b") == [True, False, False, False]


def test_seldom_seen_contexts_give_way_to_the_coarser_one() -> None:
    # one fine context was seen once with 1; its coarse context was seen 20 times, 19 times with 0
    target = np.array([1] + [0] * 19)
    fine, coarse = np.array([0] + [1] * 19), np.zeros(20, dtype=np.int64)
    # (1 - d) + d p(1) against d p(0) with d = 3/4: 0.25 + 0.75 (0.25/20 + 0.075 / 20) against 0.75 (18.25/20 + ...)
    assert list(most_likely(target, [coarse, fine], [np.zeros(1, dtype=np.int64), np.array([0])])) == [0]
    # seen three times with 1: 2.25/3 = 0.75 and more, against 0.25 p(0)
    target, fine = np.array([1] * 3 + [0] * 17), np.array([0] * 3 + [1] * 17)
    assert list(most_likely(target, [coarse, fine], [np.zeros(1, dtype=np.int64), np.array([0])])) == [1]


@pytest.mark.parametrize("seed", range(5))
def test_the_most_likely_word_is_that_of_the_whole_vocabulary(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fine = rng.integers(0, 12, 80)
    coarse, target = fine // 4, (fine + rng.integers(0, 5, 80)) % 9
    asked = np.arange(14)
    unigram = np.bincount(target, minlength=9) / 80

    def score(level: list[np.ndarray], places: list[int], w: int) -> float:
        if not level:
            return float(unigram[w])
        inside = target[level[-1] == places[-1]]
        lower = score(level[:-1], places[:-1], w)
        if not len(inside):
            return lower
        return max(np.sum(inside == w) - 0.75, 0) / len(inside) + 0.75 * len(set(inside)) / len(inside) * lower

    best = most_likely(target, [coarse, fine], [asked // 4, asked])
    for place, found in zip(asked, best, strict=True):
        scores = [score([coarse, fine], [place // 4, place], w) for w in range(9)]
        assert scores[found] == pytest.approx(max(scores))


def test_a_hidden_word_is_guessed_from_both_sides() -> None:
    read = "we saw a big dog here. you like one small dog much. we like one small cat very much."
    # after "big" always dog; after "small" dog or cat, and only the right side tells them apart
    assert _right(read, "one small cat very nice", MASKED_WORD) == [True]
    assert _right(read, "one small dog much nice", MASKED_WORD) == [True]
    assert _right(read, "one small bird much nice", MASKED_WORD) == [False]


def test_no_window_crosses_from_one_text_to_the_next() -> None:
    right, owner = guessed(tokenize(["a b c"]), tokenize(["a b", "c", "a b c"]), NEXT_WORD)
    assert (list(right), list(owner)) == ([True], [2])
    nothing, owner = guessed(tokenize(["a b"]), tokenize(["a b c"]), NEXT_WORD)
    assert (list(nothing), list(owner)) == ([False], [0])


def _spoken(*texts: tuple[str, str]) -> Words:
    return Words.of([Passage(str(i), subject, text) for i, (subject, text) in enumerate(texts)], 10**6)


def test_distinct_pairs_are_counted_inside_texts() -> None:
    words = _spoken(("s", "a b a b"), ("t", "a b c"))  # ab ba ab | ab bc
    figure = distinct(words, 2, 0.95)
    assert figure is not None
    assert figure.value == pytest.approx(3 / 5)
    assert figure.n == 2
    assert distinct(_spoken(("s", "a b a b")), 2, 0.95) is None


def test_no_subject_gives_more_than_its_portion() -> None:
    long = " ".join(f"w{i}" for i in range(500))
    words = Words.of([Passage("1", "s", long), Passage("2", "t", "a b c"), Passage("3", "s", "d e")], 10**6)
    assert words.count == 203
    split = [Passage("1", "s", "a b"), Passage("2", "t", "c d"), Passage("3", "s", "e f")]
    assert Words.of(split, 5).stream.words == ("a", "b", "e", "f", "c")
    assert list(Words.of(split, 5).subject) == [0, 0, 1]


# texts as a whole


def test_lengths_are_counted_by_half_octaves() -> None:
    left, right = length_histograms(np.array([0, 1, 2, 4, 5, 6]), np.array([8]))
    assert list(left) == [2, 0, 1, 0, 2, 1, 0]  # sqrt(2)^4 = 4 to 5.65..., then to 8
    assert list(right) == [0, 0, 0, 0, 0, 0, 1]


def test_clusters_find_the_groups_that_are_there() -> None:
    groups = np.eye(3)[[0, 0, 1, 0, 1, 1, 1, 2]]
    left, right = histograms(reduced(groups), 4, 3)
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1), (1, 3), (3, 0)]


def test_texts_that_are_all_the_same_share_one_cluster() -> None:
    left, right = histograms(reduced(np.ones((6, 4), dtype=np.float32)), 2, 3)
    assert (list(left), list(right)) == ([2], [4])


def test_self_similarity_leaves_out_the_text_itself() -> None:
    assert self_similarity(np.eye(4), 0.95).value == pytest.approx(0)
    assert self_similarity(np.eye(4)[[0, 0, 1, 2]], 0.95).value == pytest.approx(0.5)
