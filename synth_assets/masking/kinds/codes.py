"""Identifiers with a shape: e-mail, phone, card, account, address, case number and their like.

Names and free-form entities belong to `cues` and to the model; dates to `dates`. A pattern may carry
a named group `value`, the part that is the identifier; without it the whole match is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from synth_assets.masking.kinds import checksums
from synth_assets.masking.kinds.addresses import address_patterns
from synth_assets.masking.kinds.direct import find_direct
from synth_assets.masking.mentions import CHECKED, PATTERN, Mention

_TLD = (
    "com|org|net|edu|gov|mil|int|info|biz|name|io|co|ai|app|dev|me|tv|eu|uk|us|ca|au|nz|de|at|ch|fr|be|nl|lu|es|pt|it|"
    "pl|cz|sk|hu|ro|bg|gr|cy|hr|si|rs|ee|lv|lt|fi|se|no|dk|is|ie|tr|ru|ua|br|mx|ar|cl|in|cn|jp|kr|sg|za|gl|ph|vn|id|my"
)
_ID_NOUN = (
    r"MRN|medical record|patient|health plan|accounts?|acct|order|invoice|ticket|policy|claim|file|ref(?:erence)?|"
    r"customer|client|member|employee|staff|student|passport|(?:driver[’']?s? |driving |medical )?licen[cs]e|permit|DL|"
    r"tax|VAT|TIN|EIN|registration|registry|booking|confirmation|tracking|serial|badge|transaction|subscription|"
    r"identity card|ID card|national insurance|social security|SSN|NHS|NINO|PIN|device|user|routing|sort code|swift"
)
_NUMBER_WORD = r"(?:\s*(?:numbers?|nos?\.?|num\.?|nr\.?|ids?|codes?|card|#))?"
_LINK = r"\s*(?:is|was|are|reads|ending in|of)?\s*[:#=]?\s*"


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern with the test that makes a match certain or drops it."""

    type: str
    regex: re.Pattern[str]
    score: float
    certain: Callable[[str], bool] | None = None
    allowed: Callable[[str], bool] | None = None
    needs: re.Pattern[str] | None = None


def _digits(value: str) -> str:
    return "".join(char for char in value if char in "0123456789")


def _digits_between(low: int, high: int) -> Callable[[str], bool]:
    return lambda value: low <= len(_digits(value)) <= high


def _is_card(value: str) -> bool:
    return 13 <= len(_digits(value)) <= 19 and checksums.luhn(_digits(value))


def _has_digit(value: str) -> bool:
    return bool(_digits(value))


def _is_phone(value: str) -> bool:
    """A phone number has 7 to 15 digits and is neither a date nor a number with thousands groups."""
    return 7 <= len(_digits(value)) <= 15 and not (_NOT_PHONE.fullmatch(value.strip()) or _DATE_FIRST.match(value))


_NOT_PHONE = re.compile(
    r"\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}|\d{1,2}(?: \d{3})+|(?:19|20)\d\d\s?[-–]\s?(?:19|20)\d\d"  # noqa: E501
)
_DATE_FIRST = re.compile(r"(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}\b|\d{1,2}([-/.])\d{1,2}\2(?:19|20)\d\d\b")
_PHONE_CUE = r"(?:phone|tel(?:ephone)?|mobile|cell|fax|call|text|dial|whatsapp|sms|ring|contact|reach)"


