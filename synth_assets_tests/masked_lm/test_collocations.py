"""Collocations: PMI_n by hand, rankings, what may never be part of one."""

import math
from collections.abc import Sequence

import pytest

from synth_assets.masked_lm.collocations import Collocations, pmi, word_runs
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.units import Entity, units_of

POLICY = PlanPolicy(kind="pmi", pmi_min_count=3, pmi_coverage=0.5)


def learned(texts: Sequence[tuple[str, list[Entity]]], policy: PlanPolicy) -> frozenset[tuple[str, ...]]:
    return Collocations.learn([run for text, entities in texts for run in word_runs(text, entities)], policy).grams


def test_pmi_of_a_trigram_is_its_weakest_division() -> None:
    p = {("a",): 0.1, ("b",): 0.2, ("c",): 0.5, ("a", "b"): 0.08, ("b", "c"): 0.1, ("a", "b", "c"): 0.06}
    divisions = [0.08 * 0.5, 0.1 * 0.1, 0.1 * 0.2 * 0.5]  # ab|c, a|bc, a|b|c
    expected = math.log(0.06 / max(divisions))
    assert pmi(("a", "b", "c"), lambda gram: math.log(p[gram])) == pytest.approx(expected)
    assert pmi(("a", "b"), lambda gram: math.log(p[gram])) == pytest.approx(math.log(0.08 / 0.02))


def test_words_that_go_together_are_found_and_others_are_not() -> None:
    fillers = ["red", "green", "blue", "old", "new", "big", "small", "wide", "deep", "tall"]
    texts = [f"the {a} {b} met central bank officials of the {b} {a}" for a in fillers for b in fillers]
    grams = learned([(text, []) for text in texts], POLICY)
    assert ("central", "bank") in grams
    assert not any("red" in gram for gram in grams)


def test_counts_below_the_least_and_coverage_of_nothing() -> None:
    texts = [("central bank", [])] * 3 + [("a wide sea", []), ("sea wide a", [])]
    assert learned(texts, POLICY) == {("central", "bank")}
    assert not learned(texts, POLICY.model_copy(update={"pmi_min_count": 4}))
    assert not learned(texts, POLICY.model_copy(update={"pmi_coverage": 0.0}))
    assert not learned([], POLICY)


def test_no_entity_and_no_sentence_end_is_part_of_one() -> None:
    texts = [("write to Anna Smith today", [(9, 19, "PERSON")])] * 5 + [("stop. Now", [])] * 5
    grams = learned(texts, POLICY.model_copy(update={"pmi_coverage": 1.0}))
    words = {word for gram in grams for word in gram}
    assert "anna" not in words and "smith" not in words and ("stop", "now") not in grams


def test_the_longest_match_from_the_left_wins() -> None:
    vocabulary = Collocations([("a", "b"), ("a", "b", "c"), ("c", "d"), ("x", "y")])
    text = "A b c d, x\ty x. Y"
    assert vocabulary.links(text, units_of(text)) == [(0, 2), (5, 6)]
