"""From a record's fields to a document: which column is the text, the name, the subject, the label."""

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
    """What a record says, before any cleaning; `native_id` and `subject` are in clear and never leave the stage."""

    position: int
    text: str
    native_id: str | None
    subject: str | None
    label: str | None


def to_document(record: Record, source: SourceConfig) -> Document | Problem:
    """Pick the columns, configured or else detected by name; a Problem where the text or the subject is unusable."""
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
    found = next((lower[name] for name in names if name in lower), None)
    return None if found is None else fields[found]


def _scalar(value: Any) -> str | None:
    """A key as text; 7, 7.0 (a column with gaps) and "7" are one key."""
    if value is None or isinstance(value, (list, dict, bytes)):
        return None
    if isinstance(value, float):
        if value != value:
            return None
        value = int(value) if value.is_integer() else value
    text = unicodedata.normalize("NFC", str(value)).strip()
    return text.encode("utf-8", "replace").decode() or None  # a lone surrogate cannot be stored


def _subject(value: str | None, text: str, pattern: str | None) -> str | None:
    """One spelling a subject: case and spaces do not tell people apart."""
    if pattern is not None:
        match = regex.search(pattern, text if value is None else value)
        value = match.group(1) if match else None
    return " ".join(normalize(value).casefold().split()) or None if value else None
