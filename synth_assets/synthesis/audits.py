"""Statements about synthesized rows that must hold before publication, recounted from the masked rows."""

import json
from collections.abc import Mapping, Sequence

from resources.expectations.shapes import find_direct
from synth_assets.records import AuditResult, Row
from synth_assets.synthesis.filters import RareWindows
from synth_assets.synthesis.observed import observe
from synth_assets.synthesis.slots import unslotted
from synth_assets.synthesis.support import Support, numbered
from synth_assets.text.words import words

AUDITS: Mapping[str, str] = {
    "prompts_are_shared": "At least k subjects have documents of a prompt's label that hold all of its keywords",
    "rows_are_nobodys": "No row names a document or a subject of the corpus as its own",
    "no_rare_windows": "No row holds eight words in a row that fewer than k subjects have written, and at least one",
    "no_direct_identifiers": "No row holds anything of the form of a direct identifier",
}
"""What each audit states, in the order of the results."""


def audit(rows: Sequence[Row], masked: Sequence[Row], k: int) -> list[AuditResult]:
    """Audit AUGMENTED_CORPUS rows against the MASKED_CORPUS rows that they were learned from."""
    number = numbered(row["subject"] for row in masked)
    found = [(number[row["subject"]], row["label"], _text(row)) for row in masked]
    shared = _shared_words(found)
    rare = RareWindows([(subject, text) for subject, _, text in found], k)
    people = {name for row in masked for name in (row["id"], row["source_doc"], row["subject"])}
    prompted = [row for row in rows if "keywords" in json.loads(row["params"])]
    failed = {
        "prompts_are_shared": sum(_support(row, shared) < k for row in prompted),
        "rows_are_nobodys": sum(not people.isdisjoint((row["source_doc"], row["subject"])) for row in rows),
        "no_rare_windows": sum(rare.occur_in(row["text"]) for row in rows),
        "no_direct_identifiers": sum(any(True for _ in find_direct(row["text"])) for row in rows),
    }
    checked = {"prompts_are_shared": len(prompted)}
    return [
        AuditResult(name, not count, checked.get(name, len(rows)), count, AUDITS[name])
        for name, count in failed.items()
    ]


def _shared_words(found: Sequence[tuple[int, str | None, str]]) -> Support[tuple[str | None, str]]:
    """By label and word, the subjects with a document of the label that holds the word."""
    support: Support[tuple[str | None, str]] = Support()
    for subject, label, text in found:
        support.add((label, ""), subject)
        for word in set(words(text)):
            support.add((label, word), subject)
    return support


def _support(row: Row, shared: Support[tuple[str | None, str]]) -> int:
    bits = shared[row["label"], ""]
    for word in json.loads(row["params"])["keywords"]:
        bits &= shared[row["label"], word]
    return bits.bit_count()


def _text(row: Row) -> str:
    document = observe(row, 0)
    return "".join(piece.before + unslotted(piece.text) for piece in document.pieces)
