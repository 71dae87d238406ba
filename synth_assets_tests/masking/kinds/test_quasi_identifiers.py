"""Quantities, occupations, institutions: what is found, what is left alone, what is written instead."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.keys import Keys
from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds import dates, professions, quantities
from synth_assets.masking.kinds.codes import find_numbered
from synth_assets.masking.lexicon import numerals
from synth_assets.masking.names.capitalized import find_institutions
from synth_assets.masking.names.cues import find_cues

KEY = DocumentKey(Keys.from_secret(b"0" * 32), 7, "document")
RULES = (quantities.find_quantities, professions.find_professions, find_institutions, find_numbered, find_cues)


def found(text: str) -> set[tuple[str, str]]:
    return {(m.type, text[m.start : m.end]) for rule in RULES for m in rule(text) if m.score >= 0.4}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("He served four years’ probation.", "QUANTITY", "four years"),
        ("A two-year lease.", "QUANTITY", "two-year"),
        ("They paid CHF 12,400.50 in May.", "QUANTITY", "CHF 12,400.50"),
        ("She owed $1,200 to him.", "QUANTITY", "$1,200"),
        ("A debt of 3 million Swiss francs.", "QUANTITY", "3 million Swiss francs"),
        ("A field of twenty-five hectares.", "QUANTITY", "twenty-five hectares"),
        ("His pension fell by 17.5%.", "QUANTITY", "17.5%"),
        ("It fell by 40 per cent.", "QUANTITY", "40 per cent"),
        ("He owned 38 small boats.", "QUANTITY", "38 small boats"),
        ("We met five builders.", "QUANTITY", "five builders"),
        ("He got two thirds of it.", "QUANTITY", "two thirds"),
        ("She was given life imprisonment.", "QUANTITY", "life imprisonment"),
        ("I am a nurse in the north.", "PROFESSION", "nurse"),
        ("She worked as an airline pilot.", "PROFESSION", "airline pilot"),
        ("Mr Vane, a retired warrant officer, left.", "PROFESSION", "retired warrant officer"),
        ("Occupation: bricklayer", "PROFESSION", "bricklayer"),
        ("He was elected mayor of it.", "PROFESSION", "mayor"),
        ("Held in Larnby remand prison since.", "ORGANIZATION", "Larnby remand prison"),
        ("We saw the Larnby District Court rule.", "ORGANIZATION", "Larnby District Court"),
        ("Said the Norwegian Government today.", "ORGANIZATION", "Norwegian Government"),
        ("At the Court of Appeal of Larnby it ended.", "ORGANIZATION", "Court of Appeal of Larnby"),
        ("Invoices nos. 71, 72/3 and A-900 are open.", "CASE", "72/3"),
        ("He was ten years old.", "AGE", "ten"),
        ("She has lived in Larnby since.", "LOCATION", "Larnby"),
        ("Before Judge Mark Ullswick it rested.", "PERSON", "Mark Ullswick"),
    ],
)
def test_found(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Price: $250, asking for 300 euros.", "QUANTITY"),
        ("A coffee is $4, and 100% of it is hot.", "QUANTITY"),
        ("He is 10 years old.", "QUANTITY"),
        ("Two boats, and in 1994 boats were few.", "QUANTITY"),
        ("The court and the Council prison.", "ORGANIZATION"),
        ("The judge rose and the nurse sat.", "PROFESSION"),
        ("He was represented by Ms Orr, a lawyer of Larnby.", "PROFESSION"),
        ("It was a student loan.", "PROFESSION"),
        ("The District Court heard the Ministry.", "ORGANIZATION"),
        ("See Articles nos. 3, 4 and 5.", "CASE"),
    ],
)
def test_left_alone(text: str, kind: str) -> None:
    assert kind not in {name for name, _ in found(text)}


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("four years", r"(two|three|five|six|seven|eight|nine) years"),
        ("one year", r"(two|three|four|five|six|seven|eight|nine) years"),
        ("EUR 4,000", r"EUR [1-35-9],000"),
        ("4.5%", r"[1-35-9]\.\d%"),
        ("24,952.51 pounds", r"[13-9]\d,\d{3}\.\d\d pounds"),
        ("fifty-five pages", r"(twenty|thirty|forty|sixty|seventy|eighty|ninety)-\w+ pages"),
        ("life imprisonment", r"\w+(-\w+)? years’ imprisonment"),
        ("two thirds", r"(one|three) \w+|two fifths"),
        ("two-month", r"(three|four|five|six|seven|eight|nine)-month"),
    ],
)
def test_quantities_keep_magnitude_unit_and_format(written: str, pattern: str) -> None:
    assert re.fullmatch(pattern, quantities.vary(written, KEY))


def test_equal_numbers_get_equal_ones() -> None:
    words, digits = (quantities.vary(written, KEY).split()[0] for written in ("four years", "4 weeks"))
    assert numerals.value(words) == int(digits)


@given(st.integers(1, 10**9))
def test_another_number_of_as_many_digits(number: int) -> None:
    made = numerals.vary(str(number), KEY)
    assert int(made) != number and len(made) == len(str(number))


@given(st.integers(1, 99))
def test_number_words_are_read_as_they_are_written(number: int) -> None:
    assert numerals.value(numerals.write(number, "ten")) == number


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("nurse", r"[^aeio]\w+"),
        ("electrician", r"[aeiou]\w+"),
        ("primary school teacher", r"[^aeio]\w+"),
        ("retired officer", r"retired \w+"),
        ("bakers", r"\w+(s|men)"),
        ("TEACHER", r"[A-Z]+"),
        ("Senior Engineer", r"Senior [A-Z][a-z]+"),
    ],
)
def test_occupations_keep_article_number_and_casing(written: str, pattern: str) -> None:
    made = professions.vary(written, KEY)
    assert made.casefold() != written.casefold() and re.fullmatch(pattern, made)


def test_ages_in_words_stay_words_and_high_ones_are_grouped() -> None:
    assert numerals.value(dates.age("forty-two", KEY)) in {39, 40, 41, 43, 44, 45}
    assert dates.age("ninety-one", KEY) == "90+"
