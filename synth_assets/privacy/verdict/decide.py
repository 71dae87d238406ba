"""The decision: PASS, FAIL, or VOID if the control releases that test the report itself misbehave.

Control releases must behave, and the comparison with an earlier report of the same partition says what got worse beyond
what chance explains.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from synth_assets.modes import Mode
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic, Status, Verdict
from synth_assets.privacy.stages import CONTROL_RELEASE, NEGATIVE, POSITIVE, RELEASED

_NAMED = 3
_SENTENCES = {
    (NEGATIVE, "PASS"): "Documents of {subjects} subjects that took no part, treated as a release, fail none of "
    "{gates} gates, as they must.",
    (NEGATIVE, "FAIL"): "Documents of {subjects} subjects that took no part, treated as a release, fail {failed} of "
    "{gates} gates ({names}): they see leaks where there are none.",
    (NEGATIVE, "UNAVAILABLE"): "The corpus has no control split, so that false alarms could not be tested.",
    (POSITIVE, "PASS"): "The release with raw documents of {subjects} train subjects mixed in fails {failed} of "
    "{gates} gates, as it must.",
    (POSITIVE, "FAIL"): "The release with raw documents of {subjects} train subjects mixed in fails none of {gates} "
    "gates: they are blind to a leak of this size.",
    (POSITIVE, "UNAVAILABLE"): "There is no train document to plant, so that the gates' sight could not be tested.",
}
_BROKEN = (
    "None of {tests} blocking tests found a leak of identity, of membership or of copied text, nor a row that points "
    "to the document of one person"
)
_PASSED: Mapping[Mode, str] = {
    "synthesized": f"{_BROKEN}.",
    "formal": f"{_BROKEN}, and the epsilon on the ledger is within its budget.",
    "rewritten": "None of {tests} blocking tests found a leak of identity. The mapping between a document and its rows "
    "is kept, and that a document took part is not hidden: both are measured and stated below.",
}
_UNMEASURED = (
    "No leak was found, but too few people took part to say that there is none: {missing} of the blocking tests could "
    "not measure what the policy asks about, which blocks the release. Add documents of more people, or raise "
    "corpus.holdout_share; the sentences of these tests say how many they need."
)
_NOT_PERMITTED = "not_permitted"
_MORE_IS_BETTER = frozenset(
    ("topic_accuracy", "next_word_accuracy", "masked_word_accuracy", "vocabulary_coverage", "frontier")
)
"""Slices of utility that have a better end."""


class Change(NamedTuple):
    """A statistic of the released stage in two reports."""

    statistic: str
    before: float
    after: float


def control_statistic(stage: str, subjects: int, statistics: Sequence[Statistic]) -> Statistic:
    """Whether a control release behaved.

    Args:
        stage: which of the two.
        subjects: how many it is made of; none makes it UNAVAILABLE.
        statistics: those judged on it.
    """
    names = [s.name for s in statistics if s.status == "FAIL"]
    gates = sum(s.status != "STATED" for s in statistics)
    behaved = bool(names) == (stage == POSITIVE)
    status: Status = "UNAVAILABLE" if subjects == 0 else "PASS" if behaved else "FAIL"
    listed = ", ".join([*names[:_NAMED], *([f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else [])])
    return Statistic(
        stage=stage,
        test=CONTROL_RELEASE,
        slice="all",
        value=float(len(names)),
        unit="gates failed",
        n=gates,
        method="the same attacks and gates on a control release",
        limit=0.0 if stage == NEGATIVE else 1.0,
        status=status,
        blocking=True,
        sentence=_SENTENCES[stage, status].format(failed=len(names), gates=gates, subjects=subjects, names=listed),
        reason="" if status == "PASS" else f"{stage}_{'missing' if status == 'UNAVAILABLE' else 'misbehaved'}",
    )


def regressions(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Statistics that got worse, the largest change first: those whose intervals do not touch.

    More is worse for a leak, less is worse for utility. Statistics that only one report has are not compared.

    Args:
        before: rows of `records.PRIVACY_REPORT`.
        after: rows of the report that is compared with it.
    """
    old = {row["id"]: row for row in before}
    changes = [
        Change(row["id"], old[row["id"]]["value"], row["value"])
        for row in after
        if row["stage"] == RELEASED.name and row["id"] in old and _worse(old[row["id"]], row)
    ]
    return sorted(changes, key=lambda c: (-abs(c.after - c.before), c.statistic))


