"""The three criteria of anonymization of WP216 (Article 29 Working Party, Opinion 05/2014), answered from statistics.

An answer is evidence for people who decide, not a legal conclusion.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from synth_assets.privacy.attack import Criterion
from synth_assets.privacy.registry import attacks
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.stages import RELEASED

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
    neither. not measured: there is no interval.
    """
    answers = []
    for title, question in _QUESTIONS.items():
        patterns = [attack.answers[title] for attack in attacks() if title in attack.answers]
        about = tuple(
            s for s in statistics if s.stage == RELEASED.name and any(fnmatchcase(s.name, p) for p in patterns)
        )
        measured = [s for s in about if s.low is not None]
        answers.append(Answered(title, question, _answer(measured, max_risk), about))
    return answers


def _answer(measured: Sequence[Statistic], max_risk: float) -> Answer:
    if not measured:
        return "not measured"
    if any((s.low or 0.0) > max_risk for s in measured):
        return "shown"
    return "not seen" if all((s.high or 0.0) <= max_risk for s in measured) else "not settled"
