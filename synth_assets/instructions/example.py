"""From texts to examples: the texts that the stage may read, their passages, and what tasks draft from them.

Raw text is never among the texts. A draft with its instruction is an example, which selection judges and which becomes
a row.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from resources.config import StrictModel
from synth_assets.instructions.tasks.templates import instruct
from synth_assets.records import Rejected, Row
from synth_assets.text.draws import digest
from synth_assets.text.sentences import Span, sentences
from synth_assets.text.words import words

TextKind = Literal["augmented", "masked", "refilled"]


class TextPolicy(StrictModel):
    """Which texts become inputs, and how they are cut."""

    kinds: tuple[TextKind, ...] = Field(
        ("augmented", "masked"),
        min_length=1,
        description="Texts to draw on, in order of preference: augmented rows, masked rows' text or refilled_text.",
    )
    languages: tuple[str, ...] = Field(("en",), min_length=1, description="Languages of the templates (ISO 639-1).")
    passages_per_document: int = Field(2, ge=1, description="Passages cut from the texts of one source document.")
    passage_words: int = Field(100, ge=20, description="Longest passage, in words; never cut inside a sentence.")
    min_words: int = Field(8, ge=3, description="Passages below this many words are not used.")


@dataclass(frozen=True)
class Source:
    """A text of a masked or augmented row."""

    row_id: str
    source_doc: str
    subject: str
    role: str
    kind: str
    text: str
    label: str | None = None
    language: str = "en"
    parent: str = ""
    masks: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Passage:
    """Whole sentences of a source: `text == source.text[start:end]`; sentence spans are relative to `start`."""

    source: Source
    start: int
    end: int
    sentences: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def key(self) -> str:
        return f"{self.source.row_id}/{self.source.kind}/{self.start}"

    def sentence_at(self, start: int, end: int) -> Span | None:
        """The sentence that contains [start, end), if one does."""
        return next((span for span in self.sentences if span[0] <= start and end <= span[1]), None)


def read_sources(masked: Sequence[Row], augmented: Sequence[Row], kinds: Sequence[str]) -> list[Source]:
    """All texts of the given kinds, sorted by document, kind and row."""
    texts: list[Source] = []
    if "augmented" in kinds:
        texts += [_source(row, "augmented", row["text"], parent=row["parent"]) for row in augmented]
    if "masked" in kinds:
        for row in masked:
            # Words alone: the context of an entity does not tell which surrogate replaced it.
            hidden = tuple((mask["start"], mask["end"]) for mask in row["masks"] or () if mask["kind"] == "word")
            texts.append(_source(row, "masked", row["text"], masks=hidden))
    if "refilled" in kinds:
        texts += [_source(row, "refilled", row["refilled_text"]) for row in masked]
    return sorted(texts, key=lambda source: (source.source_doc, source.kind, source.row_id))


def split_by_language(sources: Sequence[Source], languages: Sequence[str]) -> tuple[list[Source], list[Rejected]]:
    """The sources in one of `languages`, and the others as rejected rows."""
    supported = [source for source in sources if source.language in languages]
    rejected = [
        Rejected(s.row_id, s.source_doc, s.subject, s.role, "language_not_served", s.kind, s.text)
        for s in sources
        if s.language not in languages
    ]
    return supported, rejected


def choose_passages(sources: Sequence[Source], policy: TextPolicy, seed: int) -> list[Passage]:
    """At most `passages_per_document` passages per source document; the preferred kinds of text take turns."""
    by_document: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        by_document[source.source_doc].append(source)
    return [p for group in by_document.values() for p in _choose(group, policy, seed)]


def cut(source: Source, policy: TextPolicy) -> list[Passage]:
    """Consecutive passages of whole sentences; a sentence longer than a passage is left out."""
    blocks: list[list[Span]] = [[]]
    size = 0
    for span in sentences(source.text):
        length = len(words(source.text[span[0] : span[1]]))
        if size + length > policy.passage_words:
            blocks.append([])
            size = 0
        if length <= policy.passage_words:
            blocks[-1].append(span)
            size += length
    passages = [_passage(source, block) for block in blocks if block]
    return [passage for passage in passages if len(words(passage.text)) >= policy.min_words]


def _choose(group: Sequence[Source], policy: TextPolicy, seed: int) -> list[Passage]:
    queues: Mapping[str, list[Passage]] = {kind: [] for kind in policy.kinds}
    for source in group:
        queues[source.kind].extend(cut(source, policy))
    ranked = []
    for preference, kind in enumerate(policy.kinds):
        queue = sorted(queues[kind], key=lambda passage: digest(seed, "passage", passage.key))
        ranked += [(turn, preference, passage) for turn, passage in enumerate(queue)]
    ranked.sort(key=lambda item: item[:2])
    return [passage for _, _, passage in ranked[: policy.passages_per_document]]


def _passage(source: Source, block: Sequence[Span]) -> Passage:
    start, end = block[0][0], block[-1][1]
    return Passage(source, start, end, tuple((a - start, b - start) for a, b in block))


def _source(row: Row, kind: str, text: str, **extra: Any) -> Source:
    copied = {name: row[name] for name in ("source_doc", "subject", "role", "label", "language")}
    return Source(row_id=row["id"], kind=kind, text=text, **copied, **extra)


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
