"""What two regulations ask, answered from statistics: evidence for people who decide, not a legal conclusion.

WP216 (Article 29 Working Party, Opinion 05/2014) names three criteria of anonymization. HIPAA Safe Harbor, 45 CFR
164.514(b)(2)(i), names 18 identifiers, A to R: what the policy does with each, and what still shows. Safe Harbor also
asks that nobody has actual knowledge that what is left identifies a person, which people must judge.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from synth_assets.privacy.attack import Criterion
from synth_assets.privacy.registry import attacks
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.stages import RELEASED
from synth_assets.records import InForce
from synth_assets.statistics.proportions import Interval

Answer = Literal["shown", "not seen", "not settled", "not measured"]
_QUESTIONS: Mapping[Criterion, str] = {
    "Singling out": "Can some or all records of one person be isolated?",
    "Linkability": "Can two records of one person, or a record and a document known elsewhere, be linked?",
    "Inference": "Can an attribute of a person be deduced with significant probability?",
}


class Answered(NamedTuple):
    """One criterion: whether the risk was shown to be above the limit, and the statistics that answer it."""

    title: Criterion
    question: str
    answer: Answer
    statistics: tuple[Statistic, ...]


def criteria(statistics: Sequence[Statistic], max_risk: float) -> list[Answered]:
    """The three criteria for the released stage.

    shown: the lower end of an interval is above `max_risk`. not seen: every upper end is at or below it. not settled:
    neither. not measured: there is no interval. Where subjects are counted, the interval is that of the excess.
    """
    answers = []
    for title, question in _QUESTIONS.items():
        patterns = [attack.answers[title] for attack in attacks() if title in attack.answers]
        about = tuple(
            s for s in statistics if s.stage == RELEASED.name and any(fnmatchcase(s.name, p) for p in patterns)
        )
        answers.append(Answered(title, question, _answer([_span(s) for s in about], max_risk), about))
    return answers


def _span(statistic: Statistic) -> Interval | None:
    """The interval of the excess over the control where there is one, or of the value."""
    low, high = statistic.low, statistic.high
    if statistic.excess_low is not None:
        low, high = statistic.excess_low, statistic.excess_high
    return None if low is None or high is None else Interval(low, high)


def _answer(spans: Sequence[Interval | None], max_risk: float) -> Answer:
    measured = [span for span in spans if span is not None]
    if not measured:
        return "not measured"
    if any(span.low > max_risk for span in measured):
        return "shown"
    return "not seen" if all(span.high <= max_risk for span in measured) else "not settled"


class HipaaRow(NamedTuple):
    """One identifier.

    Attributes:
        letter: of the paragraph.
        identifier: its name.
        types: mention types it covers.
        action: of the masking policy in force; "" where nothing is known of it.
        replaced: spans replaced; None where text cannot contain the identifier.
        kept: spans kept; None where text cannot contain the identifier.
        residual: the statistic of what still shows; None where there is none, and `measured` says why.
        measured: why nothing was measured.
        note: what to know.
    """

    letter: str
    identifier: str
    types: tuple[str, ...]
    action: str
    replaced: int | None
    kept: int | None
    residual: Statistic | None
    measured: str
    note: str


_ROWS: tuple[tuple[str, str, str | None, str], ...] = (
    ("A", "Names", "person", ""),
    ("B", "Places smaller than a state", None, "states and countries are places too"),
    ("C", "Dates but the year, ages over 89", None, "a surrogate date is shifted, its year too"),
    ("D", "Telephone numbers", "phone", ""),
    ("E", "Fax numbers", "phone", "same type as telephone numbers"),
    ("F", "E-mail addresses", "email", ""),
    ("G", "Social security numbers", "number", "residual: all long numbers"),
    ("H", "Medical record numbers", "number", "one type with I, J, K, M; residual: all long numbers"),
    ("I", "Health plan beneficiary numbers", "number", "see H"),
    ("J", "Account numbers", "iban", "residual: bank accounts; others see H"),
    ("K", "Certificate and license numbers", "number", "see H"),
    ("L", "Vehicles and plates", None, ""),
    ("M", "Device identifiers", "number", "see H"),
    ("N", "Web addresses", None, "user names of networks are counted here"),
    ("O", "IP addresses", None, ""),
    ("P", "Biometric identifiers", None, "finger and voice prints: check the files beside the text"),
    ("Q", "Full-face photographs", None, "and images like them: check the files beside the text"),
    ("R", "Any other unique number or code", "number", "court and case numbers; see H"),
)
"""Letter, identifier, slice of the replay test that measures what is left, and note."""
_NOT_IN_TEXT = "PQ"


def span_counts(masked: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Spans of MASKED_CORPUS rows by type and action."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in masked:
        for span in row.get("spans") or ():
            counts[span["type"]][span["action"]] += 1
    return {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)}


def hipaa_rows(
    handled: Mapping[str, Mapping[str, int]], statistics: Sequence[Statistic], masking: InForce
) -> list[HipaaRow]:
    """The 18 rows. Types that the policy declares count as other unique codes (R).

    Args:
        handled: spans by type and action.
        statistics: of the report; the replay of identifiers in the released stage is read.
        masking: the policy in force.
    """
    known = {s.slice: s for s in statistics if s.stage == RELEASED.name and s.test == "identifier_replay"}
    rows = []
    for letter, identifier, residual, note in _ROWS:
        types = masking.safe_harbor.get(letter, ()) + (masking.declared if letter == "R" else ())
        row = HipaaRow(letter, identifier, types, "cannot be seen in text", None, None, None, "not in text", note)
        if letter not in _NOT_IN_TEXT:
            spans = [(action, n) for kind in types for action, n in handled.get(kind, {}).items()]
            row = row._replace(
                action=_action(types, masking.actions),
                replaced=sum(n for action, n in spans if action != "keep"),
                kept=sum(n for action, n in spans if action == "keep"),
                residual=known.get(residual or ""),
                measured="none unique in the corpus" if residual else "not measured separately",
            )
        rows.append(row)
    return rows


def _action(types: Sequence[str], actions: Mapping[str, str]) -> str:
    """What is done with a row's types, or with each where the actions differ."""
    known = {kind: actions[kind] for kind in types if kind in actions}
    if len(set(known.values())) <= 1:
        return next(iter(known.values()), "")
    return ", ".join(f"{kind} {action}" for kind, action in known.items())
