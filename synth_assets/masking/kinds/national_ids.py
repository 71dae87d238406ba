"""National identifiers with check digits or context words, by Presidio's pattern recognizers.

Only their patterns and validators are used, not its NLP engine, and only those of kinds that have no pattern here.
They count as ID, wallets as CRYPTO.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from synth_assets.masking.mentions import CHECKED, PATTERN, Mention

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer

_CONTEXT_CHARS = 60
_BOOST = 0.4
_TYPES = {"CRYPTO": "CRYPTO"}
_DIGITS = re.compile(r"\d{2}")
# What every match of a recognizer contains, in a form that is searched much faster than its patterns are.
NEEDS = {
    "AbaRoutingRecognizer": r"\d{4}-?\d{4}-?\d",
    "AuTfnRecognizer": r"\d{3}\s?\d{3}\s?\d{3}",
    "CryptoRecognizer": r"\w{26}",
    "EsNieRecognizer": r"\d{7}-?[^\W\d_]",
    "EsNifRecognizer": r"\d{7}-?[^\W\d_]",
    "FiPersonalIdentityCodeRecognizer": r"\d{6}.\d{3}",
    "InAadhaarRecognizer": r"\d{4}[- :]?\d{4}[- :]?\d{4}",
    "InPanRecognizer": r"\d{4}",
    "ItFiscalCodeRecognizer": r"\w{16}",
    "MedicalLicenseRecognizer": r"\d{7}(?<=[^\W\d_]\d{7})",
    "NhsRecognizer": r"\d{3}[- ]?\d{3}[- ]?\d{4}",
    "PlPeselRecognizer": r"\d{11}",
    "SgFinRecognizer": r"\d{7}(?<=[^\W\d_]\d{7})",
    "UkNinoRecognizer": r"\d{2} ?\d{2} ?\d{2}",
    "UsBankRecognizer": r"\d{8}",
    "UsItinRecognizer": r"9\d{2}[- ]?\d{2}[- ]?\d{4}",
    "UsLicenseRecognizer": r"\d",
    "UsPassportRecognizer": r"\d{8}",
}


@dataclass(frozen=True)
class Recognizer:
    """A recognizer with a regex of its context words; without one of them in the text only `strong` patterns count."""

    every: "PatternRecognizer"
    strong: "PatternRecognizer | None"
    context: re.Pattern[str] | None
    needs: re.Pattern[str]


@cache
def recognizers(min_score: float) -> tuple[Recognizer, ...]:
    """All recognizers. Importing Presidio costs about 9 CPU s, once a process."""
    import presidio_analyzer
    from presidio_analyzer import predefined_recognizers

    known = []
    for name, needs in NEEDS.items():
        create = getattr(predefined_recognizers, name)
        every = create()
        # A check digit lifts any score; without one a pattern below the score needs a context word.
        checked = create.validate_result is not presidio_analyzer.PatternRecognizer.validate_result
        strong = [pattern for pattern in every.patterns if checked or pattern.score >= min_score]
        known.append(
            Recognizer(
                every, create(patterns=strong) if strong else None, _context_of(every), re.compile(needs, re.DOTALL)
            )
        )
    return tuple(known)


def _context_of(recognizer: "PatternRecognizer") -> re.Pattern[str] | None:
    words = sorted(recognizer.context or [])
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE) if words else None


def find_national_ids(text: str, min_score: float = 0.0) -> Iterator[Mention]:
    """Matches of the recognizers; a weak one counts only with a context word close before it.

    Some matches below `min_score` are left out: finding them is what takes longest.
    """
    if not _DIGITS.search(text):
        return
    for known in recognizers(min_score):
        if not known.needs.search(text):
            continue
        recognizer = known.every if known.context and known.context.search(text) else known.strong
        if recognizer is None:
            continue
        for found in recognizer.analyze(text, recognizer.supported_entities, None):
            before = text[max(0, found.start - _CONTEXT_CHARS) : found.start]
            boost = _BOOST if known.context and known.context.search(before) else 0.0
            checked = found.score >= 1.0
            kind = _TYPES.get(found.entity_type, "ID")
            yield Mention(
                found.start,
                found.end,
                kind,
                min(1.0, found.score + boost),
                "presidio",
                CHECKED if checked else PATTERN,
            )
