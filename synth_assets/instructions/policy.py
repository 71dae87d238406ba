"""Settings of the instruction_set stage. Each section is declared beside the code that applies it."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from resources.config import StrictModel, combine
from synth_assets.instructions.passages import TextPolicy
from synth_assets.instructions.selection.decontamination import DecontaminationPolicy
from synth_assets.instructions.selection.diversity import CapPolicy
from synth_assets.instructions.selection.ifd import IfdPolicy
from synth_assets.instructions.selection.splits import SplitPolicy
from synth_assets.instructions.tasks.mentions import MentionPolicy
from synth_assets.instructions.tasks.registry import TASKS

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
