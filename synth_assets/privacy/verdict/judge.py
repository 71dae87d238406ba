"""From counts to judged statistics: interval, exact p-value, power, status.

Two kinds of gate. A *strict* gate (counts with `confirmed`) fails on hits that have no other
explanation, once they go beyond the control. A *statistical* gate fails when the excess over the
control is significant after Holm's adjustment and larger than its limit, and is UNAVAILABLE when it
could have missed more than the policy tolerates.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

from synth_assets.privacy.gates import gate_of
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Counted, Estimate, Extent, Outcome, Statistic, Status
from synth_assets.privacy.verdict.sentences import REASONS, bound_sentence, extent_sentence, outcome_sentence
from synth_assets.statistics import proportions as stats

LEAKS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Shares of leaking subjects for which a gate's power is stated."""


class Setting(NamedTuple):
    """Where counts were made: the stage, whether its gates are judged at all, and whether they block."""

    stage: str
    judged: bool
    blocking: bool


def judge(outcomes: Sequence[Counted], setting: Setting, policy: PrivacyPolicy) -> list[Statistic]:
    """Statistics in the order of `outcomes`; the gated p-values of one stage form one family."""
    family = [o for o in outcomes if isinstance(o, Outcome | Estimate) and _tested(o) and _gated(o, policy)]
    adjusted = dict(zip(map(id, family), stats.holm([p_value(o, policy.confidence) for o in family]), strict=True))
    alpha = policy.alpha / max(1, len(family))
    judged = []
    for o in outcomes:
        match o:
            case Outcome():
                judged.append(_statistic(o, setting, policy, adjusted.get(id(o)), alpha))
            case Estimate():
                judged.append(_estimate(o, setting, policy, adjusted.get(id(o)), alpha))
            case Bound():
                judged.append(_proven(o, setting, policy))
            case Extent():
                judged.append(_size(o, setting))
    return judged


def p_value(counted: Outcome | Estimate, confidence: float) -> float:
    """One-sided: of no excess over the control, or over an estimate's limit.

    Fisher's exact test against the control; the exact sign test where the null is 1/2; for an estimate, the normal
    approximation that its own interval implies.
    """
    if isinstance(counted, Estimate):
        return _beyond_limit(counted, confidence) if counted.p_value is None else counted.p_value
    if counted.null is not None:
        return stats.mcnemar_p(counted.hits, counted.n - counted.ties - counted.hits)
    return stats.fisher_p(counted.hits, counted.n, counted.control_hits, counted.control_n)


def _beyond_limit(estimate: Estimate, confidence: float) -> float:
    value, low = estimate.value or 0.0, estimate.low or 0.0
    distance = value - (estimate.limit or 0.0)
    if distance <= 0:
        return 1.0
    error = (value - low) / NormalDist().inv_cdf((1 + confidence) / 2)
    return 1.0 - NormalDist().cdf(distance / max(error, 1e-9))


def _tested(counted: Outcome | Estimate) -> bool:
    if isinstance(counted, Estimate):
        return counted.limit is not None and counted.value is not None and counted.low is not None
    return counted.confirmed is None and counted.n > 0


def _statistic(
    outcome: Outcome, setting: Setting, policy: PrivacyPolicy, adjusted: float | None, alpha: float
) -> Statistic:
    sound = outcome.n > 0
    value = (outcome.hits + outcome.ties / 2) / outcome.n if sound else None
    control = outcome.control_hits / outcome.control_n if outcome.control_n else None
    ours = stats.clopper_pearson(outcome.hits, outcome.n, policy.confidence) if sound else None
    if sound and outcome.ties:
        ours = stats.wilson(round(outcome.hits + outcome.ties / 2), outcome.n, policy.confidence)
    theirs = (
        stats.clopper_pearson(outcome.control_hits, outcome.control_n, policy.confidence)
        if control is not None
        else None
    )
    excess, span = _excess(outcome, value, control, policy.confidence)
    detectable = _detectable(outcome, policy, alpha) if sound else None
    gated = setting.judged and _gated(outcome, policy)
    status, reason = _status(outcome, excess, adjusted, detectable, policy) if gated else ("INFO", "")
    return Statistic(
        stage=setting.stage,
        test=outcome.test,
        slice=outcome.slice,
        value=value,
        unit=outcome.unit,
        n=outcome.n,
        low=ours.low if ours else None,
        high=ours.high if ours else None,
        method=_method(outcome, policy.confidence),
        control=control,
        control_n=outcome.control_n,
        p_value=p_value(outcome, policy.confidence) if sound else None,
        detectable=detectable,
        limit=_limit(outcome) if gated else None,
        status=status,
        blocking=setting.blocking and gated,
        sentence=outcome_sentence(outcome, value, control, span, detectable, status, reason, policy),
        reason=reason,
        p_adjusted=adjusted,
        control_low=theirs.low if theirs else None,
        control_high=theirs.high if theirs else None,
        excess=excess,
        excess_low=span.low if span else None,
        excess_high=span.high if span else None,
        power=_power(outcome, alpha) if sound and gated and setting.blocking else (),
    )


