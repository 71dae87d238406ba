"""Audits of a masked corpus for its publication gate: which values remain, and whether the mask rate is kept.

Sentences carry counts only, never a value.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from resources.expectations.shapes import find_direct
from resources.models.protocols import Span
from synth_assets.masked_lm.plan import maskable_lengths, variance_bound
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.units import PLACEHOLDER, entities_of
from synth_assets.masking.detection.linking import occurs
from synth_assets.masking.kinds.registry import closed_sets
from synth_assets.masking.lexicon.gazetteer import MONTHS
from synth_assets.records import AuditResult, Row

_MIN_LENGTH = 4
_TEXTS = ("text", "refilled_text")
_PLACEHOLDER = re.compile(PLACEHOLDER)
_HIDDEN = frozenset({"surrogate", "mask"})


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
    counts: Counter[str] = Counter()
    for row in rows:
        raw = text_of(row["source_doc"])
        counts.update({"missing": 1} if raw is None else _remaining(row, raw))
        counts.update(texts=len(_TEXTS), direct=sum(any(True for _ in find_direct(row[name])) for name in _TEXTS))
        counts.update(_hidden(row, plan))
    texts, direct = counts["texts"], counts["direct"]
    sentence = f"{direct} of {texts} texts have the shape of a direct identifier outside the reserved ranges"
    shapes = AuditResult("no_direct_identifiers", not direct, texts, direct, sentence)
    return [_residual(counts), shapes, _rate(counts, plan)]


def _remaining(row: Row, raw: str) -> dict[str, int]:
    """Detected values of four characters or more, and those that remain in a masked text of their document."""
    values = hidden_values(raw, row["spans"])
    replaced = [(span["out_start"], span["out_end"]) for span in row["spans"] if span["action"] != "keep"]
    moved = [(_moved(a, row["refills"]), _moved(b, row["refills"])) for a, b in replaced]
    left = (remains(v, row["text"], replaced) or remains(v, row["refilled_text"], moved) for v in values)
    return {"values": len(values), "remaining": sum(left)}


def _residual(counts: Counter[str]) -> AuditResult:
    checked, failed, missing = counts["values"], counts["remaining"], counts["missing"]
    sentence = f"{failed} of {checked} detected values remain in the masked text of their document"
    if missing:
        sentence += f"; {missing} rows have no raw document to compare with"
    return AuditResult("no_detected_value_remains", not failed and not missing, checked, failed + missing, sentence)


def _hidden(row: Row, plan: PlanPolicy) -> dict[str, int]:
    """Characters that mask plans hide, those that they could hide, and the sum of the squared lengths of units."""
    lengths = maskable_lengths(row["text"], entities_of(row["spans"]), plan.punctuation)
    hidden = sum(mask["end"] - mask["start"] for mask in row["masks"])
    return {"hidden": hidden, "maskable": sum(lengths), "squares": sum(n * n for n in lengths)}


def _rate(counts: Counter[str], plan: PlanPolicy) -> AuditResult:
    """Whether the corpus-wide share of hidden characters is the plan's rate; 0 for single tokens.

    The tolerance is 0.3 points plus three standard deviations, by an upper bound of the variance.
    """
    hidden, maskable = counts["hidden"], counts["maskable"]
    rate = 0.0 if plan.kind == "token" else plan.rate
    error = abs(hidden / maskable - rate) if maskable else 0.0
    passed = error <= 0.003 + 3 * math.sqrt(variance_bound(plan, counts["squares"])) / max(1, maskable)
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
    before = (edit for edit in refills if edit["end"] <= place)
    return place + sum(int(e["out_end"] - e["out_start"] - e["end"] + e["start"]) for e in before)
