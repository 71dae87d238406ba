"""The 18 identifiers of HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i), A to R: what was replaced, what still shows.

A table to read, not a determination: Safe Harbor also asks that nobody has actual knowledge that what is left
identifies a person, and that is for people to say.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from synth_assets.privacy.outcome import Statistic
from synth_assets.privacy.passages import RELEASED_STAGE


class HipaaRow(NamedTuple):
    """One identifier: how often the masking stage replaced it, and the statistic that says what still shows.

    `replaced`: spans, None where text cannot hold it. `residual`: None where nothing measures it, and then
    `measured` says why.
    """

    letter: str
    identifier: str
    types: tuple[str, ...]
    replaced: int | None
    residual: Statistic | None
    measured: str
    note: str


_ROWS: tuple[tuple[str, str, tuple[str, ...], str | None, str], ...] = (
    ("A", "Names", ("PERSON",), "person", ""),
    ("B", "Places smaller than a state", ("LOCATION", "ADDRESS", "POSTCODE"), None, "states are replaced as well"),
    ("C", "Dates but the year, ages over 89", ("DATE", "AGE"), None, "shifted, years too; ages over 89 are grouped"),
    ("D", "Telephone numbers", ("PHONE",), "phone", ""),
    ("E", "Fax numbers", ("PHONE",), "phone", "not told from telephone numbers"),
    ("F", "E-mail addresses", ("EMAIL",), "email", ""),
    ("G", "Social security numbers", ("SSN",), "number", "residual: all long numbers"),
    (
        "H",
        "Medical record numbers",
        ("ID",),
        "number",
        "one type with I, J, K, M; residual: all long numbers",
    ),
    ("I", "Health plan beneficiary numbers", ("ID",), "number", "see H"),
    ("J", "Account numbers", ("ID", "IBAN", "CARD", "CRYPTO"), "iban", "residual: bank accounts; others see H"),
    ("K", "Certificate and licence numbers", ("ID",), "number", "see H"),
    ("L", "Vehicles and plates", ("PLATE",), None, ""),
    ("M", "Device identifiers", ("MAC", "ID"), "number", "see H"),
    ("N", "Web addresses", ("URL", "HANDLE"), None, "user names of networks are counted here"),
    ("O", "IP addresses", ("IP",), None, ""),
    ("P", "Biometric identifiers", (), None, "no text"),
    ("Q", "Full-face photographs", (), None, "no text"),
    ("R", "Any other unique number or code", ("CASE", "ID"), "number", "court and case numbers; see H"),
)


def span_counts(masked: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Replaced spans of MASKED_CORPUS rows by type."""
    counts = Counter(span["type"] for row in masked for span in row.get("spans") or () if span["action"] != "keep")
    return dict(sorted(counts.items()))


def hipaa_rows(counts: Mapping[str, int], statistics: Sequence[Statistic]) -> list[HipaaRow]:
    """The 18 rows, from the replaced spans by type and the replay of identifiers in the released stage."""
    known = {s.slice: s for s in statistics if s.stage == RELEASED_STAGE and s.test == "identifier_replay"}
    return [
        HipaaRow(
            letter,
            identifier,
            types,
            sum(counts.get(kind, 0) for kind in types) if types else None,
            known.get(residual) if residual else None,
            _why_not(types, residual),
            note,
        )
        for letter, identifier, types, residual, note in _ROWS
    ]


def _why_not(types: Sequence[str], residual: str | None) -> str:
    if not types:
        return "not in text"
    return "none unique in the corpus" if residual else "not measured apart"
