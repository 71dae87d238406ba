"""The stages, checks and partitions that a command is given: an unknown one is refused with the nearest known."""

from difflib import get_close_matches

from resources.config import did_you_mean
from resources.errors import PolicyError, UnpublishedError
from resources.home import Home
from resources.lake.model import Partition
from resources.lake.store import Lake
from synth_assets.factory.plan import Plan
from synth_assets.lineage import STAGES
from synth_assets.release.build import GATE, RELEASE

_SHOWN = 3


def known_stage(name: str, *others: str) -> str:
    """A stage's name, or one of `others`. Raises PolicyError for anything else, a short name included."""
    names = [*STAGES, *others]
    if name not in names:
        full = next((stage.name for stage in STAGES.values() if stage.short == name), name)
        raise PolicyError(f"unknown stage {name!r}{did_you_mean(full, names) or ': one of ' + ', '.join(names)}")
    return name


def known_check(home: Home, stage: str, check: str) -> str:
    """A check of a stage, or of the release, that an override can let pass. Raises PolicyError for any other."""
    blocks = {GATE: True}
    if stage != RELEASE:
        plan = Plan.load(home)
        blocks = {expectation.name: expectation.critical for expectation in plan.suites[stage].expectations}
        blocks |= {audit.name: audit.critical for audit in STAGES[stage].audits(plan.policy)}
    if check not in blocks:
        blocking = [name for name, critical in blocks.items() if critical]
        nearest = did_you_mean(check, blocking) or f": one of {', '.join(blocking)}"
        raise PolicyError(f"{stage} has no blocking check {check!r}{nearest}")
    if not blocks[check]:
        raise PolicyError(f"the check {check!r} of {stage} only warns: there is nothing to override")
    return check


def seen_partition(lake: Lake, key: str) -> Partition:
    """A partition of which the lake published or refused something.

    Raises:
        DataError: `key` is not a partition.
        UnpublishedError: the lake has not seen it; names the nearest that it has seen.
    """
    partition = Partition.parse(key)
    seen = {v.partition.key for v in lake.versions()} | {q.partition.key for q in lake.quarantined()}
    if not seen:
        raise UnpublishedError(
            "nothing was made yet: `synth-assets run` makes every partition that has files, and "
            "`synth-assets run --sample` the embedded sample"
        )
    if key not in seen:
        nearest = ", ".join(get_close_matches(key, sorted(seen), n=_SHOWN, cutoff=0.0))
        raise UnpublishedError(
            f"{key} was neither published nor refused so far; nearest of {len(seen)} partitions: {nearest}. "
            f"If it has files, `synth-assets run '{key}'` makes it"
        )
    return partition


def check_history(lake: Lake, key: str, stage: str) -> None:
    """Refuse a partition that has no versions to show, of one stage or of any ("").

    Raises:
        DataError, UnpublishedError: As `seen_partition`, or there is no version.
    """
    partition = seen_partition(lake, key)
    if not lake.versions(stage or None, partition):
        what = f"{stage}/{key}" if stage else key
        raise UnpublishedError(
            f"{what} was never published: `synth-assets quarantine list` shows what was refused, and "
            f"`synth-assets run '{key}'{f' --until {stage}' if stage else ''}` makes it"
        )


def check_reports(lake: Lake) -> None:
    """Refuse a lake without a published privacy report. Raises UnpublishedError."""
    if not lake.serving("privacy_report"):
        raise UnpublishedError(
            "no privacy report is published: `synth-assets run` makes one for every partition that has files, and "
            "`synth-assets status` shows how far each has come"
        )
