"""Refilling: common words only, several at once with none of their originals in sight, as likely as the model says."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.keys import Keys
from resources.models.protocols import Candidate, Entity, Slot, Tag
from synth_assets.masked_lm.windows import choose_words, window_of
from synth_assets.masking.keys import RealValues
from synth_assets.masking.policy import RefillPolicy
from synth_assets.masking.refill import Change, Refill, Refillable, draw_order, misfits, refill, reject_reason
from synth_assets.text.edits import Edit, apply
from synth_assets.text.words import frequent_content_words
from synth_assets_tests.masking.helpers import LETTER, RuleModels, mask_texts

KEYS = Keys.from_secret(b"0" * 32)
NOTHING_REAL = RealValues(KEYS, [])
TEXT = (
    "The committee will consider the important question in detail this evening, and it will provide support to every "
    "family member in the community who asked for it before the deadline. A decision is expected in the spring, when "
    "the building opens again and the teacher of the school can show the children around the garden."
)


class Recorder(RuleModels):
    """Answers two words for every slot, the first ever more certain along the text, and remembers what it saw."""

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        self.slots += slots
        places = [TEXT.find(slot.text[slot.end : slot.end + 12]) for slot in slots]
        return [[Candidate("window", 0.0), Candidate("market", -place / 10 - 5)] for place in places]


def _refill(models: Any, text: str = TEXT, seed: int = 7, **policy: Any) -> tuple[list[Refill], Counter[str]]:
    reasons: Counter[str] = Counter()
    settings = RefillPolicy.parse({"per_document": 3} | policy, "refill")
    (made,) = refill([Refillable(text, [], random.Random(seed))], models, settings, NOTHING_REAL, reasons)
    return made, reasons


def test_what_the_document_hides_is_never_written() -> None:
    reasons: Counter[str] = Counter()
    document = Refillable(TEXT, [], random.Random(7), frozenset({"window"}))
    (made,) = refill([document], Recorder(), RefillPolicy.parse({"per_document": 3}, "refill"), NOTHING_REAL, reasons)
    assert [word.word for word in made] == ["market"] * 3
    assert reasons["hidden_value"] >= 3


def test_all_words_are_hidden_first_and_the_surest_is_written_first() -> None:
    models = Recorder()
    made, _ = _refill(models, rounds=3, context=240)
    assert len(made) == 3
    first, second, third = models.slots[:3], models.slots[3:5], models.slots[5:]
    assert [len(slot.hidden) for slot in first] == [2, 2, 2]
    assert [len(slot.hidden) for slot in second] == [1, 1]
    assert [len(slot.hidden) for slot in third] == [0]
    assert "window" not in first[0].text
    # Written are: the last word of the text first, then the one before it.
    assert TEXT[made[2].start : made[2].end] not in second[0].shown("").text
    assert second[0].text.count(made[2].word) == 1 and third[0].text.count("window") == 2


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(20, 300), st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_no_original_of_a_word_is_seen_before_it_is_written(seed: int, rounds: int, context: int, words: int) -> None:
    models = Recorder()
    made, _ = _refill(models, seed=seed, rounds=rounds, context=context, per_document=words)
    originals = {TEXT[word.start : word.end] for word in made}
    unique = {word for word in originals if TEXT.count(word) == 1}
    assert not any(word in slot.shown("").text for word in unique for slot in models.slots)
    refilled, places = apply(TEXT, [Edit(word.start, word.end, word.word) for word in made])
    kept = "".join(refilled[a:b] for a, b in _between(refilled, places))
    assert kept == "".join(TEXT[a:b] for a, b in _between(TEXT, [(word.start, word.end) for word in made]))


def _between(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    starts, ends = [0, *(b for _, b in places)], [*(a for a, _ in places), len(text)]
    return list(zip(starts, ends, strict=True))


def test_a_word_far_from_the_others_is_asked_for_once() -> None:
    models = Recorder()
    _refill(models, text=TEXT + " " * 2000 + TEXT, rounds=4, per_document=2, context=20, seed=3)
    assert len(models.slots) == 2 and not any(slot.hidden for slot in models.slots)


def test_words_near_each_other_share_their_window() -> None:
    spans = choose_words(TEXT, [], 4, 4, random.Random(1))
    windows = {window_of(TEXT, span, 40) for span in spans}
    assert len(windows) < len(spans)
    for span in spans:
        start, end = window_of(TEXT * 9, span, 40, shared=50)
        assert start <= span[0] and span[1] <= end <= start + 40 + 50 + 40 + 20
        assert start == 0 or (TEXT * 9)[start - 1].isspace()


def test_the_order_is_drawn_by_calibrated_probability() -> None:
    """Scores 2, 1, 0 at temperature 2: softmax of (1, .5, 0), of which .506, .307 and .186 come first."""
    candidates = [Candidate("window", 2.0), Candidate("market", 1.0), Candidate("garden", 0.0)]
    first: Counter[str] = Counter()
    for seed in range(4000):
        order = draw_order("school", candidates, 2.0, NOTHING_REAL, random.Random(seed), Counter())
        assert len(order) == 3
        first[order[0].word] += 1
    total = math.exp(1) + math.exp(0.5) + 1
    for word, weight in (("window", math.exp(1)), ("market", math.exp(0.5)), ("garden", 1.0)):
        share = weight / total
        assert first[word] / 4000 == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 4000))
    (proposal,) = [p for p in order if p.word == "window"]
    assert proposal.probability == pytest.approx(math.exp(1) / total) and proposal.score == 2.0
    cold = draw_order("school", candidates, 1e-3, NOTHING_REAL, random.Random(1), Counter())
    assert [p.word for p in cold] == ["window", "market", "garden"]


def test_the_temperature_of_the_model_is_the_one_that_is_drawn_at() -> None:
    def made(temperature: float) -> set[str]:
        models = RuleModels(answers=("window",))
        models.fill = lambda slots, k: [[Candidate("window", 0.0), Candidate("market", -5.0)] for _ in slots]  # type: ignore[method-assign]
        models.temperature = temperature
        found = [_refill(models, seed=seed, per_document=1)[0] for seed in range(40)]
        return {word.word for row in found for word in row}

    assert made(0.01) == {"window"} and made(100.0) == {"window", "market"}


@pytest.mark.parametrize(
    ("original", "word", "reason"),
    [
        ("school", "School", "not_a_small_letter_word"),
        ("school", "sch00l", "not_a_small_letter_word"),
        ("school", "school", "same_word"),
        ("schools", "school", "inflection"),
        ("provide", "providing", "inflection"),
        ("school", "zyzzyva", "not_a_frequent_content_word"),
        ("school", "market", "real_value"),
        ("school", "garden", ""),
    ],
)
def test_what_may_not_stand_for_a_word(original: str, word: str, reason: str) -> None:
    assert reject_reason(original, word, RealValues(KEYS, ["Market"])) == reason


class Judge(RuleModels):
    """By the word: "window" is a verb, "market" an entity, "garden" means the opposite."""

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        tags = super().tag(texts)
        return [
            [replace(t, tag="VB" if text[t.start : t.end] == "window" else "NN") for t in row]
            for text, row in zip(texts, tags, strict=True)
        ]

    def recognize(self, texts: Sequence[str]) -> list[list[Any]]:
        return [
            [Entity(at, at + 6, "ORGANIZATION", 0.9, "rules")] if (at := text.find("market")) >= 0 else []
            for text in texts
        ]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[-1.0 if "garden" in text else 1.0] for text in texts], np.float32)


def test_a_candidate_must_fit_its_sentence() -> None:
    text, span = "We saw the school today.", (11, 17)
    words = ("window", "market", "garden", "teacher")
    changes = [Change(text, span, word) for word in words]
    assert misfits(changes, Judge(), 0.5) == ["other_part_of_speech", "entity", "other_meaning", ""]
    assert misfits(changes, Judge(), -1.0)[2] == ""


def test_the_next_candidate_is_tried_and_the_original_stays_where_none_fits() -> None:
    text = "We saw the school with us all."
    judge = Judge(answers=("window", "market", "garden", "teacher"))
    made, reasons = _refill(judge, text=text, per_document=1)
    assert [word.word for word in made] == ["teacher"]
    assert reasons["same_word"] == 1
    made, reasons = _refill(Judge(answers=("window", "market")), text=text, per_document=1)
    assert made == [] and reasons == {"same_word": 1, "other_part_of_speech": 1, "entity": 1}
    kept, _ = _refill(Judge(answers=("garden",)), text=text, per_document=1, min_similarity=-1.0)
    assert [word.word for word in kept] == ["garden"]


def test_refills_replace_common_words_only() -> None:
    allowed = sorted(word for word in frequent_content_words() if len(word) > 3)
    models = RuleModels(answers=allowed)
    (row,) = mask_texts(LETTER, models=models, refill={"per_document": 2, "top_k": 100}).rows
    assert len(row["refills"]) == 2 and row["refilled_text"] != row["text"]
    for edit in row["refills"]:
        old = row["text"][edit["start"] : edit["end"]]
        new = row["refilled_text"][edit["out_start"] : edit["out_end"]]
        assert old != new and new in frequent_content_words()
        assert not any(s["out_start"] < edit["end"] and edit["start"] < s["out_end"] for s in row["spans"])


@pytest.mark.parametrize(
    ("change", "slots", "longest"),
    [({"per_document": 0}, 0, 0), ({"per_document": 1, "context": 20}, 1, 120), ({"min_length": 12}, 0, 0)],
)
def test_refill_settings(change: dict, slots: int, longest: int) -> None:
    models = RuleModels()
    output = mask_texts(LETTER, models=models, refill=change)
    assert len(models.slots) == slots and all(len(slot.text) <= longest for slot in models.slots)
    assert output.figures.get("refill_candidates_same_word", 0) == slots


def test_top_k_limits_the_candidates() -> None:
    output = mask_texts(LETTER, models=RuleModels(answers=("Xyz", "qwerty")), refill={"per_document": 1, "top_k": 2})
    assert output.figures["refill_candidates_not_a_small_letter_word"] == 1
    assert "refill_candidates_not_a_frequent_content_word" not in output.figures


@pytest.mark.models
def test_real_models_keep_form_and_meaning(models: Any) -> None:
    text = "The judge rejected the appeal after two hours of talks in the old building."
    at = text.index("rejected")
    changes = [Change(text, (at, at + 8), word) for word in ("denied", "denies", "quick", "dismissed")]
    assert misfits(changes, models, 0.5) == ["", "other_part_of_speech", "other_part_of_speech", ""]
    at = text.index("talks")
    near, far = (Change(text, (at, at + 5), word) for word in ("discussions", "tomatoes"))
    assert misfits([near], models, 0.9) == [""] and misfits([far], models, 0.9) == ["other_meaning"]


@pytest.mark.models
def test_real_models_refill_a_text(models: Any) -> None:
    made, reasons = _refill(models)
    assert made and sum(reasons.values()) > 0
    for word in made:
        assert reject_reason(TEXT[word.start : word.end], word.word, NOTHING_REAL) == ""
    assert made == _refill(models)[0]
