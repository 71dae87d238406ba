"""The results in words. Every sentence is built from fixed phrases and numbers, never from a document's text."""

from collections.abc import Mapping

from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Extent, Outcome, Status
from synth_assets.statistics.proportions import Interval

REASONS: Mapping[str, str] = {
    "confirmed_replay": "this has no innocent explanation",
    "excess_over_control": "more than coincidence explains",
    "sample_too_small": "too few to tell",
    "above_limit": "more than the policy allows",
    "got_worse": "worse than before",
    "no_guarantee": "nothing accounted for stands on the ledger",
    "over_budget": "the budget is spent",
    "epsilon_proven": "more than the policy allows",
    "underpowered": "too few to rule out a leak of the size the policy asks about",
    "nothing_to_find": "the corpus has nothing of the kind, so nothing can leak",
}


def outcome_sentence(
    outcome: Outcome,
    value: float | None,
    control: float | None,
    excess: Interval | None,
    detectable: float | None,
    status: Status,
    reason: str,
    policy: PrivacyPolicy,
) -> str:
    """What was counted, beside its control, with its interval, its power and its judgment."""
    if value is None:
        return f"There are no {outcome.who} of whom to say that they {outcome.what}{_because(reason)}."
    parts = [f"{outcome.hits:,} of {outcome.n:,} {outcome.who} ({percent(value)}) {outcome.what}"]
    parts.append(_beside(outcome, control))
    if excess is not None:
        level = f"{policy.confidence:.0%}"
        parts.append(f"excess {points(value - _baseline(outcome, control), excess)} ({level} interval)")
    if status in ("PASS", "FAIL", "UNAVAILABLE") and reason:
        parts.append(REASONS[reason])
    return "; ".join(parts) + _power(detectable, policy)


def extent_sentence(extent: Extent) -> str:
    """A size beside that of the control."""
    return (
        f"{extent.value:,.0f} {extent.unit}: {extent.what}, over {extent.n:,} train subjects; "
        f"{extent.control:,.0f} over {extent.control_n:,} of the control."
    )


def bound_sentence(bound: Bound, policy: PrivacyPolicy) -> str:
    """What was proven, beside the most that could have been, with everything such a number needs to mean anything."""
    claim = "no epsilon is claimed" if bound.claimed is None else f"{bound.claimed:.2f} is claimed for this exchange"
    return (
        f"Whatever made this text has an epsilon of at least {bound.value:.2f} ({policy.confidence:.0%} confidence, "
        f"delta = {bound.delta:g}, {bound.unit}): {bound.right:,} of {bound.n:,} pairs "
        f"were told apart. The most that {bound.n:,} pairs could prove is {bound.most:.2f}; {claim}."
    )


def percent(value: float) -> str:
    """A share as a percentage with one decimal; small ones are not rounded to zero."""
    return "< 0.1%" if 0 < value < 0.0005 else f"{100 * value:.1f}%"


def points(value: float, span: Interval) -> str:
    """A difference of shares in percentage points with its interval."""
    return f"{100 * value:+.1f} points ({100 * span.low:+.1f} to {100 * span.high:+.1f})"


def _because(reason: str) -> str:
    return f": {REASONS[reason]}" if reason else ""


def _beside(outcome: Outcome, control: float | None) -> str:
    if outcome.null is not None:
        shown = "" if control is None else f" ({percent(control)} for the control split posing as release)"
        tied = f"{outcome.ties:,} ties counted half; " if outcome.ties else ""
        return f"{tied}{percent(outcome.null)} expected without a leak{shown}"
    if control is None:
        return "no control to compare with"
    return f"control {outcome.control_hits:,} of {outcome.control_n:,} ({percent(control)})"


def _baseline(outcome: Outcome, control: float | None) -> float:
    return outcome.null if outcome.null is not None else control or 0.0


def _power(detectable: float | None, policy: PrivacyPolicy) -> str:
    if detectable is None:
        return "."
    return f". A leak of {percent(detectable)} or more would have been seen with {policy.power:.0%} probability."
