"""Documents whose sentences can be rewritten: masked_corpus rows, split into segments and put together again.

Headings, tables, quoted lines, code, list markers, very short lines and all whitespace are kept to the byte.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from resources.config import StrictModel
from synth_assets.records import Row
from synth_assets.text.sentences import sentences


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


_FENCE = re.compile(r"\s*(```|~~~)")
_MARKER = re.compile(r"\s*(?:[-*+•–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+")
_QUOTED = re.compile(r"\s*>")
_HEADING = re.compile(r"\s*#{1,6}\s")
_RULE = re.compile(r"[\s=_*~+|:-]+$")
_FIELD = re.compile(r"[A-Z][\w -]{0,24}:\s+\S")
_CODE = re.compile(r"( {4}|\t)\S.*[;{}()=<>]")
_TERMINAL = re.compile(r"[.!?…:;][\"'”’»)\]]*\s*$")
_WRAPPED_LINE = 50  # a line this long without an end mark continues in the next line
_TITLE_WORDS = 12  # a line without an end mark and no more words than this is a title or a label


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
    for block, is_prose in _blocks(text.splitlines(keepends=True)):
        kept = Segment(block, Kind.KEPT if any(c.isalnum() for c in block) else Kind.GAP)
        segments += _prose(block, words_min, words_max) if is_prose else [kept]
    return segments


def reassemble(segments: Sequence[Segment], rewritten: Mapping[int, str]) -> str:
    """Join the segments, with `rewritten[i]` in place of segment i where it is given."""
    return "".join(rewritten.get(index, segment.text) for index, segment in enumerate(segments))


def texts_of(segments: Sequence[Segment]) -> list[str]:
    """The texts of sentences, headings and lines, without gaps."""
    return [segment.text for segment in segments if segment.kind is not Kind.GAP]


def _blocks(lines: Sequence[str]) -> list[tuple[str, bool]]:
    """(block, is prose) in order: wrapped prose lines are joined, every other line is a block of its own."""
    blocks: list[tuple[str, bool]] = []
    in_code = joins = False
    for line in lines:
        is_fence = bool(_FENCE.match(line))
        is_prose = not in_code and not is_fence and _is_prose(line)
        in_code = in_code != is_fence
        if joins and is_prose and line.lstrip()[:1].islower():
            blocks[-1] = (blocks[-1][0] + line, True)
        else:
            blocks.append((line, is_prose))
        joins = is_prose and len(line) >= _WRAPPED_LINE and not _TERMINAL.search(line)
    return [(block, is_prose and not _is_title(block)) for block, is_prose in blocks]


def _is_prose(line: str) -> bool:
    special = any(pattern.match(line) for pattern in (_QUOTED, _HEADING, _RULE, _FIELD, _CODE))
    return not special and line.count("|") < 2 and "\t" not in line.strip()


def _is_title(block: str) -> bool:
    return not _TERMINAL.search(block) and len(block.split()) <= _TITLE_WORDS


def _prose(block: str, words_min: int, words_max: int) -> list[Segment]:
    marker = _MARKER.match(block)
    head = marker.end() if marker else len(block) - len(block.lstrip())
    tail = len(block.rstrip())
    segments: list[Segment] = []
    at = 0
    for start, end in [(s + head, e + head) for s, e in sentences(block[head:tail], wrapped=True)]:
        is_prose = words_min <= len(block[start:end].split()) <= words_max
        segments += [Segment(block[at:start], Kind.GAP)] if start > at else []
        segments.append(Segment(block[start:end], Kind.PROSE if is_prose else Kind.KEPT))
        at = end
    return [*segments, Segment(block[at:], Kind.GAP)] if at < len(block) else segments
