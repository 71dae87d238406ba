"""Where a leak comes in: the leak-by-stage table, ranked. What counts as a leak belongs to the attacks."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

_IDENTITY = ("identifier_replay/*", "verbatim_windows/words_*_with_identifier", "verbatim_windows/words_*_replaced")
_BEFORE: Mapping[str, tuple[str, ...]] = {
    "masked_corpus": (),
    "augmented_corpus": ("masked_corpus",),
    "instruction_set": ("masked_corpus", "augmented_corpus"),
}
"""The stages whose text a stage is made from; masking answers for whatever raw text it lets through."""


class Leak(NamedTuple):
    """Share of subjects by which the excess over the control grew at a stage, for one statistic of one partition."""

    partition: str
    stage: str
    statistic: str
    introduced: float
    excess: float
    subjects: int


def ranked_leaks(reports: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Leak]:
    """Leaks of identity, the largest first; only what a stage added counts against it.

    Args:
        reports: by partition, rows of `records.PRIVACY_REPORT`. The excess of a row is `value` less `control`.
    """
    found = [leak for partition, rows in sorted(reports.items()) for leak in _of_partition(partition, list(rows))]
    return sorted(found, key=lambda leak: (-leak.introduced, -leak.excess, leak.partition, leak.stage, leak.statistic))


def _of_partition(partition: str, rows: Sequence[Mapping[str, Any]]) -> list[Leak]:
    excess = {
        (row["stage"], f"{row['test']}/{row['slice']}"): (row["value"] - (row["control"] or 0.0), row["n"])
        for row in rows
        if row["value"] is not None and any(fnmatchcase(f"{row['test']}/{row['slice']}", p) for p in _IDENTITY)
    }
    leaks = []
    for (stage, statistic), (here, subjects) in excess.items():
        if stage in _BEFORE:
            inherited = max((excess.get((before, statistic), (0.0, 0))[0] for before in _BEFORE[stage]), default=0.0)
            introduced = here - max(0.0, inherited)
            if introduced > 0:
                leaks.append(Leak(partition, stage, statistic, introduced, here, subjects))
    return leaks
