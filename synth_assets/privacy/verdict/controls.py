"""Two control releases that test the report itself: real text that took no part must pass, planted copies must fail."""

import math
from collections.abc import Sequence
from typing import Literal

from synth_assets.privacy.evidence.passages import Corpus, Passage, pick
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic

NEGATIVE: Literal["negative_control"] = "negative_control"
POSITIVE: Literal["positive_control"] = "positive_control"


def positive_release(corpus: Corpus, release: Sequence[Passage], policy: PrivacyPolicy) -> tuple[Passage, ...]:
    """The release with raw documents of `positive_share` of the train subjects mixed in, verbatim."""
    subjects = {p.subject for p in corpus.sides["train"]}
    planted = pick(corpus.sides["train"], math.ceil(policy.positive_share * len(subjects)))
    return (*release, *planted)


def strictest(policy: PrivacyPolicy) -> PrivacyPolicy:
    """The policy with every test gated: real text that took no part shows no excess in any of them."""
    return policy.model_copy(update={"profile": "differentially-private"})


def control_statistic(
    name: Literal["negative_control", "positive_control"], subjects: int, statistics: Sequence[Statistic]
) -> Statistic:
    """Did the control release behave? `subjects`: how many it is made of; none makes it UNAVAILABLE."""
    names = [f"{s.test}/{s.slice}" for s in statistics if s.status == "FAIL"]
    failed = len(names)
    gates = sum(s.status != "INFO" for s in statistics)
    behaved = failed == 0 if name == NEGATIVE else failed > 0
    status: Literal["PASS", "FAIL", "UNAVAILABLE"] = "UNAVAILABLE" if subjects == 0 else "PASS" if behaved else "FAIL"
    return Statistic(
        stage=name,
        test="control_release",
        slice="all",
        value=float(failed),
        unit="gates failed",
        n=gates,
        low=None,
        high=None,
        method="the same attacks and gates on a control release",
        control=None,
        control_n=0,
        p_value=None,
        detectable=None,
        limit=0.0 if name == NEGATIVE else 1.0,
        status=status,
        blocking=True,
        sentence=_SENTENCES[name, status].format(failed=failed, gates=gates, subjects=subjects, names=_first(names)),
        reason="" if status == "PASS" else f"{name}_{'missing' if status == 'UNAVAILABLE' else 'misbehaved'}",
    )


def _first(names: Sequence[str]) -> str:
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


_NAMED = 3
_SENTENCES = {
    (NEGATIVE, "PASS"): "Documents of {subjects} subjects that took no part, posing as a release, fail none of "
    "{gates} gates, as they must.",
    (NEGATIVE, "FAIL"): "Documents of {subjects} subjects that took no part, posing as a release, fail {failed} of "
    "{gates} gates ({names}): they see leaks where there are none.",
    (NEGATIVE, "UNAVAILABLE"): "The corpus has no control split, so that false alarms could not be tested.",
    (POSITIVE, "PASS"): "The release with raw documents of {subjects} train subjects mixed in fails {failed} of "
    "{gates} gates, as it must.",
    (POSITIVE, "FAIL"): "The release with raw documents of {subjects} train subjects mixed in fails none of {gates} "
    "gates: the gates are blind to a leak of this size.",
    (POSITIVE, "UNAVAILABLE"): "There is no train document to plant, so that the gates' sight could not be tested.",
}