def history_statistic(
    before: Sequence[Mapping[str, Any]], statistics: Sequence[Statistic], policy: PrivacyPolicy, mode: Mode
) -> Statistic:
    """How many statistics got worse since an earlier report; it blocks where the policy says so for the mode."""
    changes = regressions(before, [s.row for s in statistics])
    known = {row["id"] for row in before}
    compared = sum(s.id in known and s.stage == RELEASED.name for s in statistics)
    gated = policy.blocks("history/worse", mode)
    status: Status = "STATED" if not gated else "FAIL" if changes else "PASS"
    worst = f": {changes[0].statistic} went from {changes[0].before:.3g} to {changes[0].after:.3g}" if changes else ""
    none = "No earlier report on other data that permitted a release can be read, so that nothing was compared."
    said = f"{len(changes)} of {compared} statistics got worse beyond their intervals since the last one{worst}."
    return Statistic(
        stage=RELEASED.name,
        test="history",
        slice="worse",
        value=float(len(changes)) if compared else None,
        unit="statistics",
        n=compared,
        method="intervals that do not touch",
        limit=0.0 if gated else None,
        status=status,
        blocking=gated,
        sentence=said if compared else none,
        reason="got_worse" if status == "FAIL" else "",
    )


def _worse(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if None in (before["low"], before["high"], after["low"], after["high"]) or before["unit"] != after["unit"]:
        return False
    if after["test"] == "utility":
        return after["slice"] in _MORE_IS_BETTER and bool(after["high"] < before["low"])
    return bool(after["low"] > before["high"])


def decide(statistics: Sequence[Statistic], released: int, mode: Mode, refused: str = "") -> Verdict:
    """The verdict: FAIL or UNAVAILABLE on any blocking statistic blocks; a control that misbehaves voids the report.

    Args:
        statistics: all of the report.
        released: passages of the released stage; a release without any is blocked.
        mode: of the release; it words the verdict.
        refused: why nothing may be released in this mode today, whatever was found; empty where it may.
    """
    blocked = [s for s in statistics if s.blocking and s.status in ("FAIL", "UNAVAILABLE")]
    void = [s for s in blocked if s.test == CONTROL_RELEASE]
    reasons = [f"{s.id}: {s.reason}" for s in blocked]
    reasons += [f"release: {_NOT_PERMITTED}"] if refused else []
    if void:
        return Verdict(False, "VOID", reasons, "The report is void: " + " ".join(s.sentence for s in void))
    if released == 0:
        reasons.append(f"{RELEASED.name}: nothing_released")
        return Verdict(False, "FAIL", reasons, "The release is blocked: it has no rows, so nothing was tested.")
    if blocked or refused:
        failed = sum(s.status == "FAIL" for s in blocked)
        missing = len(blocked) - failed
        parts = [f"{failed} of the blocking tests found a leak"] if failed else []
        parts += [f"{missing} could not measure what the policy asks about, which blocks as well"] if missing else []
        parts += [refused] if refused else []
        if not failed and not refused:
            return Verdict(False, "NOT MEASURABLE", reasons, _UNMEASURED.format(missing=missing))
        return Verdict(False, "FAIL", reasons, f"The release is blocked: {' and '.join(parts)}.")
    tests = sum(s.blocking and s.test != CONTROL_RELEASE for s in statistics)
    return Verdict(True, "PASS", [], _PASSED[mode].format(tests=tests))
