"""Shapes of live identifiers: what no text may contain after masking, apart from the reserved ranges of surrogates.

One pattern serves both checks: `find_direct` in Python and `rows_with_shape` in DuckDB. Detection in raw text, which
needs recall rather than certainty, has patterns of its own (`synth_assets.masking.kinds`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_DIGITS = "regexp_replace(m, '[^0-9]', '', 'g')"
_IBAN = "regexp_replace(m, '[^A-Z0-9]', '', 'g')"

# ISO 13616: move four characters to the end, letters become 10..35, the number modulo 97 is 1.
_MOD_97 = (
    f"list_reduce(list_transform(string_split(substr({_IBAN}, 5) || substr({_IBAN}, 1, 4), ''), "
    "lambda c: CASE WHEN c <= '9' THEN ascii(c) - 48 ELSE ascii(c) - 55 END), "
    "lambda a, v: (a * CASE WHEN v < 10 THEN 10 ELSE 100 END + v) % 97) = 1"
)
# ISO/IEC 7812-1 annex B (Luhn): from the right, every second digit doubled, digits of the products summed.
_LUHN = (
    f"list_sum(list_transform(range(1, length({_DIGITS}) + 1), lambda i: "
    f"((ascii(substr({_DIGITS}, -i, 1)) - 48) * (2 - i % 2) - 1) % 9 + 1)) % 10 = 0"
)


# RE2 has no look-behind: there a pattern takes the character before the identifier along, in Python it does not.
_BEFORE = re.compile(r"\(\^\|(\[\^[^]]*\])\)")


def luhn(value: str) -> bool:
    """Whether the digits of `value` pass the Luhn check (ISO/IEC 7812-1)."""
    digits = [int(char) for char in reversed(value) if char in "0123456789"]
    doubled = (digit * (1 + place % 2) for place, digit in enumerate(digits))
    return bool(digits) and sum(map(int, "".join(map(str, doubled)))) % 10 == 0


def mod_97(value: str) -> bool:
    """Whether an IBAN has valid check digits: rearranged it is 1 modulo 97 (ISO 13616)."""
    compact = "".join(char for char in value.upper() if char.isascii() and char.isalnum())
    return len(compact) > 4 and int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


@dataclass(frozen=True)
class Shape:
    """What one kind of live identifier looks like.

    Args:
        kind: type of the identifier in masking, e.g. "EMAIL".
        pattern: finds candidates; written for RE2.
        reserved: finds what no real identifier has, in any casing: a range that surrogates use.
        certain: predicate in SQL on the match `m`.
        holds: the same predicate in Python; by default, of any text.
    """

    kind: str
    pattern: str
    reserved: str = ""
    certain: str = "TRUE"
    holds: Callable[[str], bool] = bool

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """[start, end) of each live identifier."""
        for match in self._regex.finditer(text):
            if self.holds(match.group()) and not (self.reserved and self._reserved.search(match.group())):
                yield match.span()

    @cached_property
    def _regex(self) -> "re.Pattern[str]":
        return re.compile(_BEFORE.sub(r"(?:^|(?<=\1))", self.pattern), re.ASCII)

    @cached_property
    def _reserved(self) -> "re.Pattern[str]":
        return re.compile(self.reserved, re.IGNORECASE | re.ASCII)


SHAPES: Mapping[str, Shape] = {
    # RFC 2606 keeps these domains for documentation.
    "email_address": Shape(
        "EMAIL",
        r"[0-9A-Za-z._%+-]+@[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+",
        r"@([0-9A-Za-z-]+\.)*(example\.(org|com|net)|[0-9A-Za-z-]+\.(example|test|invalid))$",
    ),
    # North American and international forms, and British national ones. 555-01xx is kept for fiction
    # by NANPA; 07700 900xxx, 020 7946 0xxx and 01632 960xxx by Ofcom.
    "phone_number": Shape(
        "PHONE",
        r"(^|[^0-9A-Za-z.])(\+[0-9]{1,3}[ .-]?)?\(?[0-9]{3}(\)|\) |[ .-])[0-9]{3}[ .-][0-9]{4}\b"
        r"|\+[0-9]{1,3}([ .-]?\(?[0-9]{2,5}\)?){2,5}\b"
        r"|(^|[^0-9A-Za-z.+-])0([0-9]{4} [0-9]{6}|[0-9]{2} [0-9]{4} [0-9]{4}|[0-9]{3} [0-9]{3} [0-9]{4})\b",
        r"555[ .-]?01[0-9]{2}$|7700[ .-]?900[ .-]?[0-9]{3}$"
        r"|20[ .)-]*7946[ .-]?0[0-9]{3}$|1632[ .)-]*960[ .-]?[0-9]{3}$",
    ),
    # Areas 000, 666 and 900-999 are never issued by the Social Security Administration.
    "us_ssn": Shape("SSN", r"\b[0-9]{3}([ -])[0-9]{2}[ -][0-9]{4}\b", r"^(000|666|9)"),
    # A number whose check digits are wrong names no account: that is what surrogates have.
    "iban": Shape("IBAN", r"\b[A-Z]{2}[0-9]{2}( ?[0-9A-Z]{4}){2,7}( ?[0-9A-Z]{1,3})?\b", certain=_MOD_97, holds=mod_97),
    "card_number": Shape(
        "CARD",
        r"\b([2-6][0-9]{3}([ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})\b",
        certain=_LUHN,
        holds=luhn,
    ),
    # RFC 5737 keeps three blocks for documentation.
    "ipv4_address": Shape(
        "IP",
        r"\b(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}\b",
        r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.",
    ),
}


def find_direct(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of every live identifier in a text."""
    for shape in SHAPES.values():
        for start, end in shape.find(text):
            yield start, end, shape.kind


def rows_with_shape(shape: str, columns: Sequence[str], key: str) -> str:
    """Return SQL for the keys of the rows of `{batch}` whose `columns` contain `shape` outside its reserved range."""
    spec = SHAPES[shape]
    excused = f"NOT regexp_matches(m, {_literal(spec.reserved)}, 'i') AND " if spec.reserved else ""
    live = f"lambda m: {excused}{spec.certain}"
    found = (f"regexp_extract_all({column}, {_literal(spec.pattern)})" for column in columns)
    tests = " OR ".join(f"len(list_filter({matches}, {live})) > 0" for matches in found)
    return f"SELECT {key} FROM {{batch}} WHERE {tests}"  # noqa: S608  # the suite is code


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
