"""From judged statistics to one decision: PASS, FAIL, or VOID when the report cannot be trusted."""

from collections.abc import Sequence

from synth_assets.privacy.evidence.passages import RELEASED_STAGE
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic, Verdict
from synth_assets.privacy.verdict.controls import NEGATIVE, POSITIVE


def decide(statistics: Sequence[Statistic], released: int, policy: PrivacyPolicy) -> Verdict:
    """FAIL or UNAVAILABLE on any blocking statistic blocks; a control release that misbehaves voids the report.

    `released`: passages of the released stage; without any there is nothing that could have passed.
    """
    blocked = [s for s in statistics if s.blocking and s.status in ("FAIL", "UNAVAILABLE")]
    void = [s for s in blocked if s.stage in (NEGATIVE, POSITIVE)]
    reasons = [f"{s.id}: {s.reason}" for s in blocked]
    if void:
        return Verdict(False, "VOID", reasons, "The report is void: " + " ".join(s.sentence for s in void))
    if released == 0:
        reasons.append(f"{RELEASED_STAGE}: nothing_released")
        return Verdict(False, "FAIL", reasons, "The release is blocked: it has no row, so that nothing was tested.")
    if blocked:
        return Verdict(False, "FAIL", reasons, _blocked_sentence(blocked))
    return Verdict(True, "PASS", [], _passed_sentence(statistics, policy))


def _blocked_sentence(blocked: Sequence[Statistic]) -> str:
    failed = sum(s.status == "FAIL" for s in blocked)
    missing = len(blocked) - failed
    parts = [f"{failed} of the blocking tests found a leak"] if failed else []
    parts += [f"{missing} could not measure what the policy asks about, which blocks as well"] if missing else []
    return f"The release is blocked: {' and '.join(parts)}."


def _passed_sentence(statistics: Sequence[Statistic], policy: PrivacyPolicy) -> str:
    gates = [s for s in statistics if s.blocking and s.stage not in (NEGATIVE, POSITIVE)]
    opening = f"None of {len(gates)} blocking tests found a leak of identity."
    if policy.profile == "differentially-private":
        return f"None of {len(gates)} blocking tests found a leak of identity or of membership."
    return f"{opening} That a document took part is not hidden: it is measured and stated below."
