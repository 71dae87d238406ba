"""The control releases that test the report itself, and the decision: PASS, FAIL, or VOID if they misbehave."""

import math
from collections.abc import Sequence

from synth_assets.privacy.evidence.passages import Corpus, Passage, pick
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


def positive_release(corpus: Corpus, release: Sequence[Passage], policy: PrivacyPolicy) -> tuple[Passage, ...]:
    """The release with raw documents of `positive_share` of the train subjects mixed in, verbatim."""
    subjects = {p.subject for p in corpus.sides["train"]}
    return (*release, *pick(corpus.sides["train"], math.ceil(policy.positive_share * len(subjects))))


def strictest(policy: PrivacyPolicy) -> PrivacyPolicy:
    """The policy with every test gated: real text that took no part shows no excess in any of them."""
    return policy.model_copy(update={"profile": "differentially-private"})


def control_statistic(stage: str, subjects: int, statistics: Sequence[Statistic]) -> Statistic:
    """Whether a control release behaved.

    Args:
        stage: which of the two.
        subjects: how many it is made of; none makes it UNAVAILABLE.
        statistics: those judged on it.
    """
    names = [s.name for s in statistics if s.status == "FAIL"]
    gates = sum(s.status != "INFO" for s in statistics)
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


def decide(statistics: Sequence[Statistic], released: int, policy: PrivacyPolicy) -> Verdict:
    """The verdict: FAIL or UNAVAILABLE on any blocking statistic blocks; a control that misbehaves voids the report.

    Args:
        statistics: all of the report.
        released: passages of the released stage; a release without any is blocked.
        policy: its profile words the verdict.
    """
    blocked = [s for s in statistics if s.blocking and s.status in ("FAIL", "UNAVAILABLE")]
    void = [s for s in blocked if s.test == CONTROL_RELEASE]
    reasons = [f"{s.id}: {s.reason}" for s in blocked]
    if void:
        return Verdict(False, "VOID", reasons, "The report is void: " + " ".join(s.sentence for s in void))
    if released == 0:
        reasons.append(f"{RELEASED.name}: nothing_released")
        return Verdict(False, "FAIL", reasons, "The release is blocked: it has no rows, so nothing was tested.")
    if blocked:
        failed = sum(s.status == "FAIL" for s in blocked)
        missing = len(blocked) - failed
        parts = [f"{failed} of the blocking tests found a leak"] if failed else []
        parts += [f"{missing} could not measure what the policy asks about, which blocks as well"] if missing else []
        return Verdict(False, "FAIL", reasons, f"The release is blocked: {' and '.join(parts)}.")
    tests = sum(s.blocking and s.test != CONTROL_RELEASE for s in statistics)
    opening = f"None of {tests} blocking tests found a leak of identity"
    if policy.profile == "differentially-private":
        return Verdict(True, "PASS", [], f"{opening} or of membership.")
    stated = "That a document took part is not hidden: it is measured and stated below."
    return Verdict(True, "PASS", [], f"{opening}. {stated}")
