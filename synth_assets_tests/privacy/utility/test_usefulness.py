"""Utility of whole stages: ceilings, floors, what another order, other labels or copies cost, and what is said."""

import random
from collections.abc import Mapping, Sequence

import pytest

from resources.models.protocols import Models
from synth_assets.privacy.results import Estimate
from synth_assets.privacy.stages import RELEASED
from synth_assets.privacy.utility.learning import Exam, Reading
from synth_assets.privacy.utility.pools import Pools
from synth_assets.privacy.utility.resemblance import Resemblance
from synth_assets.privacy.utility.usefulness import Usefulness
from synth_assets.records import Row
from synth_assets_tests.privacy.worlds import HashedWordsEncoder, raw_row, word

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
    exam = Exam.of(Pools.of(rare, {"raw_corpus": rare[:120]}, _PUBLIC), 120, 0.95)
    # 120 holdout subjects, of whom 30 have a label of their own; 3 topics and 17 of those are kept
    assert len(exam.labels) == 107
    assert len(set(exam.labels)) == 20
    assert {label for label in exam.labels if not label.startswith("only")} == set(_TOPICS)


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
    exam, reading, resemblance = useful.parts
    assert isinstance(exam, Exam) and exam.size == 60
    assert isinstance(reading, Reading) and {w.count for w in reading.arms.values()} == {60 * 40}
    assert isinstance(resemblance, Resemblance) and {len(t.vectors) for t in resemblance.arms.values()} == {60}
    matched = {stage: {e.slice: e for e in useful.outcomes(stage)} for stage in stages}
    for name in ("topic_accuracy", "next_word_accuracy", "vocabulary_coverage", "frontier"):
        ours, theirs = matched["small"][name], matched["large"][name]
        assert ours.low <= theirs.high, name  # type: ignore[operator]
        assert theirs.low <= ours.high, name  # type: ignore[operator]
    # without the small stage the same rows do better, so the match is what holds them back
    free = Exam.of(Pools.of(_RAW, {"large": stages["large"]}, _PUBLIC), 600, 0.95)
    assert free.figures("large")["topic_accuracy"].value > _value(matched["large"]["topic_accuracy"])


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
    assert len(pools.arms["raw_corpus"].passages) == len(_TRAIN)


def test_one_text_of_each_subject_comes_first() -> None:
    second = [{**r, "id": f"z{r['id']}", "text": f"{r['text']} again"} for r in _TRAIN]
    passages = Pools.of(_RAW, {"raw_corpus": [*_TRAIN, *second]}, _PUBLIC).arms["raw_corpus"].passages
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
    found = _lines({RELEASED.name: rows, "raw_corpus": _TRAIN})
    for name, estimate in found["raw_corpus"].items():
        assert found[RELEASED.name][name].value == pytest.approx(_value(estimate)), name


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
