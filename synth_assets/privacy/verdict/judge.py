"""From counts to judged statistics: interval, exact p-value, power, status.

A *strict* gate (counts with `confirmed`) fails on hits that have no innocent explanation, once they go beyond the
control. A *statistical* gate fails when the excess over the control is significant after Holm's adjustment and above
its limit; it is UNAVAILABLE when it could have missed more than the policy tolerates. A *bound* of epsilon can
contradict a claim and never confirm it: where no number of right guesses could come above the limit, it is stated and
blocks nothing.
"""

from collections.abc import Sequence
from dataclasses import fields
from statistics import NormalDist
from typing import Any, NamedTuple

from synth_assets.modes import Mode
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Counted, Curve, Estimate, Outcome, Statistic, Status
from synth_assets.privacy.stages import RAW, RELEASED
from synth_assets.privacy.verdict.sentences import REASONS, bound_sentence, outcome_sentence
from synth_assets.statistics import proportions as stats

LEAKS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Shares of leaking subjects for which a gate's power is stated."""


class _Gate(NamedTuple):
    """How a statistic is judged: whether at all, whether it blocks, its adjusted p-value, the level of one test."""

    stage: str
    gated: bool
    adjusted: float | None
    alpha: float
    policy: PrivacyPolicy

    @property
    def blocking(self) -> bool:
        return self.gated and self.stage == RELEASED.name


def judge(outcomes: Sequence[Counted], stage: str, policy: PrivacyPolicy, mode: Mode) -> list[Statistic]:
    """Statistics in the order of `outcomes`. The gated p-values of one stage form one family.

    The mode of the release says what is gated. Nothing is gated on the raw corpus, and only statistics of the released
    stage block.
    """
    gated = [policy.blocks(o.name, mode) for o in outcomes]
    family = [o for o, g in zip(outcomes, gated, strict=True) if g and isinstance(o, Outcome | Estimate) and _tested(o)]
    adjusted = dict(zip(map(id, family), stats.holm([p_value(o, policy.confidence) for o in family]), strict=True))
    alpha = policy.alpha / max(1, len(family))
    judged = []
    for o, g in zip(outcomes, gated, strict=True):
        gate = _Gate(stage, g and stage != RAW.name, adjusted.get(id(o)), alpha, policy)
        if isinstance(o, Outcome):
            judged.append(_outcome(o, gate))
        else:
            judged.append(_estimate(o, gate) if isinstance(o, Estimate) else _bound(o, gate))
    return judged


def p_value(counted: Outcome | Estimate, confidence: float) -> float:
    """One-sided p-value of no excess over the control, or over an estimate's limit.

    Fisher's exact test against the control; the exact sign test where the null is 1/2; for an estimate without a
    p-value of its own, the normal approximation that its interval implies.
    """
    if isinstance(counted, Outcome):
        if counted.null is not None:
            return stats.mcnemar_p(counted.hits, counted.n - counted.ties - counted.hits)
        return stats.fisher_p(counted.hits, counted.n, counted.control_hits, counted.control_n)
    if counted.p_value is not None:
        return counted.p_value
    value, low = counted.value or 0.0, counted.low or 0.0
    distance = value - (counted.limit or 0.0)
    if distance <= 0:
        return 1.0
    error = (value - low) / NormalDist().inv_cdf((1 + confidence) / 2)
    return 1.0 - NormalDist().cdf(distance / max(error, 1e-9))


def _tested(counted: Outcome | Estimate) -> bool:
    """Whether its p-value takes part in deciding."""
    if isinstance(counted, Estimate):
        return counted.limit is not None and counted.value is not None and counted.low is not None
    return counted.confirmed is None and counted.n > 0


def _outcome(outcome: Outcome, gate: _Gate) -> Statistic:
    policy, confidence = gate.policy, gate.policy.confidence
    votes = outcome.hits + outcome.ties / 2
    value = votes / outcome.n if outcome.n else None
    control = outcome.control_hits / outcome.control_n if outcome.control_n else None
    low = high = control_low = control_high = None
    if value is not None:
        interval = stats.wilson if outcome.ties else stats.clopper_pearson
        low, high = interval(round(votes), outcome.n, confidence)
    if control is not None:
        control_low, control_high = stats.clopper_pearson(outcome.control_hits, outcome.control_n, confidence)
    excess, span = _excess(outcome, value, control, confidence)
    detectable = None if value is None else _detectable(outcome, policy, gate.alpha)
    status, reason = _status(outcome, excess, gate.adjusted, detectable, policy) if gate.gated else ("STATED", "")
    return Statistic(
        **_shared(outcome) | {"limit": _limit(outcome) if gate.gated else None},
        stage=gate.stage,
        value=value,
        low=low,
        high=high,
        method=_method(outcome, confidence),
        control=control,
        p_value=None if value is None else p_value(outcome, confidence),
        detectable=detectable,
        status=status,
        blocking=gate.blocking,
        sentence=outcome_sentence(outcome, control, span, detectable, reason, policy),
        reason=reason,
        p_adjusted=gate.adjusted,
        control_low=control_low,
        control_high=control_high,
        excess=excess,
        excess_low=span.low if span else None,
        excess_high=span.high if span else None,
        power=_power(outcome, gate.alpha) if value is not None and gate.blocking else (),
    )


