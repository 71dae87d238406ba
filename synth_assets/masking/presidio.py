"""National identifiers with check digits or context words, by Presidio's pattern recognizers.

Only their patterns and validators are used; its NLP engine is not. What has a shape of its own
(e-mail, phone, card, IBAN, IP, URL) is found by `patterns`.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from synth_assets.masking.mentions import CHECKED, PATTERN, Mention

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer

_CONTEXT_CHARS = 60
_BOOST = 0.4
_TYPES = {"CRYPTO": "CRYPTO"}
_DIGITS = re.compile(r"\d{2}")


@cache
def _recognizers() -> tuple[tuple["PatternRecognizer", "re.Pattern[str] | None"], ...]:
    """Recognizers with a regex of their context words. Importing Presidio costs about 9 CPU s, once a process."""
    from presidio_analyzer import predefined_recognizers as known

    classes = [
        known.AbaRoutingRecognizer, known.AuTfnRecognizer, known.CryptoRecognizer, known.EsNieRecognizer,
        known.EsNifRecognizer, known.FiPersonalIdentityCodeRecognizer, known.InAadhaarRecognizer,
        known.InPanRecognizer, known.ItFiscalCodeRecognizer, known.MedicalLicenseRecognizer, known.NhsRecognizer,
        known.PlPeselRecognizer, known.SgFinRecognizer, known.UkNinoRecognizer, known.UsBankRecognizer,
        known.UsItinRecognizer, known.UsLicenseRecognizer, known.UsPassportRecognizer,
    ]  # fmt: skip
    return tuple((found, _context_of(found)) for found in (create() for create in classes))


def _context_of(recognizer: "PatternRecognizer") -> "re.Pattern[str] | None":
    words = sorted(recognizer.context or [])
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE) if words else None


def find_national_ids(text: str) -> Iterator[Mention]:
    """Matches of the recognizers; a weak one counts only with a context word close before it."""
    if not _DIGITS.search(text):
        return
    for recognizer, context in _recognizers():
        for found in recognizer.analyze(text, recognizer.supported_entities, None):
            before = text[max(0, found.start - _CONTEXT_CHARS) : found.start]
            boost = _BOOST if context and context.search(before) else 0.0
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
