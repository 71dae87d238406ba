"""Slots stand where masking replaced an identifier; a document's slots are filled with values made up for it alone."""

import random
import re

import pytest

from resources.keys import Keys
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.surrogates.made_up import made_up_values
from synth_assets.synthesis.filters import FilterPolicy, text_reason
from synth_assets.synthesis.observed import observe
from synth_assets.synthesis.slots import Filler, slot_edits, slotted, unslotted
from synth_assets.text.edits import apply
from synth_assets_tests.synthesis.toys import drawn_plants, draws, masked_row, numbered_plants


def shown(text: str) -> str:
    row = masked_row(text)
    return apply(row["text"], slot_edits(row))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call {PERSON 1 Ann Lee} now.", "Call ⟦PERSON⟧ now."),
        ("Dear {PERSON 1 Ann},", "Dear ⟦PERSON1⟧,"),
        ("{PERSON 1 Ann Lee} met {PERSON 2 Bob Ray}. {PERSON 1 Ann}", "⟦PERSON⟧ met ⟦PERSON*⟧. ⟦PERSON1⟧"),
        ("{PERSON 1 Ann Lee} met {PERSON 2 Bob Ray}.", "⟦PERSON*⟧ met ⟦PERSON⟧."),
        ("On {DATE 3 2 May} and {DATE 4 3 May} {PERSON 1 Ann Lee} paid.", "On ⟦DATE*⟧ and ⟦DATE⟧ ⟦PERSON⟧ paid."),
        ("Born in {=LOCATION 1 Leeds}.", "Born in Leeds."),
        ("Paid within {QUANTITY 1 twenty-one days}.", "Paid within ⟦NUMBER*⟧ days."),
        ("Paid {QUANTITY 1 $1,042.50} on time.", "Paid $⟦NUMBER*⟧ on time."),
        ("Paid {QUANTITY 1 half of it}.", "Paid ⟦QUANTITY⟧."),
    ],
    ids=["full", "word", "main is the most frequent", "among equals the last", "by type", "kept", "number in words",
         "number with a sign", "quantity without a number"],
)  # fmt: skip
def test_slots_of_a_document(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_slot_that_straddles_a_cut_stands_in_the_first_part_alone() -> None:
    row = masked_row("He met {PERSON 1 Ann Lee} today.")
    edits, cut = slot_edits(row), len("He met Ann")
    assert slotted(row["text"], edits, 0, cut) == "He met ⟦PERSON⟧"
    assert slotted(row["text"], edits, cut, len(row["text"])) == " today."


def test_an_identifier_over_two_sentences_leaves_no_word_behind() -> None:
    row = masked_row("We wrote to {ORGANIZATION 1 Acme Inc. Quillington Works} about it. Nothing came.")
    shown_text = " ".join(piece.text for piece in observe(row, 0).pieces)
    assert "Acme" not in shown_text and "Quillington" not in shown_text
    assert observe(row, 0).content(()) == ["wrote", "came"]


def test_overlapping_spans_leave_no_word_behind() -> None:
    row = masked_row("At {LOCATION 1 Baker Street} it was.")
    (span,) = row["spans"]
    row["spans"] = [span, {**span, "entity": 2, "out_start": span["out_start"] + 6}]
    assert apply(row["text"], slot_edits(row))[0] in ("At ⟦LOCATION*⟧ it was.", "At ⟦LOCATION⟧ it was.")


def test_a_text_cannot_write_a_slot_of_its_own() -> None:
    row = masked_row("A ⟦PERSON⟧ here and {PERSON 1 Ann Lee} there.")
    assert slotted(row["text"], slot_edits(row), 0, len(row["text"])) == "A  PERSON  here and ⟦PERSON⟧ there."


def test_unslotted_text_keeps_the_words_around() -> None:
    assert unslotted("Dear ⟦PERSON1⟧, on ⟦DATE*⟧").split() == ["Dear", ",", "on"]


def test_numbers_are_drawn_one_by_one_and_keep_their_units() -> None:
    filler = Filler(made_up_values(Keys.from_secret(b"0" * 32)), random.Random(1))
    filled = filler.fill("Paid $⟦NUMBER*⟧ within ⟦NUMBER*⟧ days.")
    found = re.fullmatch(r"Paid \$(\d+) within (\d+) days\.", filled)
    assert found and found[1] != found[2] and all(2 <= int(number) <= 90 for number in found.groups())


def test_the_main_value_stays_and_others_are_new() -> None:
    plants, made = numbered_plants()
    filler = Filler(plants, random.Random(1))
    assert filler.fill("Dear ⟦PERSON⟧ and ⟦PERSON*⟧ and ⟦PERSON*⟧") == "Dear Jane1 Doe1 and Jane2 Doe2 and Jane3 Doe3"
    assert filler.fill("⟦PERSON⟧, ⟦DATE⟧, ⟦DATE*⟧, ⟦DATE⟧") == "Jane1 Doe1, DATE-1, DATE-2, DATE-1"
    assert made == {"PERSON": 3, "DATE": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear ⟦PERSON1⟧,", "Dear Jane1,"),
        ("Dear Mr ⟦PERSON1⟧,", "Dear Mr Doe1,"),
        ("Dear Dr. ⟦PERSON1⟧,", "Dear Dr. Doe1,"),
        ("Dear Mrs ⟦PERSON⟧,", "Dear Mrs Jane1 Doe1,"),
        ("Mr ⟦PERSON1⟧ and ⟦PERSON1⟧", "Mr Doe1 and Jane1"),
    ],
)
def test_one_word_of_a_person_is_the_surname_after_a_title(text: str, expected: str) -> None:
    assert Filler(numbered_plants()[0], random.Random(1)).fill(text) == expected


def test_a_type_that_nobody_can_make_up_becomes_a_placeholder_that_filters_let_pass() -> None:
    filled = Filler({}, random.Random(1)).fill("Your badge ⟦BADGE⟧ is ready, and ⟦BADGE*⟧ is not.")
    assert "BADGE" in filled and "⟦" not in filled
    assert text_reason(filled, FilterPolicy()) == ""


@pytest.mark.parametrize("name", kinds())
def test_a_made_up_value_of_every_kind_passes_the_filters(name: str, keys: Keys) -> None:
    for rng in draws(1, 50):
        text = Filler(made_up_values(keys), rng).fill(f"Please note that it is ⟦{name}⟧ and not another one.")
        assert "⟦" not in text and "[" not in text and "is  and" not in text
        assert text_reason(text, FilterPolicy()) == ""


def test_a_made_up_person_has_two_names(keys: Keys) -> None:
    people = {made_up_values(keys)["PERSON"](rng) for rng in draws(2, 300)}
    assert len(people) > 250
    assert all(re.fullmatch(r"[A-Z][A-Za-z'’-]+ [A-Z][A-Za-z'’-]+", person) for person in people)


def test_made_up_values_are_the_same_for_the_same_random_numbers(keys: Keys) -> None:
    text = " ".join(f"⟦{name}⟧" for name in kinds())
    one, other = (Filler(made_up_values(keys), random.Random(3)).fill(text) for _ in range(2))
    assert one == other != Filler(made_up_values(keys), random.Random(4)).fill(text)


def test_values_depend_on_the_random_numbers_alone() -> None:
    one, other = (Filler(drawn_plants(), random.Random(5)).fill("⟦PERSON⟧ ⟦DATE⟧ ⟦PERSON*⟧") for _ in range(2))
    assert one == other != Filler(drawn_plants(), random.Random(6)).fill("⟦PERSON⟧ ⟦DATE⟧ ⟦PERSON*⟧")
