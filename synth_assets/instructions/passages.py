"""The texts that examples may be about, and the passages cut from them.

Raw text is never among the texts, and masked text only in mode rewritten. A passage holds whole sentences and keeps
the line breaks between them; letters, tables and lists are cut between paragraphs where that is possible.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Literal, NamedTuple

from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import Span
from synth_assets.records import Rejected, Row
from synth_assets.text.draws import digest
from synth_assets.text.layout import Form, block_sentences, blocks
from synth_assets.text.words import words

TextKind = Literal["augmented", "masked", "refilled"]
_KINDS: tuple[TextKind, ...] = ("augmented", "masked")


class TextPolicy(StrictModel):
    """Which texts become inputs, and how they are cut."""

    kinds: tuple[TextKind, ...] | None = Field(
        None,
        min_length=1,
        description="Texts to draw on, in order of preference: augmented rows, and in mode rewritten masked rows' text "
        "(masked) or refilled_text (refilled). By default augmented, and in mode rewritten augmented and masked.",
    )
    languages: tuple[str, ...] = Field(("en",), min_length=1, description="Languages of the templates (ISO 639-1).")
    passages_per_document: int = Field(2, ge=1, description="Passages cut from the texts of one source document.")
    passage_words: int = Field(100, ge=20, description="Longest passage, in words; never cut inside a sentence.")
    min_words: int = Field(8, ge=3, description="Passages below this many words are not used.")

    @property
    def quotes_masked(self) -> bool:
        """Whether `kinds` asks for masked text, which only the mode rewritten may quote."""
        return bool({"masked", "refilled"}.intersection(self.kinds or ()))


@dataclass(frozen=True)
class Source:
    """A text of a masked or augmented row, and how that row was made."""

    row_id: str
    source_doc: str
    subject: str
    role: str
    kind: str
    text: str
    label: str | None = None
    language: str = "en"
    recipe: str = ""
    parent: str = ""


class Unit(NamedTuple):
    """A sentence of prose, or a line that is none, as [start, end) of a text.

    Args:
        start: where it begins, with its list marker if it has one.
        end: where it ends, without the line break.
        sentence: the sentence in it; None for a table row, a heading, a field, a salutation or a signature.
        paragraph: number of its paragraph; blank lines separate paragraphs.
        is_line: whether it is a short line without an end mark, such as a heading or a salutation.
    """

    start: int
    end: int
    sentence: Span | None
    paragraph: int
    is_line: bool


@dataclass(frozen=True)
class Passage:
    """Whole units of a source: `text == source.text[start:end]`; sentence spans are relative to `start`."""

    source: Source
    start: int
    end: int
    sentences: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @cached_property
    def prose(self) -> str:
        """The sentences alone, or all if there is none: passages of one form share salutation and headings."""
        return " ".join(self.text[start:end] for start, end in self.sentences) or self.text

    @property
    def key(self) -> str:
        return f"{self.source.row_id}/{self.source.kind}/{self.start}"

    def sentence_at(self, start: int, end: int) -> Span | None:
        """The sentence that contains [start, end), if one does."""
        return next((span for span in self.sentences if span[0] <= start and end <= span[1]), None)


def read_sources(masked: Sequence[Row], augmented: Sequence[Row], kinds: Sequence[str] | None) -> list[Source]:
    """All texts of the given kinds, sorted by document, kind and row."""
    wanted = kinds or _KINDS
    texts: list[Source] = []
    if "augmented" in wanted:
        texts += [_source(row, "augmented", row["text"], row["parent"]) for row in augmented]
    for kind, column in (("masked", "text"), ("refilled", "refilled_text")):
        texts += [_source(row, kind, row[column]) for row in masked if kind in wanted]
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
    """At most `passages_per_document` passages per source document; the preferred kinds of text take turns.

    Passages with sentences come first: a table or a list of fields serves few tasks.
    """
    by_document: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        by_document[source.source_doc].append(source)
    return [p for group in by_document.values() for p in _choose(group, policy, seed)]


def units(text: str) -> list[Unit]:
    """The units of `text` in order. In a text without prose, such as a post, its short lines are its sentences."""
    found = list(_units(text))
    if any(unit.sentence for unit in found):
        return found
    return [unit._replace(sentence=(unit.start, unit.end), is_line=False) if unit.is_line else unit for unit in found]


def cut(source: Source, policy: TextPolicy) -> list[Passage]:
    """Consecutive passages of whole units; a unit longer than a passage is left out.

    A paragraph that fits into a passage is never divided, and a passage does not end with a heading or a salutation
    whose text follows in the next one.
    """
    parts: list[list[Unit]] = [[]]
    size = 0
    for piece in _pieces(source.text, policy.passage_words):
        length = sum(_length(source.text, unit) for unit in piece)
        if size + length > policy.passage_words:
            room = policy.passage_words - length
            parts.append([parts[-1].pop()] if _ends_with_heading(source.text, parts[-1], room) else [])
            size = sum(_length(source.text, unit) for unit in parts[-1])
        if size + length <= policy.passage_words:
            parts[-1] += piece
            size += length
    passages = [_passage(source, part) for part in parts if part]
    return [passage for passage in passages if len(words(passage.text)) >= policy.min_words]


def _units(text: str) -> Iterator[Unit]:
    at = paragraph = 0
    for block, form in blocks(text):
        first, end = at + len(block) - len(block.lstrip()), at + len(block.rstrip())
        if first >= end:
            paragraph += 1
        elif form is Form.PROSE:
            for a, b in block_sentences(block):
                # What leads up to a list or a letter asks nothing and tells nothing by itself.
                sentence = None if block[b - 1] == ":" else (at + a, at + b)
                yield Unit(first, at + b, sentence, paragraph, is_line=False)
                first = at + b + len(block[b:]) - len(block[b:].lstrip())
        else:
            yield Unit(first, end, None, paragraph, is_line=form is Form.LINE)
        at += len(block)


def _pieces(text: str, most: int) -> Iterator[list[Unit]]:
    """Paragraphs of at most `most` words, and the single units of longer ones."""
    for _, group in groupby(units(text), key=lambda unit: unit.paragraph):
        paragraph = list(group)
        if sum(_length(text, unit) for unit in paragraph) <= most:
            yield paragraph
        else:
            yield from ([unit] for unit in paragraph)


def _length(text: str, unit: Unit) -> int:
    return len(words(text[unit.start : unit.end]))


def _ends_with_heading(text: str, part: Sequence[Unit], most: int) -> bool:
    """Whether the last unit is a line of at most `most` words that begins a paragraph."""
    begins = len(part) > 1 and part[-1].is_line and part[-2].paragraph != part[-1].paragraph
    return begins and _length(text, part[-1]) <= most


def _choose(group: Sequence[Source], policy: TextPolicy, seed: int) -> list[Passage]:
    kinds = policy.kinds or _KINDS
    queues: Mapping[str, list[Passage]] = {kind: [] for kind in kinds}
    for source in group:
        queues[source.kind].extend(cut(source, policy))
    ranked = []
    for preference, kind in enumerate(kinds):
        queue = sorted(queues[kind], key=lambda p: (not p.sentences, digest(seed, "passage", p.key)))
        ranked += [(turn, preference, passage) for turn, passage in enumerate(queue)]
    ranked.sort(key=lambda item: item[:2])
    return [passage for _, _, passage in ranked[: policy.passages_per_document]]


def _passage(source: Source, part: Sequence[Unit]) -> Passage:
    start, end = part[0].start, part[-1].end
    return Passage(
        source, start, end, tuple((u.sentence[0] - start, u.sentence[1] - start) for u in part if u.sentence)
    )


def _source(row: Row, kind: str, text: str, parent: str = "") -> Source:
    copied: dict[str, Any] = {
        name: row[name] for name in ("source_doc", "subject", "role", "label", "language", "recipe")
    }
    return Source(row_id=row["id"], kind=kind, text=text, parent=parent, **copied)