def _status(
    outcome: Outcome, excess: float | None, adjusted: float | None, detectable: float | None, policy: PrivacyPolicy
) -> tuple[Status, str]:
    too_small = outcome.n < outcome.needs or outcome.control_n < outcome.control_needs
    if outcome.confirmed is not None:
        if outcome.confirmed > outcome.allowed and (excess is None or excess > 0):
            return "FAIL", "confirmed_replay"
        if too_small:
            return "UNAVAILABLE", "sample_too_small"
        return "PASS", "" if outcome.n else "nothing_to_find"
    if outcome.n == 0 and outcome.needs == 0:
        return "PASS", "nothing_to_find"
    if excess is not None and adjusted is not None and adjusted < policy.alpha and excess > outcome.limit:
        return "FAIL", "excess_over_control"
    if too_small or excess is None:
        return "UNAVAILABLE", "sample_too_small"
    if detectable is None or detectable > policy.max_detectable:
        return "UNAVAILABLE", "underpowered"
    return "PASS", ""


def _estimate(estimate: Estimate, gate: _Gate) -> Statistic:
    gated = gate.gated and estimate.limit is not None
    status, reason = _estimate_status(estimate, gate.adjusted, gate.policy) if gated else ("STATED", "")
    needed = f", at least {estimate.needs:,} are needed" if reason == "sample_too_small" and estimate.needs else ""
    because = f" ({REASONS[reason]}{needed})." if reason else "."
    return Statistic(
        **_shared(estimate)
        | {
            "sentence": estimate.sentence.removesuffix(".") + because,
            "p_value": p_value(estimate, gate.policy.confidence) if gated and _tested(estimate) else estimate.p_value,
            "limit": estimate.limit if gated else None,
        },
        stage=gate.stage,
        detectable=_detectable_of(estimate, gate.alpha, gate.policy),
        status=status,
        blocking=gated and gate.blocking,
        reason=reason,
        p_adjusted=gate.adjusted,
    )


def _estimate_status(estimate: Estimate, adjusted: float | None, policy: PrivacyPolicy) -> tuple[Status, str]:
    limit = estimate.limit or 0.0
    if adjusted is not None and adjusted < policy.alpha and (estimate.value or 0.0) > limit:
        return "FAIL", "above_limit"
    if estimate.value is None or estimate.high is None or estimate.n < estimate.needs:
        return "UNAVAILABLE", "sample_too_small"
    return ("UNAVAILABLE", "underpowered") if estimate.high > limit + policy.max_detectable else ("PASS", "")


def _bound(bound: Bound, gate: _Gate) -> Statistic:
    """A bound above its limit contradicts it. One that could not have come above contradicts nothing: it is stated."""
    status: Status = "STATED"
    reason = ""
    if gate.gated and bound.most <= bound.limit:
        reason = "could_not_contradict"
    elif gate.gated:
        status, reason = ("FAIL", "epsilon_proven") if bound.value > bound.limit else ("PASS", "")
    return Statistic(
        **_shared(bound) | {"unit": "epsilon", "limit": bound.limit if gate.gated else None},
        stage=gate.stage,
        method=f"one-run audit, lower {gate.policy.confidence:.0%} bound; {bound.unit}",
        status=status,
        blocking=gate.blocking and status != "STATED",
        sentence=bound_sentence(bound, reason, gate.policy),
        reason=reason,
    )


def _shared(counted: Counted) -> dict[str, Any]:
    """The fields that what was counted has in common with the statistic."""
    kept = {field.name for field in fields(Statistic)}
    return {field.name: getattr(counted, field.name) for field in fields(counted) if field.name in kept}


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


def _detectable_of(estimate: Estimate, alpha: float, policy: PrivacyPolicy) -> float | None:
    """The excess over a limit that would be seen, by the normal approximation that the interval implies."""
    if estimate.value is None or estimate.low is None or estimate.high is None or estimate.test == "utility":
        return None
    quantile = NormalDist().inv_cdf
    error = (estimate.high - estimate.low) / 2 / quantile((1 + policy.confidence) / 2)
    return error * (quantile(1 - alpha) + quantile(policy.power))


def _power(outcome: Outcome, alpha: float) -> Curve:
    """The probability that the gate sees a leak, for leaks from 0.1 % to 100 % of subjects."""

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
