"""ROC by hand and against scikit-learn, and two signals that tell members where a release copies them."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.privacy.attacks.identifier_replay import altered
from synth_assets.privacy.attacks.membership import membership, nearest
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.evidence.tokens import tokenize
from synth_assets.privacy.registry import run_attacks
from synth_assets.privacy.results import Bound, Estimate, Outcome
from synth_assets.privacy.stages import POSITIVE, RELEASED
from synth_assets.statistics import roc
from synth_assets_tests.privacy.worlds import evidence_of, fresh, make_world, prose, raw_row, release_of


def test_area_by_hand() -> None:
    members, others = np.array([3.0, 2.0, 2.0]), np.array([1.0, 2.0])
    assert roc.area(members, others).value == pytest.approx((2 + 1.5 + 1.5) / 6)
    assert roc.area(np.array([2.0, 3.0]), np.array([0.0, 1.0])).value == 1.0
    perfect = roc.area(np.arange(10, 20.0), np.arange(10.0))
    assert perfect.low == pytest.approx(0.05 ** (1 / 10))
    assert perfect.high == 1.0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 60), st.integers(5, 60))
def test_area_and_curve_are_those_of_scikit_learn(seed: int, m: int, n: int) -> None:
    from sklearn.metrics import roc_auc_score

    draw = np.random.default_rng(seed)
    members, others = draw.integers(0, 12, m).astype(float), draw.integers(0, 9, n).astype(float)
    truth = np.repeat([1, 0], [m, n])
    found = roc.area(members, others)
    assert found.value == pytest.approx(roc_auc_score(truth, np.concatenate([members, others])))
    assert found.low <= found.value <= found.high
    points = roc.curve(members, others)
    assert points[0] == (0.0, 0.0) and points[-1] == (1.0, 1.0)
    x, y = np.array(points).T
    assert np.all(np.diff(x) >= 0) and np.all(np.diff(y) >= 0)
    assert float(np.trapezoid(y, x)) == pytest.approx(found.value, abs=2e-3)


def test_delong_covers_at_its_level() -> None:
    draw = np.random.default_rng(0)
    truth = 0.7602  # area of N(1, 1) against N(0, 1)
    spans = [roc.area(draw.normal(1, 1, 60), draw.normal(0, 1, 40)) for _ in range(400)]
    assert 0.92 < np.mean([s.low <= truth <= s.high for s in spans]) < 0.98


def test_true_positives_by_hand() -> None:
    others = np.arange(100.0)
    members = np.array([98.5, 99.5, 97.5, 10.0])
    found = roc.true_positives(members, others, 0.01)
    assert found.hits == 2  # above the second best other
    assert roc.true_positives(members, others, 0.001).hits == 1
    # 4 members among 104: the best one is a member with probability 4 / 104
    assert roc.true_positives(np.array([200.0, -1, -2, -3]), others, 0.001).p_value == pytest.approx(4 / 104)
    assert roc.true_positives(np.array([-1.0]), others, 0.01).p_value == 1.0


def test_nearest_by_hand() -> None:
    texts = np.array([[1.0, 0.0], [0.0, 1.0]])
    passages = np.array([[1.0, 0.0]] * 5 + [[0.0, 1.0]])
    assert nearest(texts, passages) == pytest.approx([1.0, 1.0])
    assert nearest(texts, passages[:5]) == pytest.approx([1.0, 0.0])
    assert nearest(texts, passages[:0]) == pytest.approx([0.0, 0.0])


def outcomes(texts: list[str]) -> dict[str, Estimate | Bound]:
    world = make_world(3, train=80, holdout=60, control=40, canaries=8)
    release = release_of(evidence_of(world.raw), texts or world.texts("train"), RELEASED.name)
    return {o.name: o for o in membership(release)}


def test_members_are_recognized_in_a_copy_and_not_in_other_text() -> None:
    copied, other = outcomes([]), outcomes(fresh(5, 80))
    for signal in ("bigram", "similarity"):
        name = f"membership/documents_{signal}"
        assert copied[f"{name}_auc"].value > 0.98  # type: ignore[operator]
        assert copied[f"{name}_tpr_1"].value > 0.9  # type: ignore[operator]
        area = other[f"{name}_auc"]
        assert isinstance(area, Estimate) and area.low is not None and area.high is not None
        assert area.low < 0.5 < area.high
    assert copied["audit/documents"].value == copied["audit/documents"].most > 2.0  # type: ignore[union-attr, operator]
    assert other["audit/documents"].value < 0.5  # type: ignore[operator]


def replayed(raw: list[dict[str, object]], released: list[str]) -> dict[str, Outcome]:
    """Released texts, two of them a row."""
    passages = [Passage(str(i // 2), str(i), text) for i, text in enumerate(released)]
    release = Release(evidence=evidence_of(raw), stage=POSITIVE, passages=passages)
    return {o.slice: o for o in run_attacks(release) if o.test == "identifier_replay"}  # type: ignore[misc]


def test_two_identifiers_of_one_person_in_one_row() -> None:
    raw = [raw_row(i, "train", f"Anna Name{chr(97 + i)}x has an{i}@x.org") for i in range(4)]
    apart = replayed(raw, ["Anna Nameax said", "nothing", "write to an0@x.org", "nothing"])
    assert (apart["all"].hits, apart["linked"].hits, apart["linked"].n) == (1, 0, 4)
    together = replayed(raw, ["Anna Nameax said", "write to an0@x.org"])
    assert together["linked"].hits == 1
    assert replayed(raw, ["an0@x.org an1@x.org", ""])["linked"].hits == 0


def test_rare_parts_of_names_and_damaged_values() -> None:
    draw = random.Random(1)
    raw = [raw_row(0, "train", f"{prose(draw, 9)} Maria Quimbyx wrote q.maria@example.org or +44 1234 567890.")]
    raw += [raw_row(1, "train", "Maria Otherq wrote."), raw_row(2, "holdout", "Jan Thirdx wrote.")]
    assert replayed(raw, ["so said QUIMBYX"])["name_part"].hits == 1
    assert replayed(raw, ["so said Maria"])["name_part"].hits == 0
    for text, hits in (
        ("Maria Quimbx", 1),
        ("Maria Quimbyxx", 1),
        ("Marja Quimbyx", 1),
        ("Marja Quimbx", 0),
        ("Maria Quimbyx", 0),
        ("44 1234 567891", 1),
        ("44 1234 567990", 1),
        ("44 1234 576890", 0),
        ("Maria Else", 0),
    ):
        assert replayed(raw, [text])["altered"].hits == hits, text


def test_altered_values_are_searched_in_all_places() -> None:
    evidence = evidence_of([raw_row(0, "train", "Anna Berta Caesarx wrote")])
    for text in ("Anne Berta Caesarx", "Anna Bertha Caesarx", "anna berta cesarx"):
        assert altered(evidence.identifiers, tokenize(["x " + text + " y"])).hits == 1, text
    assert altered(evidence.identifiers, tokenize(["Anna Berta", "Caesarxx"])).hits == 0
