"""Drafts, examples, and the rows that they become.

A draft with its instruction is an example, which selection judges and which becomes a row.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from resources.models.protocols import Span
from synth_assets.instructions.passages import Source
from synth_assets.instructions.tasks.templates import instruct
from synth_assets.records import Rejected, Row
from synth_assets.text.draws import digest


@dataclass(frozen=True)
class Draft:
    """An example without its instruction.

    Args:
        source: The text it is about.
        task: Name of the task.
        recipe: How the task built it.
        key: Name of the draft within its task.
        input: The text shown.
        output: The answer.
        gist: What distinguishes the example from others of its recipe.
        grounding: Spans of `input` that the answer rests on.
        slots: Values for the instruction template.
        params: Parameters to store with the row.
        linked_doc: A second source document whose words occur in it, and which must be in the same split.
    """

    source: Source
    task: str
    recipe: str
    key: str
    input: str
    output: str
    gist: str
    grounding: tuple[Span, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str | int] = field(default_factory=dict)
    linked_doc: str = ""


@dataclass(frozen=True)
class Example:
    """A draft with its instruction."""

    draft: Draft
    id: str
    template: str
    instruction: str

    @property
    def user(self) -> str:
        return f"{self.instruction}\n\n{self.draft.input}" if self.draft.input else self.instruction

    def messages(self) -> list[dict[str, str]]:
        return [{"role": "user", "content": self.user}, {"role": "assistant", "content": self.draft.output}]


@dataclass(frozen=True)
class Dropped:
    """An example that selection refused, and why."""

    example: Example
    reason: str
    detail: str = ""


Selection = tuple[list[Example], list[Dropped]]
"""The examples that a filter kept, and those it dropped."""


def sift(examples: Iterable[Example], judge: Callable[[Example], Dropped | None]) -> Selection:
    """Keep the examples that `judge`, called in order, does not drop."""
    verdicts = [(example, judge(example)) for example in examples]
    return [e for e, verdict in verdicts if verdict is None], [verdict for _, verdict in verdicts if verdict]


def complete(draft: Draft, seed: int) -> Example:
    """Give a draft its id and its instruction."""
    name = digest(seed, "example", draft.task, draft.recipe, draft.key)
    template, instruction = instruct(draft.task, draft.slots, seed, name)
    return Example(draft, name, template, instruction)


def to_row(example: Example, split: str, component: str, scores: Mapping[str, float]) -> Row:
    """The row of INSTRUCTION_SET."""
    draft = example.draft
    params = {**draft.params, "template": example.template, "text": draft.source.kind}
    if draft.linked_doc:
        params["linked_doc"] = draft.linked_doc
    return {
        "id": example.id,
        "source_doc": draft.source.source_doc,
        "subject": draft.source.subject,
        "role": draft.source.role,
        "parent": draft.source.row_id,
        "task": draft.task,
        "instruction": example.instruction,
        "input": draft.input,
        "output": draft.output,
        "messages": example.messages(),
        "split": split,
        "component": component,
        "grounding": [{"start": start, "end": end} for start, end in draft.grounding],
        "recipe": draft.recipe,
        "params": json.dumps(params, sort_keys=True, separators=(",", ":")),
        "scores": dict(sorted(scores.items())),
    }


def to_rejected(dropped: Dropped) -> Rejected:
    """The rejected row, with the whole exchange as its text."""
    draft = dropped.example.draft
    source, text = draft.source, f"{dropped.example.user}\n\n{draft.output}"
    who = (dropped.example.id, source.source_doc, source.subject, source.role)
    return Rejected(*who, dropped.reason, dropped.detail or draft.task, text)
