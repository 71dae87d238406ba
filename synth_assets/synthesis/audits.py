"""Statements about synthesized rows that must hold before publication, recounted from the masked rows."""

import json
from collections.abc import Mapping, Sequence, Set

from resources.expectations.shapes import find_direct
from synth_assets.records import AuditResult, Row
from synth_assets.synthesis.filters import RareWindows
from synth_assets.synthesis.observed import observe
from synth_assets.synthesis.rows import SYNTHESIZED
from synth_assets.synthesis.slots import unslotted
from synth_assets.synthesis.support import Support, numbered
from synth_assets.text.words import words

RECOUNTED: Mapping[str, str] = {
    "prompts_are_shared": "At least k subjects have documents of a prompt's label that hold all of its keywords",
    "no_rare_windows": "No row holds eight words in a row that fewer than k subjects have written, and at least one",
}
"""What is recounted from the masked rows, in the order of the results."""
ALWAYS: Mapping[str, str] = {
    "rows_are_nobodys": "Every row is its own source and subject, or those of the row that it varies",
    "no_direct_identifiers": "No row holds anything of the form of a direct identifier",
}
"""What the rows alone show: no private document is read for it."""


def audit(rows: Sequence[Row], masked: Sequence[Row], k: int) -> list[AuditResult]:
    """Audit AUGMENTED_CORPUS rows against the MASKED_CORPUS rows that they were learned from."""
    number = numbered(row["subject"] for row in masked)
    found = [(number[row["subject"]], row["label"], _text(row)) for row in masked]
    shared = _shared_words(found)
    rare = RareWindows([(subject, text) for subject, _, text in found], k)
    prompted = [row for row in rows if row["parent"] == SYNTHESIZED]
    unshared = sum(_support(row, shared) < k for row in prompted)
    copied = sum(rare.occur_in(row["text"]) for row in rows)
    people = frozenset(name for row in masked for name in (row["source_doc"], row["subject"]))
    return [
        _result("prompts_are_shared", len(prompted), unshared),
        _result("no_rare_windows", len(rows), copied),
        *_always(rows, people),
    ]


def audit_formal(rows: Sequence[Row]) -> list[AuditResult]:
    """Audit rows by themselves: a count over private documents would be a release that nobody paid for."""
    return _always(rows, frozenset())


def _always(rows: Sequence[Row], people: Set[str]) -> list[AuditResult]:
    own = {row["id"]: row["source_doc"] for row in rows if row["parent"] == SYNTHESIZED}
    somebodys = sum(_is_somebodys(row, own, people) for row in rows)
    direct = sum(any(True for _ in find_direct(row["text"])) for row in rows)
    return [_result("rows_are_nobodys", len(rows), somebodys), _result("no_direct_identifiers", len(rows), direct)]


def _is_somebodys(row: Row, own: Mapping[str, str], people: Set[str]) -> bool:
    """Whether a row names one of `people`, or another source than its own or that of the row that it varies."""
    source, parent = row["source_doc"], row["parent"]
    is_foreign = parent != SYNTHESIZED and own.get(parent) != source
    return is_foreign or source != row["subject"] or source in people


def _result(name: str, checked: int, failed: int) -> AuditResult:
    return AuditResult(name, not failed, checked, failed, {**RECOUNTED, **ALWAYS}[name])


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
