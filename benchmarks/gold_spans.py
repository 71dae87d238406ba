"""Documents with their mentions tied to entities, for the benchmarks that start behind detection.

`court_cases` (TAB), `pii_sentences` (presidio-research) and the embedded sample bring annotated spans; `news` has
none, so its mentions are what the masker finds. Mentions are linked as in the masking stage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpora

from resources.models.protocols import EntityRecognizer
from synth_assets.masking.detection.detect import detect
from synth_assets.masking.detection.linking import Linked, link
from synth_assets.masking.mentions import MODEL, Mention, resolve
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.sample.documents import generate

CORPORA = ("court_cases", "news", "pii_sentences", "sample")
_TYPES = {
    "ORG": "ORGANIZATION", "LOC": "LOCATION", "GPE": "LOCATION", "DATETIME": "DATE", "DATE_TIME": "DATE",
    "CODE": "CASE", "DEM": "NATIONALITY", "NRP": "NATIONALITY", "STREET_ADDRESS": "ADDRESS", "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN", "PHONE_NUMBER": "PHONE", "ZIP_CODE": "POSTCODE", "DOMAIN_NAME": "URL", "US_SSN": "SSN",
    "IP_ADDRESS": "IP", "EMAIL_ADDRESS": "EMAIL", "US_DRIVER_LICENSE": "ID",
}  # fmt: skip
_NOT_REPLACED = frozenset({"QUANTITY", "MISC", "TITLE"})  # no type of the masker


@dataclass(frozen=True)
class Document:
    """A text, its mentions before and after linking, and the annotated entity of each annotated span of a person."""

    name: str
    text: str
    mentions: tuple[Mention, ...]
    linked: tuple[Linked, ...]
    people: dict[tuple[int, int], str]


def read(corpus: str, folder: Path, most: int, recognizer: EntityRecognizer) -> list[Document]:
    """At most `most` documents of one of CORPORA."""
    rows = _rows(corpus, folder)[:most]
    if corpus == "news":
        found = detect([row["text"] for row in rows], recognizer, MaskingPolicy())
        return [_document(row, mentions, {}) for row, mentions in zip(rows, found, strict=True)]
    return [_document(row, _mentions(row), _people(row)) for row in rows]


def _document(row: dict[str, Any], mentions: Sequence[Mention], people: dict[tuple[int, int], str]) -> Document:
    linked = tuple(link(row["text"], mentions))
    found = {(i.mention.start, i.mention.end): str(i.entity) for i in linked if i.mention.type == "PERSON"}
    return Document(row["id"], row["text"], tuple(mentions), linked, people or found)


def _mentions(row: dict[str, Any]) -> list[Mention]:
    return resolve(row["text"], (Mention(a, b, kind, 1.0, "gold", MODEL) for a, b, kind, _ in _annotated(row)))


def _people(row: dict[str, Any]) -> dict[tuple[int, int], str]:
    return {(a, b): entity for a, b, kind, entity in _annotated(row) if kind == "PERSON" and entity}


def _annotated(row: dict[str, Any]) -> Iterator[tuple[int, int, str, str]]:
    for e in row["entities"]:
        kind = _TYPES.get(e["entity_type"], e["entity_type"])
        surface = row["text"][e["start_offset"] : e["end_offset"]]
        if e.get("identifier_type") == "NO_MASK" or e["entity_type"] in _NOT_REPLACED:
            continue
        if kind == "AGE" and not surface.isdecimal():
            continue  # "two years old": a duration to the masker
        yield e["start_offset"], e["end_offset"], kind, str(e.get("entity_id", ""))


def _rows(corpus: str, folder: Path) -> list[dict[str, Any]]:
    if corpus == "sample":
        return generate()
    return corpora.rows(folder / f"{corpus}.jsonl")
