"""Which texts the stage may read, and the passages cut from them. Raw text never comes this way."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synth_assets.instructions.policy import TextPolicy
from synth_assets.records import Rejected, Row
from synth_assets.text.draws import digest
from synth_assets.text.sentences import Span, sentences
from synth_assets.text.words import words


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
    sentences: tuple[Span, ...] = field(default=())

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def key(self) -> str:
        return f"{self.source.row_id}/{self.source.kind}/{self.start}"

    def sentence_at(self, start: int, end: int) -> Span | None:
        """The sentence that holds [start, end), if one does."""
        return next((span for span in self.sentences if span[0] <= start and end <= span[1]), None)


def sources(masked: Sequence[Row], augmented: Sequence[Row], policy: TextPolicy) -> list[Source]:
    """Texts of the wanted kinds and languages, sorted by key."""
    found = []
    if "augmented" in policy.kinds:
        found += [_source(row, "augmented", row["text"], parent=row["parent"]) for row in augmented]
    if "masked" in policy.kinds:
        found += [_source(row, "masked", row["text"], masks=_planned(row)) for row in masked]
    if "refilled" in policy.kinds:
        found += [_source(row, "refilled", row["refilled_text"]) for row in masked]
    return sorted(found, key=lambda source: (source.source_doc, source.kind, source.row_id))


def served(found: Sequence[Source], policy: TextPolicy) -> tuple[list[Source], list[Rejected]]:
    """Split sources into those whose language the templates serve and the rejected rest."""
    kept = [source for source in found if source.language in policy.languages]
    rejected = [
        Rejected(s.row_id, s.source_doc, s.subject, s.role, "language_not_served", s.kind, s.text)
        for s in found
        if s.language not in policy.languages
    ]
    return kept, rejected


def passages(found: Sequence[Source], policy: TextPolicy, seed: int) -> list[Passage]:
    """At most `passages_per_document` passages a source document, the preferred kinds of text taking turns."""
    by_document: dict[str, list[Source]] = defaultdict(list)
    for source in found:
        by_document[source.source_doc].append(source)
    return [p for group in by_document.values() for p in _chosen(group, policy, seed)]


def _chosen(group: Sequence[Source], policy: TextPolicy, seed: int) -> list[Passage]:
    queues: Mapping[str, list[Passage]] = {kind: [] for kind in policy.kinds}
    for source in group:
        queues[source.kind].extend(cut(source, policy))
    ranked = []
    for preference, kind in enumerate(policy.kinds):
        queue = sorted(queues[kind], key=lambda passage: digest(seed, "passage", passage.key))
        ranked += [(turn, preference, passage) for turn, passage in enumerate(queue)]
    ranked.sort(key=lambda item: item[:2])
    return [passage for _, _, passage in ranked[: policy.passages_per_document]]


def cut(source: Source, policy: TextPolicy) -> list[Passage]:
    """Consecutive passages of whole sentences; a sentence longer than a passage is left out."""
    found: list[Passage] = []
    block: list[Span] = []
    size = 0
    for span in sentences(source.text):
        length = len(words(source.text[span[0] : span[1]]))
        if block and size + length > policy.passage_words:
            found.append(_passage(source, block))
            block, size = [], 0
        if length <= policy.passage_words:
            block.append(span)
            size += length
        elif block:
            found.append(_passage(source, block))
            block, size = [], 0
    if block:
        found.append(_passage(source, block))
    return [passage for passage in found if len(words(passage.text)) >= policy.min_words]


def _passage(source: Source, block: Sequence[Span]) -> Passage:
    start, end = block[0][0], block[-1][1]
    return Passage(source, start, end, tuple((a - start, b - start) for a, b in block))


def _source(row: Row, kind: str, text: str, parent: str = "", masks: tuple[Span, ...] = ()) -> Source:
    return Source(
        row["id"],
        row["source_doc"],
        row["subject"],
        row["role"],
        kind,
        text,
        row["label"],
        row["language"],
        parent,
        masks,
    )


def _planned(row: Row) -> tuple[Span, ...]:
    """Masked words of the plan; entities stay out, for a surrogate cannot be guessed from its context."""
    return tuple((mask["start"], mask["end"]) for mask in row["masks"] or () if mask["kind"] == "word")