def _compile(regex: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(regex, flags)


@cache
def patterns() -> tuple[Pattern, ...]:
    """All patterns. `needs` is a cheap test that spares the regex on most documents."""
    digits = _compile(r"\d")
    many = _compile(r"(?:\d[^\d\n]{0,3}){6}\d")
    nocase = re.IGNORECASE
    return (
        Pattern("EMAIL", _compile(r"[\w.+%'’-]+@[\w-]+(?:\.[\w-]+)+"), 0.95, needs=_compile("@")),
        Pattern(
            "EMAIL",
            _compile(
                r"\b[\w.+-]+\s?(?:\(at\)|\[at\]|\{at\})\s?[\w-]+(?:\s?(?:\(dot\)|\[dot\]|\{dot\}|\.)\s?\w{2,})+", nocase
            ),
            0.9,
        ),
        Pattern("URL", _compile(r"\b(?:https?|ftp)://[^\s<>\"“”]+[^\s<>\"“”.,;:!?'’)\]}]", nocase), 0.95),
        Pattern(
            "URL",
            _compile(
                rf"(?<![\w@.-])(?:www\.[\w-]+(?:\.[\w-]+)+|(?:[a-z0-9][\w-]*\.)+(?:{_TLD}))\b(?:/[^\s<>\"“”]*[\w/])?(?!@)",
                nocase,
            ),
            0.8,
            needs=_compile(r"\.\w"),
        ),
        Pattern("HANDLE", _compile(r"(?<![\w@.])@[A-Za-z0-9_](?:[\w.-]*\w)?"), 0.85, needs=_compile("@")),
        Pattern("HANDLE", _compile(r"(?<![\w/])/?u/[A-Za-z0-9_-]{3,20}\b"), 0.85),
        Pattern(
            "IP",
            _compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)"),
            0.9,
            allowed=checksums.ip,
            needs=many_dots(),
        ),
        Pattern(
            "IP", _compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])"), 0.9, allowed=checksums.ip
        ),
        Pattern("MAC", _compile(r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b"), 0.9),
        Pattern(
            "IBAN",
            _compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b"),
            0.7,
            certain=checksums.iban,
            allowed=_digits_between(8, 34),
        ),
        Pattern("CARD", _compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])"), 0.75, certain=_is_card, needs=many),
        Pattern("SSN", _compile(r"(?<![\w-])\d{3}([- .])\d{2}\1\d{4}(?![\w-])"), 0.85, needs=many),
        Pattern("SSN", _compile(r"(?:SSN|social security)\D{0,20}(?P<value>\d{9})\b", nocase), 0.9, needs=many),
        Pattern(
            "PHONE",
            _compile(rf"\b{_PHONE_CUE}\b[^\d\n+(]{{0,25}}(?P<value>[+(]?\d[\d ().\-/]{{5,18}}\d)(?![\w-])", nocase),
            0.9,
            allowed=_digits_between(7, 15),
            needs=many,
        ),
        Pattern(
            "PHONE",
            _compile(
                r"(?<![\w.,/+-])(?:\+|00)\d{1,3}[ .\-]?\(?\d{1,5}\)?(?:[ .\-/]?\(?\d{1,5}\)?){1,6}"
                r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6}){0,2}(?![\w-])"
            ),
            0.9,
            allowed=_is_phone,
            needs=many,
        ),
        Pattern(
            "PHONE",
            _compile(
                r"(?<![\w.,/$€£-])\(?\d{2,5}\)?(?:\s?[ .\-/]\s?|(?<=\)))\d{2,4}(?:[ .\-/]\d{2,5}){0,4}"
                r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6}){0,2}(?![\w/]|[-.,]\d|\s?%)"
            ),
            0.6,
            allowed=_is_phone,
            needs=many,
        ),
        Pattern(  # an area code from 0, then one long group
            "PHONE",
            _compile(r"(?<![\w.,/$€£-])0\d{1,5}[ /-]\d{5,9}(?![\w/]|[-.,]\d)"),
            0.7,
            allowed=_is_phone,
            needs=many,
        ),
        Pattern("CRYPTO", _compile(r"\b(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,59})\b"), 0.95),
        Pattern(
            "CASE", _compile(r"(?<![\w/.-])\d{2,6}/\d{2,4}(?:/\d{1,4})?(?![\w/])"), 0.7, allowed=_is_case, needs=digits
        ),
        Pattern(
            "CASE",
            _compile(
                r"\b(?:applications?|case|docket|dossier|proceedings|judgment|file)\s*(?:\()?\s*(?:nos?\.?|numbers?|#)?\s*"
                r"(?P<value>(?:[A-Z]{1,4}[ -]?)?\d[\w./:-]*\w)",
                nocase,
            ),
            0.7,
            allowed=_digits_between(3, 20),
            needs=digits,
        ),
        Pattern(
            "CASE",
            _compile(
                r"(?<!Law )(?<!Act )(?<!Protocol )(?<!Decree )(?<!Regulation )(?<!Rule )(?<!Resolution )(?<!Directive )"
                r"(?<!Convention )(?<!Order )\b[Nn]os?\.\s?(?P<value>(?:[A-Z]{1,3}[ -]?)?\d+(?:[./-]\w+)*)"
            ),
            0.6,
            needs=digits,
        ),
        Pattern(
            "PLATE",
            _compile(
                r"\b(?:plates?|number plate|vehicle registration|tag)(?: numbers?| no\.?| is| reads| was|:| with)*\s+"
                r"(?P<value>(?=[A-Z0-9 -]*\d)[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,5}){1,2})\b"
            ),
            0.8,
            needs=digits,
        ),
        Pattern("PLATE", _compile(r"\b[A-Z]{2}\d{2} [A-Z]{3}\b"), 0.7, needs=digits),
        Pattern(
            "ID",
            _compile(
                rf"\b(?:{_ID_NOUN}){_NUMBER_WORD}{_LINK}(?P<value>(?=[A-Za-z0-9./-]*\d[A-Za-z0-9./-]*\d)"
                rf"[A-Za-z0-9]+(?:[./ -]?\d[A-Za-z0-9]*|[./-][A-Za-z0-9]+)*)\b",
                nocase,
            ),
            0.75,
            allowed=_digits_between(3, 34),
            needs=digits,
        ),
        Pattern("ID", _compile(r"(?<![\w-])[A-Z]{2,4}(?:-[A-Z]{1,4})?-\d[A-Z0-9-]*\d(?![\w-])"), 0.7, needs=digits),
        Pattern("ID", _compile(r"\b[A-Z]{1,3}\d{6,18}[A-Z]?\b"), 0.7, needs=digits),
        Pattern("ID", _compile(r"(?<![\w-])[A-Z]{2,3} \d{6,12}(?![\w-])"), 0.7, needs=digits),
        Pattern("ID", _compile(r"(?<![\w.-])\d{4,6}-\d{3,5}-\d{1,2}(?![\w-])"), 0.95, needs=digits),
        Pattern(  # letters, then groups of digits: C-72233108, T26-233201, HX/2026/043545
            "ID",
            _compile(r"(?<![\w/-])[A-Z]{1,4}\d{0,4}(?:[-/]\d{2,12}){1,4}(?![\w/])"),
            0.7,
            allowed=_digits_between(5, 20),
            needs=digits,
        ),
        Pattern("ID", _compile(r"(?<![\w.,$€£-])\d{7,}(?![\w%]|[.,]\d)"), 0.5, needs=digits),
        *(
            Pattern(kind, regex, score, allowed=None if kind == "LOCATION" else _has_digit, needs=digits)
            for kind, regex, score in address_patterns()
        ),
    )


