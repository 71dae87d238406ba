"""One report against an earlier one of the same partition: what got worse beyond what chance explains."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from synth_assets.privacy.passages import RELEASED_STAGE

_MORE_IS_BETTER = frozenset(
    {
        "topic_accuracy",
        "next_word_accuracy",
        "masked_word_accuracy",
        "vocabulary_coverage",
        "frontier",
    }
)


class Change(NamedTuple):
    """A statistic of the released stage in two reports."""

    statistic: str
    before: float
    after: float


def regressions(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Statistics that got worse: their intervals do not touch. The largest change first.

    More is worse for a leak, less is worse for the utility that has a better end. What only one of the reports has
    is not compared.

    Args:
        before: rows of `records.PRIVACY_REPORT`.
        after: rows of the report that is compared with it.
    """
    old = {row["id"]: row for row in before}
    changes = [
        Change(row["id"], old[row["id"]]["value"], row["value"])
        for row in after
        if row["stage"] == RELEASED_STAGE and row["id"] in old and _worse(old[row["id"]], row)
    ]
    return sorted(changes, key=lambda c: (-abs(c.after - c.before), c.statistic))


def _worse(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if None in (before["low"], before["high"], after["low"], after["high"]) or before["unit"] != after["unit"]:
        return False
    if after["test"] == "utility":
        return after["slice"] in _MORE_IS_BETTER and bool(after["high"] < before["low"])
    return bool(after["low"] > before["high"])
