"""Audits of a masked corpus for its publication gate: which values remain, and whether the mask rate is kept.

Sentences carry counts only, never a value.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from resources.expectations.shapes import find_direct
from synth_assets.masked_lm.plan import maskable_lengths, variance_bound
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.units import PLACEHOLDER, entities_of
from synth_assets.masking.detection.linking import occurs
from synth_assets.masking.kinds.registry import closed_sets
from synth_assets.masking.lexicon.gazetteer import MONTHS
from synth_assets.records import AuditResult, Row

_MIN_LENGTH = 4
_PLACEHOLDER = re.compile(PLACEHOLDER)
_HIDDEN = frozenset({"surrogate", "mask"})
Span = tuple[int, int]


class Hidden(NamedTuple):
    """A replaced value; `closed`: it is of a closed set, so that it may also be another value's surrogate."""

    value: str
    closed: bool


AUDITS: Mapping[str, str] = {
    "no_detected_value_remains": "No value that was detected and hidden remains in the masked text of its document",
    "no_direct_identifiers": "No text has the shape of a direct identifier outside the reserved ranges",
    "mask_rate_is_kept": "The share of characters hidden by mask plans is the policy's rate, within its tolerance",
}
"""What each audit claims, in the order of the results."""


def audit(rows: Iterable[Row], text_of: Callable[[str], str | None], plan: PlanPolicy) -> list[AuditResult]:
    """All audits of masked rows, in the order of `AUDITS`; `rows` is read once.

    Args:
        rows: of MASKED_CORPUS.
        text_of: the raw text of a source document; None where there is none.
        plan: the policy of the mask plans.
    """
    audits = (_Residual(text_of), _Direct(), _Rate(plan))
    for row in rows:
        for one in audits:
            one.add(row)
    return [one.result() for one in audits]


class _Residual:
    """Whether a detected raw value of four characters or more remains in the masked text of its document.

    A number or a value of a closed set counts only outside surrogates: a shifted date may equal another original date.
    """

    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        self._text_of = text_of
        self._checked = self._failed = self._missing = 0

    def add(self, row: Row) -> None:
        raw = self._text_of(row["source_doc"])
        if raw is None:
            self._missing += 1
            return
        values = hidden_values(raw, row["spans"])
        replaced = [(span["out_start"], span["out_end"]) for span in row["spans"] if span["action"] != "keep"]
        moved = [(_moved(a, row["refills"]), _moved(b, row["refills"])) for a, b in replaced]
        self._checked += len(values)
        self._failed += sum(
            remains(value, row["text"], replaced) or remains(value, row["refilled_text"], moved) for value in values
        )

    def result(self) -> AuditResult:
        checked, failed, missing = self._checked, self._failed, self._missing
        sentence = f"{failed} of {checked} detected values remain in the masked text of their document"
        if missing:
            sentence += f"; {missing} rows have no raw document to compare with"
        return AuditResult("no_detected_value_remains", not failed and not missing, checked, failed + missing, sentence)


class _Direct:
    """Whether a text still has the shape of a live identifier outside the reserved ranges."""

    def __init__(self) -> None:
        self._checked = self._failed = 0

    def add(self, row: Row) -> None:
        for text in (row["text"], row["refilled_text"]):
            self._checked += 1
            self._failed += any(True for _ in find_direct(text))

    def result(self) -> AuditResult:
        checked, failed = self._checked, self._failed
        sentence = f"{failed} of {checked} texts have the shape of a direct identifier outside the reserved ranges"
        return AuditResult("no_direct_identifiers", not failed, checked, failed, sentence)


class _Rate:
    """Whether the corpus-wide share of hidden characters is the plan's rate; 0 for single tokens.

    The tolerance is 0.3 points plus three standard deviations, by an upper bound of the variance.
    """

    def __init__(self, plan: PlanPolicy) -> None:
        self._plan = plan
        self._hidden = self._maskable = self._squares = 0

    def add(self, row: Row) -> None:
        lengths = maskable_lengths(row["text"], entities_of(row["spans"]), self._plan.punctuation)
        self._hidden += sum(mask["end"] - mask["start"] for mask in row["masks"])
        self._maskable += sum(lengths)
        self._squares += sum(n * n for n in lengths)

    def result(self) -> AuditResult:
        plan, hidden, maskable = self._plan, self._hidden, self._maskable
        rate = 0.0 if plan.kind == "token" else plan.rate
        error = abs(hidden / maskable - rate) if maskable else 0.0
        passed = error <= 0.003 + 3 * math.sqrt(variance_bound(plan, self._squares)) / max(1, maskable)
        sentence = f"{hidden} of {maskable} maskable characters are hidden, {error:.4f} away from the rate {rate}"
        if plan.kind == "token":
            sentence += ": single tokens are drawn when a plan is rendered, and none is stored"
        return AuditResult("mask_rate_is_kept", passed, maskable, int(not passed), sentence)


def hidden_values(raw_text: str, spans: Sequence[Mapping[str, Any]]) -> list[Hidden]:
    """Distinct raw values that were replaced, four characters or longer, in order of appearance."""
    values = (
        Hidden(raw_text[s["start"] : s["end"]], s["type"] in closed_sets()) for s in spans if s["action"] in _HIDDEN
    )
    return list(dict.fromkeys(hidden for hidden in values if len(hidden.value) >= _MIN_LENGTH))


def remains(hidden: Hidden, text: str, replaced: Sequence[Span]) -> bool:
    """Whether a value occurs as a whole word; one with digits or of a closed set counts only outside `replaced`.

    The name of a type in a placeholder is not a value: [IBAN_2] does not disclose that "IBAN" was hidden.
    """
    value, closed = hidden
    placeholders = [(a, b) for a, b in replaced if _PLACEHOLDER.fullmatch(text, a, b)]
    open_places = [(a, b) for a, b in occurs(value, text) if not any(c < a and b < d for c, d in placeholders)]
    if closed or any(char.isdecimal() for char in value) or value.casefold() in MONTHS:
        return any(not any(a < end and start < b for a, b in replaced) for start, end in open_places)
    return bool(open_places)


def _moved(place: int, refills: Sequence[Mapping[str, Any]]) -> int:
    """The place in `refilled_text` of a place of `text` outside every refill."""
    return place + sum(_growth(edit) for edit in refills if edit["end"] <= place)


def _growth(edit: Mapping[str, Any]) -> int:
    return int((edit["out_end"] - edit["out_start"]) - (edit["end"] - edit["start"]))