def many_dots() -> re.Pattern[str]:
    """Cheap test for a dotted quad."""
    return re.compile(r"\d\.\d{1,3}\.\d")


def _is_case(value: str) -> bool:
    """A number over a year; a short fraction or a date like 12/05 is none."""
    parts = value.split("/")
    return len(parts[0]) >= 3 or len(parts[1]) == 4


def find_patterns(text: str) -> Iterator[Mention]:
    """Every match of every pattern, overlapping ones included."""
    for pattern in patterns():
        if pattern.needs and not pattern.needs.search(text):
            continue
        group = "value" if "value" in pattern.regex.groupindex else 0
        for match in pattern.regex.finditer(text):
            value = match.group(group)
            checked = bool(pattern.certain and pattern.certain(value))
            if not checked and pattern.allowed and not pattern.allowed(value):
                continue
            rank, score = (CHECKED, 1.0) if checked else (PATTERN, pattern.score)
            start, end = match.span(group)
            left, right = _unbalanced(value) if pattern.type == "PHONE" else (0, 0)
            yield Mention(start + left, end - right, pattern.type, score, "pattern", rank)
    for start, end, kind in find_direct(text):  # what the gate would refuse is always found
        yield Mention(start, end, kind, 0.9, "pattern", PATTERN)


def _unbalanced(value: str) -> tuple[int, int]:
    """Characters to leave out at either end so that no parenthesis of the sentence is taken along."""
    opened, closed = value.count("("), value.count(")")
    return int(opened > closed and value.startswith("(")), int(closed > opened and value.endswith(")"))
