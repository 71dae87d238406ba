"""Is the released text worth more than public text? Utility of the released stage beside the floor."""

from collections.abc import Sequence
from dataclasses import replace

from synth_assets.modes import Mode
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic, Status

FLOORED = ("utility/topic_accuracy", "utility/frontier")
"""Statistics whose control is a floor: a constant answer, and public text that never saw the corpus."""


def above_floor(statistics: Sequence[Statistic], policy: PrivacyPolicy, mode: Mode) -> list[Statistic]:
    """The statistics of the released stage; those of `FLOORED` are judged, the others are returned as they are.

    Utility passes if its excess over the floor is positive in the whole interval, that of a difference of independent
    normal values. It earns a release nothing and blocks none, unless the policy lists it under `gates`. Topics are
    judged where documents have labels; the frontier is UNAVAILABLE where neither has a floor to compare with.
    """
    compared = {s.name for s in statistics if s.name in FLOORED and s.value is not None and s.control is not None}
    asked = compared or {FLOORED[-1]}
    return [_judged(s, policy.blocks(s.name, mode)) if s.name in asked else s for s in statistics]


def _judged(statistic: Statistic, blocking: bool) -> Statistic:
    value, floor = statistic.value, statistic.control
    if value is None or floor is None:
        return replace(statistic, status="UNAVAILABLE", reason="no_floor", blocking=blocking)
    below = value - (value if statistic.low is None else statistic.low)
    above = (floor if statistic.control_high is None else statistic.control_high) - floor
    half = (below**2 + above**2) ** 0.5
    excess = value - floor
    status: Status = "PASS" if excess - half > 0 else "FAIL"
    return replace(
        statistic,
        status=status,
        reason="" if status == "PASS" else "floor_not_beaten",
        blocking=blocking,
        excess=excess,
        excess_low=excess - half,
        excess_high=excess + half,
        sentence=f"{statistic.sentence.removesuffix('.')}; above the floor by {excess:+.3f} ({excess - half:+.3f} to "
        f"{excess + half:+.3f}).",
    )
