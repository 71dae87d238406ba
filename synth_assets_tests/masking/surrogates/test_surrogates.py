"""Dates, shapes, words: what stands for an identifier."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import PolicyError
from resources.expectations.shapes import find_direct, luhn, mod_97
from resources.keys import Keys
from synth_assets.masking.keys import DocumentKey, RealValues
from synth_assets.masking.kinds import codes, contact, dates
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.surrogates.words import WordSurrogates

KEYS = Keys.from_secret(b"0" * 32)
KEY = DocumentKey(KEYS, 7, "document")


@pytest.mark.parametrize(
    ("value", "valid"),
    [("4111111111111111", True), ("4111111111111112", False), ("79927398713", True), ("", False)],
)
def test_luhn(value: str, valid: bool) -> None:
    assert luhn(value) is valid


@pytest.mark.parametrize(
    ("value", "valid"),
    [("GB82 WEST 1234 5698 7654 32", True), ("GB82 WEST 1234 5698 7654 33", False), ("DE89370400440532013000", True)],
)
def test_iban(value: str, valid: bool) -> None:
    assert mod_97(value) is valid


@pytest.mark.parametrize(
    ("written", "days", "expected"),
    [
        ("3 May 2010", 364, "2 May 2011"),
        ("May 3rd, 2010", 364, "May 2nd, 2011"),
        ("2010-05-03", -203, "2009-10-12"),
        ("03/05/10", 364, "02/05/11"),
        ("31 Dec. 1999", 196, "14 Jul. 2000"),
        ("March 1998", 364, "March 1999"),
        ("1998", -364, "1997"),
        ("1998-99", 364, "1999-00"),
        ("1990s", 364, "2000s"),
        ("30 and 31 May 2001", 335, "30 April and 1 May 2002"),
        ("MAY", 203, "DECEMBER"),
        ("tomorrow", 364, None),
    ],
)
def test_dates_move_and_keep_their_format(written: str, days: int, expected: str | None) -> None:
    assert dates.shift(written, days, None) == expected


@given(st.dates(date(1700, 1, 1), date(2300, 1, 1)), st.dates(date(1700, 1, 1), date(2300, 1, 1)), st.integers(28, 104))
def test_intervals_are_kept(first: date, second: date, weeks: int) -> None:
    moved = [dates.shift(day.isoformat(), 7 * weeks, None) for day in (first, second)]
    ends = [date.fromisoformat(str(day)) for day in moved]
    assert ends[1] - ends[0] == second - first
    assert ends[0].weekday() == first.weekday()


@given(st.from_regex(r"\A(\+\d{1,3} )?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}( x\d{3})?\Z", fullmatch=True))
def test_phones_are_reserved(number: str) -> None:
    made = contact.phone(number, KEY, number)
    assert re.search(r"555[ .-]01\d\d", made)
    assert len(re.sub(r"\D", "", made)) == len(re.sub(r"\D", "", number))


@given(st.from_regex(r"\A[1-9]\d{3}( ?\d{4}){3}\Z", fullmatch=True))
def test_cards_keep_their_grouping_and_fail_luhn(number: str) -> None:
    ascii_number = number.translate({ord(c): "7" for c in number if not c.isascii()})
    made = codes.uncheckable(ascii_number, KEY, ascii_number)
    assert [c.isdigit() for c in made] == [c.isdigit() for c in ascii_number]
    assert not luhn(re.sub(r"\D", "", made))


@pytest.mark.parametrize("value", ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"])
def test_ibans_keep_their_country_and_fail(value: str) -> None:
    made = codes.uncheckable(value, KEY, value)
    assert made[:2] == value[:2] and not mod_97(made) and len(made) == len(value)


def test_ssn_ip_and_mac_are_reserved() -> None:
    assert codes.ssn("460-89-9847", KEY).startswith("000-")
    assert contact.ip("8.8.8.8", KEY).startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    assert contact.ip("fe80::1", KEY).startswith("2001:db8::")
    assert contact.mac("AA-BB-CC-DD-EE-FF", KEY).startswith("00-00-5e-00-53-")


@pytest.mark.parametrize(("written", "low", "high"), [("47", 44, 50), ("89", 86, 89), ("1", 2, 2)])
def test_ages_stay_near(written: str, low: int, high: int) -> None:
    made = dates.age(written, KEY)
    assert made != written and low <= int(made) <= high


@pytest.mark.parametrize("written", ["90", "97", "104"])
def test_high_ages_are_one_group(written: str) -> None:
    assert dates.age(written, KEY) == "90+"


def _words(*people: str, real: tuple[str, ...] = ()) -> WordSurrogates:
    return WordSurrogates(KEY, RealValues(KEYS, real), people)


def test_forms_of_one_name_agree() -> None:
    words = _words("Anna Smith", "Mrs Smith", "SMITH", "A. Smith")
    given_name, surname = words.person("Anna Smith").split()
    assert words.person("Mrs Smith") == f"Mrs {surname}"
    assert words.person("SMITH") == surname.upper()
    assert words.person("A. Smith") == f"{given_name[0]}. {surname}"
    assert words.handle("anna.smith") == f"{given_name}.{surname}".lower()
    assert words.handle("asmith") == f"{given_name[0]}{surname}".lower()


def test_a_name_inside_another_word_is_not_taken_for_it() -> None:
    words = _words("Anna Smith", "Hannah")
    anna = words.person("Anna").lower()
    assert words.person("Hannah").lower() not in (f"h{anna}h", "hannah") and anna not in words.person("Hannah").lower()


def test_no_surrogate_is_a_real_value() -> None:
    first = _words("Anna Smith").person("Anna Smith")
    again = _words("Anna Smith", real=tuple(first.split())).person("Anna Smith")
    assert not set(first.split()) & set(again.split())


def test_country_and_nationality_agree() -> None:
    words = _words()
    country, adjective = words.country("Turkey"), words.country("Turkish")
    from synth_assets.masking.lexicon.countries import countries

    assert (country, adjective) in countries() and country != "Turkey"


def test_another_key_gives_other_names() -> None:
    other = DocumentKey(Keys.from_secret(b"1" * 32), 7, "document")
    real = RealValues(KEYS)
    assert WordSurrogates(other, real, ["Anna Smith"]).person("Anna Smith") != _words("Anna Smith").person("Anna Smith")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a@b.com", "EMAIL"),
        ("202-456-1111", "PHONE"),
        ("460-89-9847", "SSN"),
        ("8.8.8.8", "IP"),
        ("4111 1111 1111 1111", "CARD"),
    ],
)
def test_direct_shapes(text: str, kind: str) -> None:
    assert kind in [found[2] for found in find_direct(f"see {text} there")]


@pytest.mark.parametrize("text", ["a@example.org", "202-555-0111", "000-89-9847", "192.0.2.7", "4111 1111 1111 1112"])
def test_reserved_ranges_are_excused(text: str) -> None:
    assert not list(find_direct(f"see {text} there"))


def test_policy_typos_and_impossible_actions_are_errors() -> None:
    with pytest.raises(PolicyError, match="did you mean 'person'"):
        MaskingPolicy.parse({"actions": {"persn": "mask"}}, "masking")
    with pytest.raises(PolicyError, match="generalize is not defined"):
        MaskingPolicy.parse({"actions": {"person": "generalize"}}, "masking")
    with pytest.raises(PolicyError, match="must not exceed 1"):
        MaskingPolicy.parse({"plan": {"mask_share": 0.9, "random_share": 0.2}}, "masking")