def _status(
    outcome: Outcome, excess: float | None, adjusted: float | None, detectable: float | None, policy: PrivacyPolicy
) -> tuple[Status, str]:
    if outcome.confirmed is not None:
        return _strict(outcome, excess)
    if outcome.n == 0 and outcome.needs == 0:
        return "PASS", "nothing_to_find"
    if excess is not None and adjusted is not None and adjusted < policy.alpha and excess > outcome.limit:
        return "FAIL", "excess_over_control"
    if outcome.n < outcome.needs or outcome.control_n < outcome.control_needs or excess is None:
        return "UNAVAILABLE", "sample_too_small"
    if detectable is None or detectable > policy.max_detectable:
        return "UNAVAILABLE", "underpowered"
    return "PASS", ""


def _strict(outcome: Outcome, excess: float | None) -> tuple[Status, str]:
    beyond_phantoms = excess is None or excess > 0
    if (outcome.confirmed or 0) > outcome.allowed and beyond_phantoms:
        return "FAIL", "confirmed_replay"
    if outcome.n < outcome.needs or outcome.control_n < outcome.control_needs:
        return "UNAVAILABLE", "sample_too_small"
    return "PASS", "" if outcome.n else "nothing_to_find"


def _proven(bound: Bound, setting: Setting, policy: PrivacyPolicy) -> Statistic:
    gated = setting.judged and _gated(bound, policy)
    status, reason = _bound_status(bound) if gated else ("INFO", "")
    return Statistic(
        stage=setting.stage,
        test=bound.test,
        slice=bound.slice,
        value=bound.value,
        unit="epsilon",
        n=bound.n,
        low=None,
        high=None,
        method=f"one-run audit, lower {policy.confidence:.0%} bound; {bound.unit}",
        control=None,
        control_n=0,
        p_value=None,
        detectable=None,
        limit=bound.limit if gated else None,
        status=status,
        blocking=setting.blocking and gated,
        sentence=bound_sentence(bound, policy),
        reason=reason,
    )


def _bound_status(bound: Bound) -> tuple[Status, str]:
    if bound.value > bound.limit:
        return "FAIL", "epsilon_proven"
    return ("UNAVAILABLE", "underpowered") if bound.most <= bound.limit else ("PASS", "")


def _estimate(
    estimate: Estimate, setting: Setting, policy: PrivacyPolicy, adjusted: float | None, alpha: float
) -> Statistic:
    gated = setting.judged and estimate.limit is not None and _gated(estimate, policy)
    status, reason = _estimate_status(estimate, adjusted, policy) if gated else ("INFO", "")
    said = f" ({REASONS[reason]})." if reason else "."
    return Statistic(
        stage=setting.stage,
        test=estimate.test,
        slice=estimate.slice,
        value=estimate.value,
        unit=estimate.unit,
        n=estimate.n,
        low=estimate.low,
        high=estimate.high,
        method=estimate.method,
        control=estimate.control,
        control_n=estimate.control_n,
        p_value=p_value(estimate, policy.confidence) if gated and _tested(estimate) else estimate.p_value,
        detectable=_detectable_of(estimate, alpha, policy),
        limit=estimate.limit if gated else None,
        status=status,
        blocking=setting.blocking and gated,
        sentence=estimate.sentence.removesuffix(".") + said,
        reason=reason,
        p_adjusted=adjusted,
        control_low=estimate.control_low,
        control_high=estimate.control_high,
        curve=estimate.curve,
    )


