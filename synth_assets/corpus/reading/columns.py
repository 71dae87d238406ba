"""Turn a record into a document: find the columns of text, id, subject and label."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

from synth_assets.corpus.normalize import normalize
from synth_assets.corpus.reading.records import Problem, Record
from synth_assets.corpus.reading.sources import Column, SourceConfig

TEXT = ("text", "body", "content", "document", "message", "post", "note", "description")
ID = ("id", "doc_id", "document_id", "uuid", "uid", "key")
SUBJECT = ("subject", "subject_id", "author", "author_id", "user", "user_id", "patient", "patient_id", "customer",
           "customer_id", "person", "person_id", "case_id")  # fmt: skip
LABEL = ("label", "topic", "category", "class")


@dataclass(frozen=True)
class Document:
    """The content of a record before any cleaning. `native_id` and `subject` are in clear and never leave the stage."""

    position: int
    text: str
    native_id: str | None
    subject: str | None
    label: str | None


def to_document(record: Record, source: SourceConfig) -> Document | Problem:
    """Pick the columns that are configured or known by name. Returns a Problem if text or subject is unusable."""
    fields = record.fields
    lower = {str(name).strip().casefold(): name for name in reversed(list(fields))}
    text = _value(fields, lower, source.text, TEXT)
    if not isinstance(text, str):
        return Problem(record.position, "missing_text")
    if not text.strip():
        return Problem(record.position, "empty_text")
    raw_subject = _value(fields, lower, source.subject, SUBJECT)
    if isinstance(raw_subject, (list, dict, bytes)):
        return Problem(record.position, "invalid_subject", "neither a string nor a number", text)
    return Document(
        record.position,
        text,
        _scalar(_value(fields, lower, source.id, ID)),
        _subject(_scalar(raw_subject), text, source.subject_pattern),
        _scalar(_value(fields, lower, source.label, LABEL)),
    )


def _value(fields: Mapping[str, Any], lower: Mapping[str, str], column: Column, names: tuple[str, ...]) -> Any:
    if column is False:
        return None
    if column is not None:
        return fields.get(column)
    name = next((lower[name] for name in names if name in lower), None)
    return None if name is None else fields[name]


def _scalar(value: Any) -> str | None:
    """Return a key as text. 7, 7.0 (from a column with gaps) and "7" are the same key."""
    if value is None or isinstance(value, (list, dict, bytes)):
        return None
    if isinstance(value, float):
        if value != value:
            return None
        value = int(value) if value.is_integer() else value
    text = unicodedata.normalize("NFC", str(value)).strip()
    return text.encode("utf-8", "replace").decode() or None  # a lone surrogate cannot be stored


def _subject(value: str | None, text: str, pattern: str | None) -> str | None:
    """Normalize a subject: case and spacing do not distinguish people."""
    if pattern is not None:
        match = regex.search(pattern, text if value is None else value)
        value = match.group(1) if match else None
    return " ".join(normalize(value).casefold().split()) or None if value else None
