"""One drafted example: what a task builds, what selection judges, what becomes a row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from synth_assets.instructions.passages import Source
from synth_assets.instructions.tasks.templates import instruct
from synth_assets.records import Rejected, Row
from synth_assets.text.draws import digest
from synth_assets.text.sentences import Span


@dataclass(frozen=True)
class Draft:
    """What a task built. `slots` fill the instruction template; `gist` is what makes the example different.

    `key` names the draft within its task; `linked_doc` is a second source document whose words
    occur in it, which must then be in the same split.
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


def complete(draft: Draft, seed: int) -> Example:
    """Give a draft its identity and its instruction."""
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
    example, source = dropped.example, dropped.example.draft.source
    text = f"{example.user}\n\n{example.draft.output}"
    return Rejected(
        example.id,
        source.source_doc,
        source.subject,
        source.role,
        dropped.reason,
        dropped.detail or example.draft.task,
        text,
    )
