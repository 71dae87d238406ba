import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from conftest_privacy import HashedWordsEncoder, raw_row, word

from resources.models.protocols import Models
from synth_assets.privacy.outcome import Estimate
from synth_assets.privacy.passages import RELEASED_STAGE, Passage
from synth_assets.privacy.tokens import tokenize
from synth_assets.privacy.utility import Usefulness
from synth_assets.privacy.utility.clusters import histograms, reduced
from synth_assets.privacy.utility.histograms import compared, frontier_area, jensen_shannon
from synth_assets.privacy.utility.intervals import jackknife, shares
from synth_assets.privacy.utility.ngrams import MASKED_WORD, NEXT_WORD, guessed, most_likely
from synth_assets.privacy.utility.pools import Pools
from synth_assets.privacy.utility.reading import Words, distinct
from synth_assets.privacy.utility.resemblance import length_histograms, self_similarity
from synth_assets.records import Row

_DRAW = random.Random("vocabularies")
_SHARED = [word(_DRAW) for _ in range(60)]
_TOPICS = {label: [f"{word(_DRAW)}{label[0]}" for _ in range(40)] for label in ("finance", "gardens", "travel")}
_ELSEWHERE = [f"{word(_DRAW)}zz" for _ in range(100)]


def _article(draw: random.Random, label: str, words: int = 40) -> str:
    """Words in pairs: each word of a topic calls for the same shared word after it."""
    own = _TOPICS[label]
    picked = [draw.randrange(len(own)) for _ in range(words // 2)]
    return " ".join(f"{own[i]} {_SHARED[i]}" for i in picked)


def _articles(split: str, count: int, first: int = 0) -> list[Row]:
    labels = sorted(_TOPICS)
    return [
        {**raw_row(i, split, _article(random.Random(f"{split}/{i}"), labels[i % 3])), "label": labels[i % 3]}
        for i in range(first, first + count)
    ]


def _scrambled(rows: Sequence[Row]) -> list[Row]:
    """The same words, each document in another order."""
    return [{**r, "text": " ".join(random.Random(r["id"]).sample(r["text"].split(), 40))} for r in rows]


def _with_labels(rows: Sequence[Row], labels: Sequence[str | None]) -> list[Row]:
    return [{**row, "label": label} for row, label in zip(rows, labels, strict=True)]


_TRAIN, _HOLDOUT, _CONTROL = _articles("train", 120), _articles("holdout", 120), _articles("control", 120)
_RAW = [*_TRAIN, *_HOLDOUT, *_CONTROL]
_PUBLIC = [" ".join(random.Random(i).choices(_ELSEWHERE, k=40)) for i in range(120)]


def _prepared(
    stages: Mapping[str, Sequence[Row]], raw: Sequence[Row] = _RAW, public: Sequence[str] = _PUBLIC, **sizes: int
) -> Usefulness:
    return Usefulness.of(raw, stages, public, HashedWordsEncoder(), **{"sample": 120, "words": 4000, **sizes})


def _lines(stages: Mapping[str, Sequence[Row]], **more: object) -> dict[str, dict[str, Estimate]]:
    useful = _prepared(stages, **more)  # type: ignore[arg-type]
    return {stage: {e.slice: e for e in useful.outcomes(stage)} for stage in stages}


@pytest.fixture(scope="module")
def lines() -> dict[str, dict[str, Estimate]]:
    rng = random.Random(3)
    permuted = [str(r["label"]) for r in _TRAIN]
    rng.shuffle(permuted)
    finance = [r for r in _articles("more", 400) if r["label"] == "finance"][:120]
    return _lines(
        {
            "raw_corpus": _TRAIN,
            "scrambled": _scrambled(_TRAIN),
            "permuted": _with_labels(_TRAIN, permuted),
            "one_topic": finance,
            "copies": [{**r, "text": f"{_TRAIN[0]['text']} {i}"} for i, r in enumerate(_TRAIN)],
        }
    )


def _value(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


# formulas


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


# stages


def test_the_raw_stage_is_a_ceiling_and_public_text_a_floor(lines: dict[str, dict[str, Estimate]]) -> None:
    raw = lines["raw_corpus"]
    for name in ("topic_accuracy", "next_word_accuracy", "masked_word_accuracy", "vocabulary_coverage", "frontier"):
        assert raw[name].control is not None
        assert _value(raw[name]) > raw[name].control + 0.2, name
        assert raw[name].low > raw[name].control, name  # type: ignore[operator]
    assert _value(raw["topic_divergence"]) < 0.1 < raw["topic_divergence"].control  # type: ignore[operator]
    assert _value(raw["frontier"]) > 0.85
    assert _value(raw["vocabulary_coverage"]) == 1
    # every second word is that of its topic word, the others are one of forty
    assert 0.4 < _value(raw["next_word_accuracy"]) < 0.6


def test_public_text_of_other_words_covers_nothing(lines: dict[str, dict[str, Estimate]]) -> None:
    raw = lines["raw_corpus"]
    assert raw["vocabulary_coverage"].control == 0
    assert raw["next_word_accuracy"].control == 0
    assert raw["frontier"].control < 0.2  # type: ignore[operator]


def test_another_word_order_costs_the_language_model_alone(lines: dict[str, dict[str, Estimate]]) -> None:
    raw, scrambled = lines["raw_corpus"], lines["scrambled"]
    assert scrambled["next_word_accuracy"].high < raw["next_word_accuracy"].low  # type: ignore[operator]
    assert scrambled["masked_word_accuracy"].high < raw["masked_word_accuracy"].low  # type: ignore[operator]
    assert _value(scrambled["distinct_2"]) > _value(raw["distinct_2"])
    for name in ("topic_accuracy", "frontier", "vocabulary_coverage", "length_divergence"):
        assert _value(scrambled[name]) == pytest.approx(_value(raw[name]), abs=0.02), name


def test_labels_that_say_nothing_teach_nothing(lines: dict[str, dict[str, Estimate]]) -> None:
    assert _value(lines["raw_corpus"]["topic_accuracy"]) > 0.98
    assert _value(lines["permuted"]["topic_accuracy"]) == pytest.approx(1 / 3, abs=0.15)
    assert lines["raw_corpus"]["topic_accuracy"].control == pytest.approx(1 / 3)


def test_only_the_most_frequent_labels_are_topics() -> None:
    rare = [{**r, "label": f"only {i}" if i % 4 == 0 else r["label"]} for i, r in enumerate(_RAW)]
    useful = _prepared({"raw_corpus": rare[:120]}, raw=rare)
    assert useful.exam is not None
    # 120 holdout subjects, of whom 30 have a label of their own; 3 topics and 17 of those are kept
    assert len(useful.exam.labels) == 107
    assert len(set(useful.exam.labels)) == 20
    assert {label for label in useful.exam.labels if not label.startswith("only")} == set(_TOPICS)


def test_a_stage_of_one_topic_is_far_from_the_holdout(lines: dict[str, dict[str, Estimate]]) -> None:
    raw, one = lines["raw_corpus"], lines["one_topic"]
    assert one["topic_divergence"].low > raw["topic_divergence"].high  # type: ignore[operator]
    assert one["frontier"].high < raw["frontier"].low  # type: ignore[operator]
    assert one["topic_accuracy"].value is None  # one label teaches nothing
    assert _value(one["vocabulary_coverage"]) < 0.9


def test_repetition_is_seen_as_lack_of_diversity(lines: dict[str, dict[str, Estimate]]) -> None:
    raw, copies = lines["raw_corpus"], lines["copies"]
    assert _value(copies["self_similarity"]) > 0.95 > raw["self_similarity"].high  # type: ignore[operator]
    assert copies["distinct_2"].high < raw["distinct_2"].low  # type: ignore[operator]
    assert _value(copies["frontier"]) < 0.5


def test_no_estimate_is_gated_and_each_lies_in_its_interval(lines: dict[str, dict[str, Estimate]]) -> None:
    for estimates in lines.values():
        for e in estimates.values():
            assert (e.test, e.limit) == ("utility", None)
            if e.value is not None:
                assert e.low is not None
                assert e.high is not None
                assert 0 <= e.low <= e.value <= e.high <= 1
                assert e.n > 0
                assert e.method.endswith("95%")


def test_ten_times_the_rows_are_no_advantage() -> None:
    labels = sorted(_TOPICS)
    noisy = [*labels, *labels, *labels[::-1]]  # labels right two times of three: more examples would help
    small = _articles("small", 60)
    large = _articles("large", 600)
    stages = {
        "small": _with_labels(small, [noisy[i % 9] for i in range(60)]),
        "large": _with_labels(large, [noisy[i % 9] for i in range(600)]),
    }
    useful = _prepared(stages, words=10**6)
    assert useful.exam is not None
    assert useful.reading is not None
    assert useful.resemblance is not None
    assert useful.exam.size == 60
    assert {w.count for w in useful.reading.stages.values()} == {60 * 40}
    assert {len(t.vectors) for t in useful.resemblance.stages.values()} == {60}
    matched = {stage: {e.slice: e for e in useful.outcomes(stage)} for stage in stages}
    for name in ("topic_accuracy", "next_word_accuracy", "vocabulary_coverage", "frontier"):
        ours, theirs = matched["small"][name], matched["large"][name]
        assert ours.low <= theirs.high, name  # type: ignore[operator]
        assert theirs.low <= ours.high, name  # type: ignore[operator]
    # without the small stage the same rows do better, so the match is what holds them back
    free = _prepared({"large": stages["large"]}, words=10**6, sample=600).exam
    assert free is not None
    alone = free.figure("large")
    assert alone is not None
    assert alone.value > _value(matched["large"]["topic_accuracy"])


def test_neither_the_order_of_rows_nor_a_second_run_changes_anything() -> None:
    stages = {"raw_corpus": _TRAIN, "scrambled": _scrambled(_TRAIN)}
    turned = {name: rows[::-1] for name, rows in reversed(stages.items())}
    first = _lines(stages, sample=60, words=2000)
    assert _lines(stages, sample=60, words=2000) == first
    assert _lines(turned, raw=_RAW[::-1], public=_PUBLIC[::-1], sample=60, words=2000) == first


def test_canaries_and_repeated_texts_do_not_count() -> None:
    canaries = [raw_row(i, "train", "canary " * 40, "canary") for i in range(60)]
    stages = {"raw_corpus": _TRAIN}
    assert _lines({"raw_corpus": [*_TRAIN, *canaries]}, raw=[*_RAW, *canaries]) == _lines(stages)
    again = [{**r, "id": f"z{r['id']}"} for r in _TRAIN]
    pools = Pools.of(_RAW, {"raw_corpus": [*_TRAIN, *again]}, _PUBLIC)
    assert len(pools.stages["raw_corpus"].passages) == len(_TRAIN)


def test_one_text_of_each_subject_comes_first() -> None:
    second = [{**r, "id": f"z{r['id']}", "text": f"{r['text']} again"} for r in _TRAIN]
    passages = Pools.of(_RAW, {"raw_corpus": [*_TRAIN, *second]}, _PUBLIC).stages["raw_corpus"].passages
    assert len(passages) == 240
    assert len({p.subject for p in passages[:120]}) == 120


def test_instruction_rows_count_by_input_and_have_the_label_of_their_source() -> None:
    rows = [
        {**r, "text": "unused", "label": None, "instruction": "Say it.", "input": r["text"], "output": "unused"}
        for r in _TRAIN[:60]
    ] + [
        {**r, "text": "unused", "label": None, "instruction": "Say it.", "input": "", "output": r["text"]}
        for r in _TRAIN[60:]
    ]
    found = _lines({RELEASED_STAGE: rows, "raw_corpus": _TRAIN})
    for name, estimate in found["raw_corpus"].items():
        assert found[RELEASED_STAGE][name].value == pytest.approx(_value(estimate)), name


def test_without_labels_the_rest_is_still_measured() -> None:
    bare = _with_labels(_RAW, [None] * len(_RAW))
    found = _lines({"raw_corpus": bare[:120]}, raw=bare)["raw_corpus"]
    assert found["topic_accuracy"].value is None
    assert "too few labeled" in found["topic_accuracy"].sentence
    assert _value(found["frontier"]) > 0.85


def test_too_little_text_is_said_and_does_not_shrink_the_others() -> None:
    stages = {"raw_corpus": _TRAIN, "tiny": _TRAIN[:19], "empty": []}
    found = _lines(stages)
    assert found["raw_corpus"] == _lines({"raw_corpus": _TRAIN})["raw_corpus"]
    for stage in ("tiny", "empty"):
        assert {e.value for e in found[stage].values()} == {None}
    nobody_asks = _lines({"raw_corpus": _TRAIN}, raw=_TRAIN)["raw_corpus"]
    assert {(e.value, e.n) for e in nobody_asks.values()} == {(None, 0)}


def test_without_public_text_there_is_no_floor_and_without_control_no_real_reference() -> None:
    found = _lines({"raw_corpus": _TRAIN}, raw=[*_TRAIN, *_HOLDOUT], public=[])["raw_corpus"]
    assert found["frontier"].control is None
    assert "control split" not in found["frontier"].sentence
    assert found["topic_accuracy"].control == pytest.approx(1 / 3)  # needs no text


def test_sentences_hold_numbers_and_no_text(lines: dict[str, dict[str, Estimate]]) -> None:
    raw = lines["raw_corpus"]
    assert raw["topic_accuracy"].sentence.endswith("always naming the most frequent topic: 33.3%.")
    assert "of 120 real holdout documents" in raw["topic_accuracy"].sentence
    assert "public text that never saw the corpus: 0.0%" in raw["vocabulary_coverage"].sentence
    assert "real text of the control split" in raw["frontier"].sentence
    vocabulary = {w for words in (*_TOPICS.values(), _ELSEWHERE) for w in words} | set(_TOPICS)
    for estimates in lines.values():
        for e in estimates.values():
            assert not vocabulary & set(e.sentence.lower().split()), e.slice


@pytest.mark.models
def test_the_embedded_encoder_tells_topics_apart(models: Models) -> None:
    subjects = ("The bank", "A broker", "The company", "An investor", "The fund", "A trader")
    money = [f"{s} {v} {n} shares." for s in subjects for v in ("sold", "bought") for n in ("ten", "all", "more")]
    animals = ("The cat", "A dog", "The horse", "An owl", "The fox", "A hare")
    beasts = [f"{s} {v} in the {n}." for s in animals for v in ("slept", "hid") for n in ("barn", "wood", "grass")]
    raw = [raw_row(i, ("train", "holdout")[i % 2], text) for i, text in enumerate([*money, *beasts])]
    mixed = [r for r in raw if r["split"] == "train"]
    other = [{**mixed[0], "id": f"m{i}", "subject": f"m{i}", "text": text} for i, text in enumerate(money)]
    useful = Usefulness.of(raw, {"raw_corpus": mixed, "other": other}, [], models.encoder, 36, 1000)
    found = {stage: {e.slice: e for e in useful.outcomes(stage)} for stage in ("raw_corpus", "other")}
    assert _value(found["raw_corpus"]["topic_divergence"]) < 0.2 < _value(found["other"]["topic_divergence"])
    assert _value(found["raw_corpus"]["frontier"]) > _value(found["other"]["frontier"])
