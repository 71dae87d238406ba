"""The mode of the release, while a stage is made: what it reads was made in the same mode, which is permitted today."""

from resources.errors import PolicyError
from synth_assets.factory.stage import Stage, StageRun
from synth_assets.modes import Mode, mode_of, today_utc

SECTION = "release"
"""The section of the policy that holds the mode."""


def shaped_by_mode(stage: Stage) -> bool:
    """Whether the mode of the release shapes a stage: its record names the section, and its manifest the mode."""
    return any(key.partition(".")[0] == SECTION for key in stage.policy)


def same_mode(run: StageRun, *modal: str) -> Mode:
    """The mode in force, in which everything that the stage reads was made.

    Args:
        run: about to be made.
        modal: those of the stages that it reads whose text the mode shapes. Versions of them that were published
            before modes had names state none, as do stages that no mode shapes.

    Raises:
        PolicyError: a published version that the stage reads was made in another mode.
    """
    mode = run.policy.release.mode
    for name in run.stage.upstream:
        facts = run.factory.manifest(name, run.partition).release
        made = mode_of(facts)
        if (facts or name in modal) and made != mode:
            raise PolicyError(
                f"{name}/{run.partition.key} was made in mode {made}, and release.mode is {mode}: "
                f"materialize {name} again"
            )
    return mode


def permitted_mode(run: StageRun, *modal: str) -> Mode:
    """The mode in force, if text may be made in it today; `modal` as for `same_mode`.

    Raises:
        PolicyError: its permission has expired, or what the stage reads was made in another mode.
    """
    refused = run.policy.release.refusal(today_utc())
    if refused:
        raise PolicyError(f"{run.stage.name}/{run.partition.key}: {refused}")
    return same_mode(run, *modal)
