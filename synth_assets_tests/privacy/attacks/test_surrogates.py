"""Surrogates: planted collisions, tell-tale names and undoable refills are seen; where there are none, none are."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from synth_assets.privacy.attacks.surrogates import (
    Mention,
    collision,
    infill_recovery,
    replaced_mentions,
    tell_tale,
)
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.tokens import Matches
from synth_assets.records import Row
from synth_assets.statistics.roc import clustered_area
from synth_assets_tests.privacy.worlds import NeighborCounts, raw_row, word


def _span(raw: str, masked: str, original: str, made: str, kind: str = "PERSON", action: str = "surrogate") -> Row:
    start, out = raw.index(original), masked.index(made)
    places = {"start": start, "end": start + len(original), "out_start": out, "out_end": out + len(made)}
    return {**places, "type": kind, "action": action}


def _masked_row(raw: Row, text: str, spans: Sequence[Row]) -> Row:
    return {**raw, "id": f"masked-{raw['id']}", "text": text, "refilled_text": text, "spans": spans, "refills": []}


def _identifiers(**values: str) -> Identifiers:
    """Identifiers by value with its type, as "type" or "type?" where it is not confirmed; _ stands for a space."""
    none = np.empty(0, dtype=np.int64)
    size = len(values)
    return Identifiers(
        tuple(value.replace("_", " ") for value in values),
        tuple(kind.rstrip("?") for kind in values.values()),  # type: ignore[arg-type]
        tuple(f"owner{i}" for i in range(size)),
        ("holdout",) * size,
        tuple(not kind.endswith("?") for kind in values.values()),
        Matches(none, none, none),
    )


def test_only_changed_surrogates_of_documents_are_mentions() -> None:
    text = "Anna Novak and Bob Klein of Oslo met in Rome on Monday with Carl"
    masked = "Rita Weber and BOB KLEIN of [LOCATION_2] met in Rome on Friday with Dora"
    raw = raw_row(1, "train", text)
    spans = [
        _span(text, masked, "Anna Novak", "Rita Weber"),
        _span(text, masked, "Bob Klein", "BOB KLEIN"),
        _span(text, masked, "Oslo", "[LOCATION_2]", "LOCATION"),
        _span(text, masked, "Rome", "Rome", "LOCATION", "keep"),
        _span(text, masked, "Monday", "Friday", "DATE", "generalize"),
    ]
    row = _masked_row(raw, masked, spans)
    expected = [Mention(raw["subject"], "PERSON", "Anna Novak", "Rita Weber")]
    assert replaced_mentions([raw], [row]) == expected
    assert replaced_mentions([raw], [{**row, "role": "canary"}]) == []
    assert replaced_mentions([], [row]) == []


def test_collisions_with_real_identifiers() -> None:
    identifiers = _identifiers(rita_weber="person", max_frei="person?", **{"2128675309": "phone", "12345678": "number"})
    mentions = [
        Mention("a", "PERSON", "Anna Novak", "Mr Rita WEBER"),
        Mention("a", "PERSON", "Anna Novak", "Rita Weber's"),
        Mention("b", "PHONE", "0", "(212) 867-5309"),
        Mention("c", "LOCATION", "Oslo", "Rita Weber"),  # a place named like a person
        Mention("d", "PERSON", "Bob Klein", "Max Frei"),  # not unique
        Mention("e", "PERSON", "Bob Klein", "Rita Weberling"),
        Mention("f", "CASE", "0", "123456789"),
    ]
    found = collision(mentions, identifiers)
    assert (found.test, found.slice, found.hits, found.n, found.confirmed) == ("surrogates", "collision", 2, 6, 2)
    clean = collision(mentions[3:], identifiers)
    assert (clean.hits, clean.n, clean.confirmed) == (0, 4, 0)
    assert collision([], identifiers).n == 0


def _names(draw: random.Random, end: str = "") -> str:
    return f"{word(draw).capitalize()} {word(draw).capitalize()}{end}"


def _mentions(subjects: int, end: str, seed: int, kind: str = "PERSON") -> list[Mention]:
    draw = random.Random(seed)
    return [Mention(f"s{i:04d}", kind, _names(draw), _names(draw, end)) for i in range(subjects) for _ in range(3)]


def test_surrogates_with_a_tell_are_told_apart() -> None:
    names, people = tell_tale(_mentions(300, "ski", 1))
    assert (names.slice, people.slice) == ("tell_tale", "tell_tale_person")
    for found in (names, people):
        assert found.value is not None and found.low is not None and found.high is not None
        assert found.value > 0.97 and 0.95 < found.low <= found.value <= found.high <= 1
        assert 100 < found.n < 200  # the half that was not learned from
        assert found.curve[0] == (0.0, 0.0) and found.curve[-1] == (1.0, 1.0)
        assert list(found.curve) == sorted(found.curve)
    assert "names of people" in people.sentence


def test_surrogates_without_a_tell_hide_the_originals() -> None:
    for found in tell_tale(_mentions(300, "", 2)):
        assert found.low is not None and found.high is not None and found.value is not None
        assert found.low < 0.5 < found.high or abs(found.value - 0.5) < 0.05
        assert found.high < 0.6


def test_types_are_measured_where_there_are_enough() -> None:
    many, few = _mentions(200, "ski", 3), _mentions(30, "ski", 4, "LOCATION")
    phones = _mentions(200, "ski", 5, "PHONE")
    found = tell_tale([*many, *few, *phones])
    assert [e.slice for e in found] == ["tell_tale", "tell_tale_person"]
    assert found == tell_tale([*phones, *few, *many][::-1])
    (nothing,) = tell_tale(few)
    assert (nothing.value, nothing.n, nothing.needs) == (None, 0, 40)
    unknown = tell_tale(_mentions(200, "ski", 6, "NAME"))[1]
    assert unknown.slice == "tell_tale_name" and "names of unknown kind" in unknown.sentence
    capped = tell_tale(many, subjects=120)
    assert capped[0].n < 80 < found[0].n


def test_area_and_interval_by_hand() -> None:
    score, positive = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])
    area = clustered_area(score, positive, np.arange(4))
    # placements .5 and 1 a side: (4/3) * 4 * (.25 / 2)^2 = 1/12
    assert area.value == 0.75
    assert area.low == pytest.approx(0.75 - 1.959964 * (1 / 12) ** 0.5) and area.high == 1.0
    twice = clustered_area(np.tile(score, 2), np.tile(positive, 2), np.tile(np.arange(4), 2))
    assert twice.low == pytest.approx(area.low)  # copies inside a cluster are no new evidence
    assert clustered_area(np.tile(score, 2), np.tile(positive, 2), np.arange(8)).low > area.low


def test_area_with_ties_and_perfect_separation() -> None:
    from sklearn.metrics import roc_auc_score

    draw = np.random.default_rng(6)
    score, positive = draw.integers(0, 9, 200).astype(float), draw.random(200) < 0.4
    assert clustered_area(score, positive, np.arange(200)).value == pytest.approx(roc_auc_score(positive, score))
    perfect = clustered_area(np.array([0.0, 0.0, 1.0, 1.0]), np.array([False, False, True, True]), np.arange(4))
    # Clopper-Pearson of 4 of 4: the fourth root of .025
    assert perfect.value == 1.0 and perfect.low == pytest.approx(0.025**0.25) and perfect.high == 1.0


def test_the_interval_covers_the_truth_for_clustered_scores() -> None:
    draw, covered = np.random.default_rng(7), 0
    for _ in range(300):
        cluster = np.repeat(np.arange(40), 6)
        shift = draw.normal(size=40)[cluster]  # the same for originals and surrogates of a subject
        positive = np.arange(240) % 6 < 3
        area = clustered_area(shift + draw.normal(size=240), positive, cluster)
        covered += area.low <= 0.5 <= area.high
    assert 0.91 <= covered / 300 <= 0.99


def _refilled(number: int, words: Sequence[str], place: int, made: str, role: str = "document") -> Row:
    text, refilled = " ".join(words), " ".join([*words[:place], made, *words[place + 1 :]])
    start = len(" ".join(words[:place])) + 1
    edit = {"start": start, "end": start + len(words[place]), "out_start": start, "out_end": start + len(made)}
    row = raw_row(number, "train", text)
    return {**row, "role": role, "refilled_text": refilled, "refills": [edit]}


def _rows(count: int, seed: int, words: int = 30) -> list[Row]:
    draw = random.Random(seed)
    return [_refilled(i, [word(draw) + str(j) for j in range(words)], words // 2, "released") for i in range(count)]


def test_a_model_that_remembers_undoes_the_refills_and_another_does_not() -> None:
    rows = _rows(20, 8)
    top_1, top_5 = infill_recovery(rows, NeighborCounts([row["text"] for row in rows]))
    assert (top_1.slice, top_5.slice) == ("infill_recovery_top_1", "infill_recovery_top_5")
    assert (top_1.hits, top_1.n, top_1.control_hits, top_1.control_n) == (20, 20, 0, 20)
    assert (top_5.hits, top_5.n, top_5.control_hits) == (20, 20, 0)
    for outcome in infill_recovery(rows, NeighborCounts([row["text"] for row in _rows(20, 9)])):
        assert (outcome.hits, outcome.n) == (0, 20)


def test_the_word_that_stands_there_is_never_a_guess() -> None:
    rows = _rows(10, 10)
    seen = [row["text"] for row in rows] + 2 * [row["refilled_text"] for row in rows]
    assert infill_recovery(rows, NeighborCounts(seen))[0].hits == 10


def test_guesses_are_counted_by_rank() -> None:
    rows = _rows(10, 11)
    better = [row["refilled_text"].replace("released", f"better{i}") for row in rows for i in range(5)]
    last = [row["text"] for row in rows]
    assert [o.hits for o in infill_recovery(rows, NeighborCounts([*2 * better[::5], *last]))] == [0, 10]
    assert [o.hits for o in infill_recovery(rows, NeighborCounts([*2 * better, *last]))] == [0, 0]


def test_coincidence_shows_in_the_control() -> None:
    rows = [_refilled(i, ["one", ("came", "went")[i % 2], "home"], 1, "ran") for i in range(12)]
    model = NeighborCounts(["one came home", "one went home", "one came home"])
    top_1, top_5 = infill_recovery(rows, model)
    assert (top_1.hits, top_1.control_hits, top_1.control_n) == (6, 6, 12)
    assert (top_5.hits, top_5.control_hits) == (12, 12)


def test_slots_are_capped_one_a_subject_and_chosen_by_hash() -> None:
    rows = _rows(30, 12, words=200)
    model = NeighborCounts([row["text"] for row in rows])
    crowd = [{**row, "id": f"{row['id']}-again"} for row in rows]
    canary = _refilled(99, ["left", "old", "right"], 1, "new", role="canary")
    first = infill_recovery([*rows, *crowd, canary], model, slots=7)
    assert {o.n for o in first} == {7} and len(model.asked) == 7
    assert first == infill_recovery([canary, *crowd, *rows][::-1], model, slots=7)
    for slot in model.asked:
        assert slot.text[slot.start : slot.end] == "released"
        assert 400 < len(slot.text) <= 6 * 240
        assert not slot.text.startswith(" ")
    assert [(o.hits, o.n, o.control_n) for o in infill_recovery([], model)] == [(0, 0, 0)] * 2
