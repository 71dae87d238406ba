"""Shapes of direct identifiers that no text may carry after masking, and the reserved ranges surrogates use.

The publication gate holds its own copy as SQL; detection, which needs recall, is in `patterns`.
"""

import re
from collections.abc import Callable, Iterator

from synth_assets.masking.kinds import checksums

_RESERVED_EMAIL = re.compile(
    r"@(?:[0-9A-Za-z-]+\.)*(?:example\.(?:org|com|net)|[0-9A-Za-z-]+\.(?:example|test|invalid))$", re.IGNORECASE
)
_RESERVED_PHONE = re.compile(
    r"555[ .-]?01\d\d$|7700[ .-]?900[ .-]?\d{3}$|20[ .)-]*7946[ .-]?0\d{3}$|1632[ .)-]*960[ .-]?\d{3}$"
)
_SHAPES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        "EMAIL",
        re.compile(r"[0-9A-Za-z._%+-]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+"),
        lambda m: not _RESERVED_EMAIL.search(m),
    ),
    (
        "PHONE",
        re.compile(
            r"(?:^|(?<=[^0-9A-Za-z.]))(?:\+[0-9]{1,3}[ .-]?)?\(?[0-9]{3}(?:\)|\) |[ .-])[0-9]{3}[ .-][0-9]{4}\b"
            r"|\+[0-9]{1,3}(?:[ .-]?\(?[0-9]{2,5}\)?){2,5}\b"
            r"|(?:^|(?<=[^0-9A-Za-z.+-]))0(?:[0-9]{4} [0-9]{6}|[0-9]{2} [0-9]{4} [0-9]{4}|[0-9]{3} [0-9]{3} [0-9]{4})\b",  # noqa: E501
            re.MULTILINE,
        ),
        lambda m: not _RESERVED_PHONE.search(m),
    ),
    ("SSN", re.compile(r"\b[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}\b"), lambda m: not re.match(r"000|666|9", m)),
    ("IBAN", re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?\b"), checksums.iban),
    (
        "CARD",
        re.compile(r"\b(?:[2-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})\b"),
        lambda m: checksums.luhn(re.sub(r"[ -]", "", m)),
    ),
    (
        "IP",
        re.compile(r"\b(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}\b"),
        lambda m: checksums.ip(m) and not checksums.is_reserved_ip(m),
    ),
)


def find_direct(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, type) of every direct identifier outside the reserved ranges."""
    for kind, pattern, is_real in _SHAPES:
        for match in pattern.finditer(text):
            if is_real(match.group()):
                yield *match.span(), kind
