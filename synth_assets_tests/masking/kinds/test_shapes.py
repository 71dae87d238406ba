"""Shaped surrogates under hostile input: always in a reserved range, in the format of the original, never a crash."""

import ipaddress
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.expectations.shapes import find_direct, luhn, mod_97
from resources.keys import Keys
from synth_assets.masking.keys import DocumentKey, RealValues
from synth_assets.masking.kinds import codes, contact, dates
from synth_assets.masking.kinds.kind import Maker, reshape
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.surrogates.words import WordSurrogates

KEYS = Keys.from_secret(b"0" * 32)
KEY = DocumentKey(KEYS, 7, "document")
SHAPED = ("EMAIL", "URL", "PHONE", "SSN", "CARD", "IBAN", "IP", "MAC", "ID", "CASE", "PLATE", "POSTCODE", "CRYPTO")
RESERVED_HOST = re.compile(r"(?:^|[@./])example\.(?:org|com|net)(?:/|$)")

# Digits of other scripts, letters without case, joiners, half a pair, separators, and what shapes are made of.
hostile = st.text(st.sampled_from("0019٣५４²-–. ()+/:@xXeEßİаק文​\U0001f600'\n\t%#"), min_size=1, max_size=40)
secrets = st.binary(min_size=32, max_size=32)


def surrogate(kind: str, value: str, real: tuple[str, ...] = ()) -> str | None:
    known = RealValues(KEYS, real)
    maker = Maker(KEY, known, WordSurrogates(KEY, known, []))
    return kinds()[kind].surrogate(kinds()[kind], value, maker)


def is_reserved_ip(value: str) -> bool:
    """Whether it is in a range of RFC 5737 or RFC 3849."""
    address = ipaddress.ip_address(value)
    blocks = map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
    return any(address in block for block in blocks if block.version == address.version)


@settings(max_examples=300, deadline=None)
@given(hostile, st.sampled_from(SHAPED))
def test_any_string_of_any_type_gets_something_safe_or_nothing(value: str, kind: str) -> None:
    made = surrogate(kind, value)
    assert made is None or (made.casefold() != value.casefold() and not list(find_direct(made)))


@settings(max_examples=150, deadline=None)
@given(hostile)
def test_reshaped_values_keep_their_format(value: str) -> None:
    made = reshape(value, KEY, value)
    assert len(made) == len(value)
    for old, new in zip(value, made, strict=True):
        assert old.isdecimal() == new.isdecimal() and (old.isalpha() == new.isalpha())
        assert old == new or old.isdecimal() or old.isalpha()


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"\A\d{3}([ -]?)\d{2}\1\d{4}\Z"), secrets)
def test_social_security_numbers_are_never_issued(value: str, secret: bytes) -> None:
    made = codes.ssn(value, DocumentKey(Keys.from_secret(secret), 1, "a"), value)
    assert made.startswith("000") and [c for c in made if not c.isdecimal()] == [c for c in value if not c.isdecimal()]


@settings(max_examples=150, deadline=None)
@given(st.ip_addresses(), secrets)
def test_network_addresses_are_kept_for_documentation(address: object, secret: bytes) -> None:
    made = contact.ip(str(address), DocumentKey(Keys.from_secret(secret), 1, "a"), str(address))
    assert is_reserved_ip(made) and (":" in made) == (":" in str(address))


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"\A[0-9a-fA-F]{2}([:-])([0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}\Z"))
def test_hardware_addresses_are_kept_for_documentation(value: str) -> None:
    assert contact.mac(value, KEY, value).replace("-", ":").startswith("00:00:5e:00:53:")


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"\A[A-Z]{2}[0-9]{2}( ?[0-9A-Z]{4}){2,7}\Z"), secrets)
def test_accounts_fail_their_check_digits(value: str, secret: bytes) -> None:
    made = codes.uncheckable(value, DocumentKey(Keys.from_secret(secret), 1, "a"), value)
    assert not mod_97(made) and made[:2] == value[:2] and len(made) == len(value)


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"\A[2-6][0-9]{3}([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}\Z"), secrets)
def test_cards_fail_luhn(value: str, secret: bytes) -> None:
    made = codes.uncheckable(value, DocumentKey(Keys.from_secret(secret), 1, "a"), value)
    assert not luhn(re.sub(r"\D", "", made))


@pytest.mark.parametrize(
    "value", ["a@b.com", "ÅSA.ÖBERG@x.se", "https://www.clinic.de/p?id=9", "clinic.co.uk", "HTTP://A.B/c", "x@y"]
)
def test_hosts_are_reserved(value: str) -> None:
    made = surrogate("EMAIL" if "@" in value else "URL", value)
    assert made is not None and RESERVED_HOST.search(made)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            ("PHONE", "202-456-1111"),
            ("SSN", "460-89-9847"),
            ("ID", "AB12 345"),
            ("IP", "8.8.8.8"),
            ("EMAIL", "a.b@c.com"),
        ]
    ),
    st.integers(1, 6),
)
def test_a_surrogate_that_is_real_is_drawn_again(case: tuple[str, str], times: int) -> None:
    kind, value = case
    real: list[str] = []
    for _ in range(times):
        made = surrogate(kind, value, tuple(real))
        assert made is not None and made not in real
        real.append(made)


@pytest.mark.parametrize("years", range(130))
def test_ages_over_89_are_one_group(years: int) -> None:
    made = dates.age(str(years), KEY)
    assert made == "90+" if years >= 90 else int(made) < 90
