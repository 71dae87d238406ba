"""All tasks, and the settings of the instruction_set stage, declared beside the code that applies them."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from resources.config import StrictModel, combine
from resources.discovery import discover_records
from synth_assets.instructions.passages import TextPolicy
from synth_assets.instructions.selection.decontamination import DecontaminationPolicy
from synth_assets.instructions.selection.diversity import CapPolicy
from synth_assets.instructions.selection.ifd import IfdPolicy
from synth_assets.instructions.selection.splits import SplitPolicy
from synth_assets.instructions.tasks.mentions import MentionPolicy
from synth_assets.instructions.tasks.task import Task

TASKS: Mapping[str, Task] = {
    task.name: task
    for task in sorted(discover_records("synth_assets.instructions.tasks", Task), key=lambda t: (t.order, t.name))
}


def chosen(names: Collection[str]) -> list[Task]:
    """The tasks of these names, in their order; all tasks if there is no name."""
    return [task for task in TASKS.values() if task.name in names or not names]


def purposes(names: Collection[str]) -> str:
    """What a model learns from these tasks, as a list in words."""
    *first, last = [task.purpose for task in chosen(names)]
    return f"{', '.join(first)} and {last}" if first else last


if TYPE_CHECKING:
    TaskName = str
    TaskPolicy = MentionPolicy
else:
    TaskName = Literal[tuple(TASKS)]
    TaskPolicy = combine("TaskPolicy", MentionPolicy, *(task.settings for task in TASKS.values()))


class InstructionPolicy(StrictModel):
    """Settings of the instruction_set stage."""

    tasks: tuple[TaskName, ...] = Field(tuple(TASKS), min_length=1, description="Tasks to draft.")
    text: TextPolicy = TextPolicy()
    task: TaskPolicy = Field(default_factory=TaskPolicy, description="Size and shape of single tasks.")
    ifd: IfdPolicy = IfdPolicy()
    caps: CapPolicy = CapPolicy()
    max_cosine: float = Field(0.95, gt=0, le=1, description="Examples of one recipe closer than this are duplicates.")
    max_tokens: int = Field(2048, ge=64, description="Longest rendered chat, in tokens of the causal LM.")
    decontamination: DecontaminationPolicy = DecontaminationPolicy()
    split: SplitPolicy = SplitPolicy()
