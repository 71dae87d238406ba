"""The three criteria of anonymization of WP216 (Article 29 Working Party, Opinion 05/2014), answered from statistics.

An answer is evidence for people who decide, never a legal conclusion. The attacks belong to `attacks`.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from synth_assets.privacy.evidence.passages import RELEASED_STAGE
from synth_assets.privacy.results import Statistic

Answer = Literal["shown", "not seen", "not settled", "not measured"]


class Criterion(NamedTuple):
    """One criterion: whether the risk was shown to be above the limit, and the statistics that answer it."""

    title: str
    question: str
    answer: Answer
    statistics: tuple[Statistic, ...]


_QUESTIONS = (
    (
        "Singling out",
        "Can some or all records of one person be isolated?",
        ("singling_out/*", "k_anonymity/k_1"),
    ),
    (
        "Linkability",
        "Can two records of one person, or a record and a document known elsewhere, be linked?",
        ("linkability/*", "reidentification/*_half_top_1"),
    ),
    (
        "Inference",
        "Can an attribute of a person be deduced with significant probability?",
        ("attribute_inference/*",),
    ),
)


def criteria(statistics: Sequence[Statistic], max_risk: float) -> list[Criterion]:
    """The three criteria for the released stage.

    `shown`: the lower end of a risk's interval is above `max_risk`. `not seen`: every upper end is at or below it. `not
    settled`: an interval holds both. `not measured`: there is none.
    """
    answered = []
    for title, question, patterns in _QUESTIONS:
        about = tuple(
            s
            for s in statistics
            if s.stage == RELEASED_STAGE and any(fnmatchcase(f"{s.test}/{s.slice}", p) for p in patterns)
        )
        measured = [s for s in about if s.low is not None]
        answered.append(Criterion(title, question, _answer(measured, max_risk), about))
    return answered


def _answer(measured: Sequence[Statistic], max_risk: float) -> Answer:
    if not measured:
        return "not measured"
    if any((s.low or 0.0) > max_risk for s in measured):
        return "shown"
    return "not seen" if all((s.high or 0.0) <= max_risk for s in measured) else "not settled"
