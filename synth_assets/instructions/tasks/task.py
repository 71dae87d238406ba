"""What an instruction task declares, and what it drafts from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from resources.config import StrictModel
from resources.models.protocols import Models
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage, Source, TextPolicy
from synth_assets.instructions.tasks.mentions import Mention, MentionPolicy, find_mentions
from synth_assets.records import Row


@dataclass(frozen=True)
class Material:
    """The texts that examples are drafted from, and the models that may read them."""

    sources: Sequence[Source]
    passages: Sequence[Passage]
    text: TextPolicy
    mention: MentionPolicy
    seed: int
    models: Models

    @cached_property
    def mentions(self) -> Mapping[str, tuple[Mention, ...]]:
        """Mentions of each passage by its key. The recognizer runs once, when a task first asks for them."""
        if not self.passages:
            return {}
        mentions = find_mentions(self.passages, self.models.recognizer, self.mention.min_entity_score)
        return dict(zip((passage.key for passage in self.passages), mentions, strict=True))


class TaskAudit(NamedTuple):
    """A statement about every row of one task."""

    name: str
    sentence: str
    holds: Callable[[Row], bool]


@dataclass(frozen=True)
class Task:
    """One kind of example. Its instructions are listed in templates.yaml under its name.

    Args:
        name: Name in the policy, in column `task` and in templates.yaml.
        order: Place among the tasks, in drafting and wherever they are listed.
        purpose: What a model trained on the task learns, for the dataset card.
        category: The task category of the Hugging Face Hub.
        draft: Builds the examples. The second argument is the policy's `task` section, which has `settings`' fields.
        grounded: Whether the answer of a row follows from the text at its grounding spans.
        settings: Policy keys of the task, with their defaults and descriptions.
        roles: Model roles that `draft` uses.
        constant_recipes: Recipes whose answer is one constant, whose difficulty is therefore not scored.
        audits: Further statements about the task's rows.
        limitations: What the dataset card must say about the answers.
    """

    name: str
    order: int
    purpose: str
    category: str
    draft: Callable[[Material, Any], list[Draft]]
    grounded: Callable[[Row, Sequence[str]], bool]
    settings: type[StrictModel] = StrictModel
    roles: tuple[str, ...] = ()
    constant_recipes: tuple[str, ...] = ()
    audits: tuple[TaskAudit, ...] = ()
    limitations: tuple[str, ...] = ()
