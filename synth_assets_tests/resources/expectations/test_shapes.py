"""Shapes of identifiers in DuckDB and in Python: live ones are seen wherever they are, surrogates are not."""

import duckdb
import pytest

from resources.expectations.shapes import SHAPES, rows_with_shape

LIVE = {
    "email_address": ["a.b+c@corp.co.uk", "x@example.org.evil.com", "(me@host-1.de)", "UPPER@HOST.IO"],
    "phone_number": ["(212) 736-5000", "212-736-5000", "+44 20 7946 1958", "+351 912 345 678", "0161 496 1234",
                     "020 7123 4567", "+1 (415) 867-5309", "07712 345678"],
    "us_ssn": ["219-09-9999", "219 09 9999"],
    # examples of the IBAN registry, with one that has letters in the account
    "iban": ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "MT84MALT011000012345MTLCAST001S",
             "NO93 8601 1117 947", "FR14 2004 1010 0505 0001 3M02 606"],
    "card_number": ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005", "3782 822463 10005",
                    "6011000990139424"],
    "ipv4_address": ["81.2.69.142", "10.0.0.1"],
}  # fmt: skip
HARMLESS = {
    "email_address": ["a@example.org", "a@mail.example.com", "b@host.test", "an @mention.here", "a@b"],
    "phone_number": ["(212) 555-0142", "+1 415-555-0199", "020 7946 0123", "07700 900123", "2024-05-17", "12345-6789",
                     "4111 1111 1111 1112", "1914-1918", "10.30", "000-12-3456"],
    "us_ssn": ["000-12-3456", "666-12-3456", "987-65-4321", "12-34-5678", "2190-09-9999"],
    "iban": ["DE00 3704 0044 0532 0130 00", "GB83WEST12345698765432", "AB12 CDEF"],
    "card_number": ["4111 1111 1111 1112", "1234 5678 9012 3456", "0000 0000 0000 0000"],
    "ipv4_address": ["192.0.2.7", "198.51.100.1", "203.0.113.255", "3.11.7", "300.1.1.1"],
}  # fmt: skip


def hits(shape: str, text: str) -> int:
    """Rows that DuckDB refuses; Python must agree."""
    query = rows_with_shape(shape, ["text"], "id").replace("{batch}", "(SELECT 'a' AS id, ? AS text)")
    rows = len(duckdb.execute(query, [text]).fetchall())
    assert rows == any(True for _ in SHAPES[shape].find(text)), (shape, text)
    return rows


@pytest.mark.parametrize("shape", LIVE)
def test_live_identifiers_are_seen(shape: str) -> None:
    for value in LIVE[shape]:
        for text in (value, f"See {value}, please.", f"one\n{value}\ntwo", f"中文 {value} ключ"):
            assert hits(shape, text) == 1, (shape, text)


@pytest.mark.parametrize("shape", HARMLESS)
def test_surrogates_and_other_numbers_are_not(shape: str) -> None:
    for value in HARMLESS[shape]:
        assert hits(shape, f"See {value}, please.") == 0, (shape, value)


def test_one_live_identifier_among_surrogates_is_seen() -> None:
    assert hits("email_address", "a@example.org b@example.com c@corp.com d@example.net") == 1
    assert hits("card_number", "4111 1111 1111 1112 and 4111 1111 1111 1111") == 1


def test_letters_beyond_ascii_and_odd_forms_are_read_alike() -> None:
    assert hits("us_ssn", "née219-09-9999") == 0
    assert hits("us_ssn", "é219-09-9999é") == hits("ipv4_address", "ü81.2.69.142ü") == 1
    assert hits("ipv4_address", "01.1.1.1") == hits("iban", "AA75 0000 0000") == 1
