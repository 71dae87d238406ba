"""Documents whose sentences can be rewritten: masked_corpus rows, split into segments and put together again.

Headings, tables, quoted lines, code, list markers, very short lines and all whitespace are kept to the byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from resources.config import StrictModel
from synth_assets.records import Row
from synth_assets.text.layout import Form, block_sentences, blocks


class DocumentPolicy(StrictModel):
    """Which texts are augmented, and which of their sentences may be rewritten."""

    input: Literal["text", "refilled"] = Field("refilled", description="Which text of a masked row is augmented")
    language: str = Field("en", description="Only rows of this language are augmented")
    sentence_words_min: int = Field(4, ge=1, description="Shorter sentences are kept as they are")
    sentence_words_max: int = Field(45, ge=5, description="Longer sentences are kept: the translator truncates them")


INHERITED = ("source_doc", "subject", "role", "label", "language")
"""Columns of a row that its rewriting keeps."""


class Kind(Enum):
    """Whether a segment may be rewritten (PROSE), is kept (KEPT), or contains no words (GAP)."""

    PROSE = "prose"
    KEPT = "kept"
    GAP = "gap"


@dataclass(frozen=True)
class Segment:
    """A part of a document; the parts join to the document."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class Document:
    """A masked row, the text of it to augment, its segments, and the names in it that must stay."""

    row: Row
    text: str
    segments: tuple[Segment, ...]
    terms: tuple[str, ...]

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @cached_property
    def prose(self) -> tuple[int, ...]:
        """Indices of the segments that may be rewritten."""
        return tuple(i for i, segment in enumerate(self.segments) if segment.kind is Kind.PROSE)


def read_documents(rows: Sequence[Row], policy: DocumentPolicy) -> list[Document]:
    """Documents sorted by id, so that no result depends on the order of the rows."""
    documents = []
    for row in sorted(rows, key=lambda row: str(row["id"])):
        text = input_text(row, policy)
        segments = parse(text, policy.sentence_words_min, policy.sentence_words_max)
        documents.append(Document(row, text, tuple(segments), surrogate_terms(row)))
    return documents


def input_text(row: Row, policy: DocumentPolicy) -> str:
    """The text of a masked row that the policy chooses; never a raw text."""
    return str(row["refilled_text"] if policy.input == "refilled" else row["text"])


def surrogate_terms(row: Row) -> tuple[str, ...]:
    """The strings that masking inserted into the text or decided to keep, from the row's spans."""
    spans: Sequence[Mapping[str, Any]] = row["spans"] or ()
    terms = (str(row["text"])[span["out_start"] : span["out_end"]].strip() for span in spans)
    return tuple(sorted({term for term in terms if len(term) > 1}))


def parse(text: str, words_min: int, words_max: int) -> list[Segment]:
    """Segments of `text` in order; prose sentences outside [words_min, words_max] words are KEPT."""
    segments: list[Segment] = []
    for block, form in blocks(text):
        kept = Segment(block, Kind.KEPT if any(c.isalnum() for c in block) else Kind.GAP)
        segments += _prose(block, words_min, words_max) if form is Form.PROSE else [kept]
    return segments


def reassemble(segments: Sequence[Segment], rewritten: Mapping[int, str]) -> str:
    """Join the segments, with `rewritten[i]` in place of segment i where it is given."""
    return "".join(rewritten.get(index, segment.text) for index, segment in enumerate(segments))


def texts_of(segments: Sequence[Segment]) -> list[str]:
    """The texts of sentences, headings and lines, without gaps."""
    return [segment.text for segment in segments if segment.kind is not Kind.GAP]


def _prose(block: str, words_min: int, words_max: int) -> list[Segment]:
    segments: list[Segment] = []
    at = 0
    for start, end in block_sentences(block):
        is_prose = words_min <= len(block[start:end].split()) <= words_max
        segments += [Segment(block[at:start], Kind.GAP)] if start > at else []
        segments.append(Segment(block[start:end], Kind.PROSE if is_prose else Kind.KEPT))
        at = end
    return [*segments, Segment(block[at:], Kind.GAP)] if at < len(block) else segments
