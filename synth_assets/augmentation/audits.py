"""Statements about staged augmented rows that must hold before publication.

An audit reads only the finished rows and their parents. It shares patterns with the filters but no state, so it also
detects errors of assembly.
"""

from collections.abc import Callable, Mapping, Sequence

from resources.expectations.shapes import find_direct
from synth_assets.augmentation.documents import INHERITED, surrogate_terms
from synth_assets.augmentation.filters.facts import numbers
from synth_assets.augmentation.filters.text import leftover_tokens
from synth_assets.augmentation.protection import protected_counts
from synth_assets.records import AuditResult, Row
from synth_assets.text.words import words

_TEXTS = ("refilled_text", "text")
Holds = Callable[[Row, Row], bool]


def violation(row: Row, parents: Mapping[str, Row]) -> str:
    """The first statement that a row breaks, or an empty string. The stage rejects such rows before the audit."""
    if any(True for _ in find_direct(row["text"])):
        return "direct_identifier"
    parent = parents.get(row["parent"])
    broken = [name for name, (holds, _) in _STATEMENTS.items() if parent is not None and not holds(row, parent)]
    return broken[0] if broken else ""


def audit(rows: Sequence[Row], masked_rows: Sequence[Row]) -> list[AuditResult]:
    """Audit AUGMENTED_CORPUS rows against the MASKED_CORPUS rows they were made from."""
    parents = {row["id"]: row for row in masked_rows}
    paired = [(row, parents[row["parent"]]) for row in rows if row["parent"] in parents]
    return [
        AuditResult(name, failed == 0, checked, failed, AUDITS[name])
        for name, checked, failed in (
            ("parents_known", len(rows), len(rows) - len(paired)),
            *(
                (name, len(paired), sum(not holds(row, parent) for row, parent in paired))
                for name, (holds, _) in _STATEMENTS.items()
            ),
        )
    ]


def _protected_kept(row: Row, parent: Row) -> bool:
    terms = surrogate_terms(parent)
    return protected_counts(row["text"], terms) in [protected_counts(parent[name], terms) for name in _TEXTS]


_STATEMENTS: Mapping[str, tuple[Holds, str]] = {
    "lineage_kept": (
        lambda row, parent: all(row[name] == parent[name] for name in INHERITED),
        "Source, subject, role, label and language are those of the parent",
    ),
    "not_the_parent": (
        lambda row, parent: words(row["text"]) not in [words(parent[name]) for name in _TEXTS],
        "No augmented text equals the text of its parent",
    ),
    "numbers_kept": (
        lambda row, parent: numbers(row["text"]) in [numbers(parent[name]) for name in _TEXTS],
        "Every number of the parent occurs as often in the text, and no other number does",
    ),
    "protected_kept": (_protected_kept, "Names, addresses, codes and placeholders are those of the parent"),
    "no_leftovers": (
        lambda row, parent: leftover_tokens(row["text"]) <= leftover_tokens(parent["text"]),
        "No text contains a protection or mask token or talk about the task",
    ),
    "paragraphs_kept": (
        lambda row, parent: row["text"].count("\n\n") == parent["text"].count("\n\n"),
        "Every text has as many paragraphs as its parent",
    ),
}

AUDITS: Mapping[str, str] = {
    "parents_known": "Every rewritten row has its parent in masked_corpus",
    **{name: sentence for name, (_, sentence) in _STATEMENTS.items()},
}
"""What each audit states, in the order of the results."""
