"""Reads masked_corpus rows into documents whose sentences can be rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.structure import Kind, Segment, parse
from synth_assets.records import Row


@dataclass(frozen=True)
class Document:
    """A masked row, the text of it that is augmented, its segments, and the names in it that must stay."""

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


def read_documents(rows: Sequence[Row], policy: AugmentationPolicy) -> list[Document]:
    """Documents sorted by id, so that nothing downstream depends on the order of the rows."""
    return [_read(row, policy) for row in sorted(rows, key=lambda row: str(row["id"]))]


def input_text(row: Row, policy: AugmentationPolicy) -> str:
    """The text of a masked row that the policy chooses; never a raw text."""
    return str(row["refilled_text"] if policy.input == "refilled" else row["text"])


def surrogate_terms(row: Row) -> tuple[str, ...]:
    """Strings that masking put into the text or decided to keep, from the row's spans."""
    spans: Sequence[Mapping[str, Any]] = row["spans"] or ()
    found = (str(row["text"])[span["out_start"] : span["out_end"]].strip() for span in spans)
    return tuple(sorted({term for term in found if len(term) > 1}))


def _read(row: Row, policy: AugmentationPolicy) -> Document:
    text = input_text(row, policy)
    segments = parse(text, policy.sentence_words_min, policy.sentence_words_max)
    return Document(row, text, tuple(segments), surrogate_terms(row))
