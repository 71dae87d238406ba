"""Where a leak comes in: leaks of identity by stage, ranked by what a stage adds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from synth_assets.privacy.registry import attacks
from synth_assets.privacy.stages import RAW, STAGES


class Leak(NamedTuple):
    """Share of subjects by which a stage increased the excess over the control, for one statistic of a partition."""

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
    leaks = [leak for partition, rows in sorted(reports.items()) for leak in _leaks_of(partition, list(rows))]
    return sorted(leaks, key=lambda leak: (-leak.introduced, -leak.excess, leak.partition, leak.stage, leak.statistic))


def _leaks_of(partition: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Leak]:
    identity = {pattern for attack in attacks() for pattern in attack.identity}
    inherits = {stage.name: stage.inherits for stage in STAGES if stage is not RAW}
    excess = {
        (row["stage"], name): (row["value"] - (row["control"] or 0.0), row["n"])
        for row in rows
        for name in [f"{row['test']}/{row['slice']}"]
        if row["value"] is not None and any(fnmatchcase(name, pattern) for pattern in identity)
    }
    for (stage, statistic), (here, subjects) in excess.items():
        if stage in inherits:
            earlier = max((excess.get((before, statistic), (0.0, 0))[0] for before in inherits[stage]), default=0.0)
            introduced = here - max(0.0, earlier)
            if introduced > 0:
                yield Leak(partition, stage, statistic, introduced, here, subjects)
