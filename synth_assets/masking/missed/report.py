"""Reports on missed identifiers: figures, a table, and the audits of the publication gate.

They carry counts and names of types, never a value.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from synth_assets.masking.missed.estimate import Estimate, Missed, TypeMissed
from synth_assets.masking.policy import MissedPolicy
from synth_assets.records import AuditResult

UNKNOWN = "cannot be estimated"
AUDITS: Mapping[str, str] = {
    "few_identifiers_were_missed": "The masker missed no more identifiers in a million words, by estimate, than the "
    "policy allows, and found enough planted ones of every type. The larger of two estimates counts. Capture-recapture "
    "assumes that detectors are independent; they find the same names easy, which makes it an underestimate. Planting "
    "assumes that the corpus writes identifiers as we do",
    "missed_identifiers_can_be_estimated": "Of every type that occurs, there is enough to estimate how many "
    "identifiers were missed",
}
"""What each audit claims, in the order of the results."""


def audits(missed: Missed, policy: MissedPolicy) -> list[AuditResult]:
    """Both audits. A type without an estimate fails the second one only; the policy decides whether that blocks."""
    return [_few(missed, policy), _known(missed)]


def _few(missed: Missed, policy: MissedPolicy) -> AuditResult:
    rate = missed.per_million(missed.total)
    found = sum(item.found for item in missed.types)
    recalls = [(item.kind, item.worst) for item in missed.types if item.worst]
    blind = [(kind, worst) for kind, worst in recalls if worst.found < policy.min_recall * worst.planted]
    sentence = (
        f"About {_interval(rate)} identifiers were missed in a million words, {policy.max_per_million:,.0f} may be; "
        f"estimated from {found:,} found identifiers, and from planted ones in {missed.sampled:,} documents"
    )
    if missed.unknown:
        sentence += f"; {UNKNOWN}: {', '.join(missed.unknown)}"
    for kind, worst in blind:
        sentence += f"; of {worst.planted} planted identifiers of type {kind} {worst.found} were found"
    failed = int(rate.missed > policy.max_per_million) + len(blind)
    return AuditResult("few_identifiers_were_missed", not failed, len(missed.types), failed, sentence + ".")


def _known(missed: Missed) -> AuditResult:
    unknown = missed.unknown
    sentence = "Every type can be estimated." if not unknown else f"Types that {UNKNOWN}: {', '.join(unknown)}."
    return AuditResult("missed_identifiers_can_be_estimated", not unknown, len(missed.types), len(unknown), sentence)


def figures(missed: Missed) -> dict[str, int | float]:
    """Missed identifiers per million words with both ends of the 95 % interval; a type without an estimate has none."""
    numbers = _numbers("missed_per_million", missed, missed.total)
    for item in missed.types:
        for method, estimate in (("captured", item.captured), ("planted", item.planted)):
            if estimate is not None:
                numbers |= _numbers(f"missed_per_million_{item.kind.lower()}_{method}", missed, estimate)
    return {**numbers, "missed_types_unknown": len(missed.unknown), "missed_documents_planted": missed.sampled}


def table(missed: Missed) -> list[dict[str, Any]]:
    """One row for each type and one for all: identifiers found, estimates per million words, recall of planted ones."""
    rows = [_row(missed, item) for item in missed.types]
    everything = {"type": "all", "found": sum(item.found for item in missed.types)}
    rows.append({**everything, "counted": _interval(missed.per_million(missed.total))})
    return [{name: row.get(name, "") for name, _, _ in COLUMNS} for row in rows]


COLUMNS: Sequence[tuple[str, str, str]] = (
    ("type", "string", "Type of identifier"),
    ("found", "int", "Identifiers found, each once a document"),
    ("captured", "string", "Missed per million words by capture-recapture: too low where detectors find the same easy"),
    ("planted", "string", "Missed per million words from the recall of planted identifiers, the lower of the two"),
    ("replaced", "string", "Planted in the place of a detected identifier (optimistic), and found"),
    ("carried", "string", "Planted in a carrier sentence at a random place, and found"),
    ("counted", "string", "The larger of both estimates, which the gate counts"),
)
"""Name, type and meaning of each column of `table`."""


def _row(missed: Missed, item: TypeMissed) -> dict[str, Any]:
    ways: dict[str, str] = {where: f"{recall.found} of {recall.planted}" for where, recall in item.recall.items()}
    estimates = {"captured": item.captured, "planted": item.planted, "counted": item.larger}
    shown = {name: _interval(missed.per_million(e)) if e is not None else UNKNOWN for name, e in estimates.items()}
    return {"type": item.kind, "found": item.found, **ways, **shown}


def _numbers(name: str, missed: Missed, estimate: Estimate) -> dict[str, int | float]:
    rate = missed.per_million(estimate)
    return {name: round(rate.missed, 1), f"{name}_low": round(rate.low, 1), f"{name}_high": round(rate.high, 1)}


def _interval(rate: Estimate) -> str:
    return f"{rate.missed:,.0f} ({rate.low:,.0f} to {rate.high:,.0f})"
