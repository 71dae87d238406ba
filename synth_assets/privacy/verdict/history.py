"""Comparison with an earlier report of the same partition: what got worse beyond what chance explains."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic, Status
from synth_assets.privacy.stages import RELEASED

_MORE_IS_BETTER = frozenset(
    ("topic_accuracy", "next_word_accuracy", "masked_word_accuracy", "vocabulary_coverage", "frontier")
)
"""Slices of utility that have a better end."""


class Change(NamedTuple):
    """A statistic of the released stage in two reports."""

    statistic: str
    before: float
    after: float


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
    before: Sequence[Mapping[str, Any]], statistics: Sequence[Statistic], policy: PrivacyPolicy
) -> Statistic:
    """How many statistics got worse since an earlier report; it blocks where the policy says so."""
    changes = regressions(before, [s.row for s in statistics])
    known = {row["id"] for row in before}
    compared = sum(s.id in known and s.stage == RELEASED.name for s in statistics)
    gated = policy.blocks("history/worse")
    status: Status = "INFO" if not gated else "FAIL" if changes else "PASS"
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