def _detectable_of(estimate: Estimate, alpha: float, policy: PrivacyPolicy) -> float | None:
    """The excess over a limit that would be seen, by the normal approximation that the interval implies."""
    if estimate.value is None or estimate.low is None or estimate.high is None or estimate.test == "utility":
        return None
    quantile = NormalDist().inv_cdf
    error = (estimate.high - estimate.low) / 2 / quantile((1 + policy.confidence) / 2)
    return error * (quantile(1 - alpha) + quantile(policy.power))


def _estimate_status(estimate: Estimate, adjusted: float | None, policy: PrivacyPolicy) -> tuple[Status, str]:
    limit = estimate.limit or 0.0
    if adjusted is not None and adjusted < policy.alpha and (estimate.value or 0.0) > limit:
        return "FAIL", "above_limit"
    if estimate.value is None or estimate.high is None or estimate.n < estimate.needs:
        return "UNAVAILABLE", "sample_too_small"
    return ("UNAVAILABLE", "underpowered") if estimate.high > limit + policy.max_detectable else ("PASS", "")


def _gated(counted: Counted, policy: PrivacyPolicy) -> bool:
    return gate_of(counted.test, counted.slice, policy.profile, policy.gates) is not None


def _excess(
    outcome: Outcome, value: float | None, control: float | None, confidence: float
) -> tuple[float | None, stats.Interval | None]:
    if value is None:
        return None, None
    if outcome.null is not None:
        votes = stats.wilson(round(outcome.hits + outcome.ties / 2), outcome.n, confidence)
        return value - outcome.null, stats.Interval(votes.low - outcome.null, votes.high - outcome.null)
    if control is None:
        return None, None
    counts = (outcome.hits, outcome.n, outcome.control_hits, outcome.control_n)
    return value - control, stats.newcombe(*counts, confidence)


def _detectable(outcome: Outcome, policy: PrivacyPolicy, alpha: float) -> float | None:
    if outcome.confirmed is not None:
        return stats.detectable_single(outcome.n, policy.power)
    if outcome.null is not None:
        return stats.detectable_share(outcome.n - outcome.ties, outcome.null, alpha, policy.power)
    if outcome.control_n == 0:
        return None
    rate = outcome.control_hits / outcome.control_n
    return stats.detectable_excess(outcome.n, outcome.control_n, rate, alpha, policy.power)


def _power(outcome: Outcome, alpha: float) -> tuple[tuple[float, float], ...]:
    """The chance that the gate sees a leak, for leaks from 0.1 % to 100 % of subjects."""

    def seen(excess: float) -> float:
        if outcome.confirmed is not None:
            return stats.power_single(outcome.n, excess)
        if outcome.null is not None:
            return stats.power_share(outcome.n - outcome.ties, outcome.null, excess, alpha)
        rate = outcome.control_hits / outcome.control_n if outcome.control_n else 0.0
        return stats.power_excess(outcome.n, outcome.control_n, rate, excess, alpha)

    return tuple((excess, seen(excess)) for excess in LEAKS)


def _limit(outcome: Outcome) -> float:
    if outcome.confirmed is not None:
        return outcome.allowed / outcome.n if outcome.n else 0.0
    return outcome.limit + (outcome.null or 0.0)


def _method(outcome: Outcome, confidence: float) -> str:
    level = f"{confidence:.0%}"
    if outcome.null is not None:
        return f"Wilson {level}; sign test, equal-sized sides, one passage a subject"
    return f"Clopper-Pearson {level}; excess Newcombe {level}; Fisher exact (sizes may differ), one vote a subject"


def _size(extent: Extent, setting: Setting) -> Statistic:
    return Statistic(
        stage=setting.stage,
        test=extent.test,
        slice=extent.slice,
        value=extent.value,
        unit=extent.unit,
        n=extent.n,
        low=None,
        high=None,
        method="maximum over all subjects",
        control=extent.control,
        control_n=extent.control_n,
        p_value=None,
        detectable=None,
        limit=None,
        status="INFO",
        blocking=False,
        sentence=extent_sentence(extent),
    )
