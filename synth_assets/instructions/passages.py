"""The texts that the stage may read, and the passages cut from them. Raw text is never among them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from resources.config import StrictModel
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
        texts += [_source(row, "masked", row["text"], masks=_planned_words(row)) for row in masked]
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


def _planned_words(row: Row) -> tuple[Span, ...]:
    """Words that the mask plan hides. Entities stay out: context does not tell which surrogate stands there."""
    return tuple((mask["start"], mask["end"]) for mask in row["masks"] or () if mask["kind"] == "word")
