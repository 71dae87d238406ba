"""The classifier two-sample test: chance on equal texts, certainty on marked ones, groups kept apart."""

import random

import pytest

from synth_assets.augmentation.artifacts import artifact_auc

_WORDS = "mill road town winter letter garden river clerk bread storm horse window market ship candle song"


def texts(count: int, seed: int, extra: str = "") -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(_WORDS.split(), k=30)) + extra for _ in range(count)]


def test_equal_texts_are_at_chance_and_marked_ones_are_found() -> None:
    plain = artifact_auc(texts(60, 1), texts(60, 2), 7)
    marked = artifact_auc(texts(60, 1), texts(60, 2, " in order to be able"), 7)
    assert plain is not None
    assert marked is not None
    assert plain.low < 0.5 < plain.high
    assert marked.value > 0.95
    assert marked.low > 0.9
    assert plain.n == 120


def test_same_seed_same_result() -> None:
    assert artifact_auc(texts(20, 1), texts(20, 2), 7) == artifact_auc(texts(20, 1), texts(20, 2), 7)


def test_copies_in_one_group_give_chance() -> None:
    real = texts(40, 1)
    names = [str(i) for i in range(40)]
    found = artifact_auc(real, real, 7, (names, names))
    assert found is not None
    assert found.value == pytest.approx(0.5)


def test_too_few_documents_give_nothing() -> None:
    assert artifact_auc(texts(4, 1), texts(4, 2), 7) is None
    assert artifact_auc([], texts(40, 2), 7) is None
