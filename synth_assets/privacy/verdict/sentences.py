"""The results in words: fixed phrases and numbers, never text of a document."""

from collections.abc import Mapping
from math import ceil

from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Outcome
from synth_assets.statistics.proportions import Interval

REASONS: Mapping[str, str] = {
    "confirmed_replay": "this has no innocent explanation",
    "excess_over_control": "more than coincidence explains",
    "sample_too_small": "too few to tell",
    "above_limit": "more than the policy allows",
    "got_worse": "worse than before",
    "no_guarantee": "the ledger holds no guarantee",
    "over_budget": "the budget is spent",
    "epsilon_proven": "more than the policy allows",
    "underpowered": "too few to rule out a leak of the size the policy asks about",
    "no_floor": "nothing to compare with",
    "floor_not_beaten": "public text is as useful as far as this can tell",
    "could_not_contradict": "too few pairs to contradict an epsilon of this size, so that nothing is passed",
    "nothing_to_find": "the corpus has nothing of the kind, so nothing can leak",
}
"""Every reason that a status can have, in words."""


def outcome_sentence(
    outcome: Outcome,
    control: float | None,
    excess: Interval | None,
    detectable: float | None,
    reason: str,
    policy: PrivacyPolicy,
) -> str:
    """What was counted, beside its control, with interval, power and judgment."""
    if outcome.n == 0:
        because = f": {REASONS[reason]}{_needed(outcome, detectable, reason, policy)}" if reason else ""
        return f"There are no {outcome.who} to check whether they {outcome.what}{because}."
    value = (outcome.hits + outcome.ties / 2) / outcome.n
    parts = [f"{outcome.hits:,} of {outcome.n:,} {outcome.who} ({percent(value)}) {outcome.what}"]
    parts.append(_beside(outcome, control))
    if excess is not None:
        baseline = outcome.null if outcome.null is not None else control or 0.0
        points, low, high = (100 * share for share in (value - baseline, *excess))
        parts.append(f"excess {points:+.1f} points ({low:+.1f} to {high:+.1f}) ({policy.confidence:.0%} interval)")
    parts += [REASONS[reason] + _needed(outcome, detectable, reason, policy)] if reason else []
    power = (
        ""
        if detectable is None
        else f" A leak of {percent(detectable)} or more would have been seen with {policy.power:.0%} probability."
    )
    return f"{'; '.join(parts)}.{power}"


def _needed(outcome: Outcome, detectable: float | None, reason: str, policy: PrivacyPolicy) -> str:
    """How many would do, where there are too few. What can be seen shrinks with the root of the number."""
    if reason == "sample_too_small":
        return f", at least {outcome.needs:,} are needed and {outcome.control_needs:,} to compare with"
    if reason == "underpowered" and detectable is not None:
        enough = ceil(outcome.n * (detectable / policy.max_detectable) ** 2)
        return f": about {enough:,} on each side would do"
    return ""


def bound_sentence(bound: Bound, reason: str, policy: PrivacyPolicy) -> str:
    """What was proven, beside the most that could have been proven and what is claimed, and the judgment."""
    because = f" ({REASONS[reason]})" if reason else ""
    claim = "no epsilon is claimed" if bound.claimed is None else f"{bound.claimed:.2f} is claimed for this exchange"
    return (
        f"Whatever made this text has an epsilon of at least {bound.value:.2f} ({policy.confidence:.0%} confidence, "
        f"delta = {bound.delta:g}, {bound.unit}): {bound.right:,} of {bound.n:,} pairs "
        f"were guessed correctly. The most that {bound.n:,} pairs could prove is {bound.most:.2f}; {claim}{because}."
    )


def percent(value: float) -> str:
    """A share as a percentage with one decimal; small ones are not rounded to zero."""
    return "< 0.1%" if 0 < value < 0.0005 else f"{100 * value:.1f}%"


def _beside(outcome: Outcome, control: float | None) -> str:
    if outcome.null is not None:
        shown = "" if control is None else f" ({percent(control)} with the control split in place of the release)"
        tied = f"{outcome.ties:,} ties counted half; " if outcome.ties else ""
        return f"{tied}{percent(outcome.null)} expected without a leak{shown}"
    if control is None:
        return "no control to compare with"
    return f"control {outcome.control_hits:,} of {outcome.control_n:,} ({percent(control)})"
