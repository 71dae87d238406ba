"""Two policies side by side: counts by hand, and text nowhere but on the page."""

from typing import Any

import pytest

from synth_assets.masking.comparison.compare import Change, compare, pieces, render
from synth_assets.records import Output, Rejected
from synth_assets_tests.masking.helpers import mask_texts, raw_document

TEXTS = {"a": "Anna met <Bob> in 1999.", "b": "Nothing here.", "c": "Only 5 5 5."}
RAW = [raw_document(text, name) for name, text in TEXTS.items()]


def _span(start: int, end: int, kind: str, action: str, out: tuple[int, int]) -> dict[str, Any]:
    return {"start": start, "end": end, "type": kind, "action": action, "out_start": out[0], "out_end": out[1]}


def _output(text: str, spans: list[dict[str, Any]], *rejected: str) -> Output:
    rows = [
        {"source_doc": "doc-a", "text": text, "spans": spans},
        {"source_doc": "doc-b", "text": "Nothing here.", "spans": []},
        {"source_doc": "doc-c", "text": "Only 5 5 5.", "spans": []},
    ]
    out = [Rejected(name, f"doc-{name}", "s", "document", "mostly_identifiers", "", "text") for name in rejected]
    return Output([row for row in rows if row["source_doc"] not in {r.source_doc for r in out}], out, {})


BEFORE = _output(
    "Mary met <Bob> in 2001.",
    [_span(0, 4, "PERSON", "surrogate", (0, 4)), _span(18, 22, "DATE", "surrogate", (18, 22))],
)
AFTER = _output(
    "[PERSON_1] met <[PERSON_2]> in 1999.",
    [
        _span(0, 4, "PERSON", "mask", (0, 10)),
        _span(10, 13, "PERSON", "mask", (16, 26)),
        _span(18, 22, "DATE", "generalize", (31, 35)),
    ],
    "c",
)


def test_changes_are_counted_by_type_and_action() -> None:
    comparison = compare(RAW, BEFORE, AFTER)
    assert comparison.changes == (
        Change("DATE", "surrogate", "generalize", 1),
        Change("PERSON", "-", "mask", 1),
        Change("PERSON", "surrogate", "mask", 1),
    )
    back = compare(RAW, AFTER, BEFORE)
    assert Change("PERSON", "mask", "-", 1) in back.changes
    assert compare(RAW, BEFORE, BEFORE).documents == ()
    assert all(not change.differs for change in compare(RAW, BEFORE, BEFORE).changes)


def test_the_sides_count_documents_and_what_is_really_hidden() -> None:
    comparison = compare(RAW, BEFORE, AFTER)
    length = len(RAW[0]["text"]) + len(RAW[1]["text"])  # only what both masked
    assert (comparison.before.masked, dict(comparison.before.rejected)) == (3, {})
    assert (comparison.after.masked, dict(comparison.after.rejected)) == (2, {"mostly_identifiers": 1})
    assert comparison.before.hidden == pytest.approx((4 + 4) / length)
    assert comparison.after.hidden == pytest.approx((4 + 3) / length)  # the year was generalized to itself
    assert (comparison.before.mentions, comparison.after.mentions) == (2, 3)
    assert [name for name, _, _ in comparison.documents] == ["doc-a"]


def test_pieces_join_to_the_text() -> None:
    text = RAW[0]["text"]
    cut = pieces(text, BEFORE.rows[0]["spans"], AFTER.rows[0]["spans"])
    assert "".join(piece.text for piece in cut) == text
    assert [(p.text, p.before, p.after) for p in cut if p.kind] == [
        ("Anna", "surrogate", "mask"),
        ("Bob", "-", "mask"),
        ("1999", "surrogate", "generalize"),
    ]


def test_the_page_shows_text_and_escapes_it() -> None:
    comparison = compare(RAW, BEFORE, AFTER)
    page = render(comparison, {row["source_doc"]: row["text"] for row in RAW}, ("in force", "strict"), "3 documents")
    assert "Anna" in page and "&lt;" in page and "<Bob>" not in page
    assert "Nothing here." not in page  # the same under both
    assert "Anna" not in repr(comparison.changes)


def test_real_policies() -> None:
    text = "Mr Zebedee Quill wrote on 3 May 1990 about a plain matter, and nobody else had anything to add to that."
    comparison = compare([raw_document(text, "0")], mask_texts(text), mask_texts(text, preset="strict"))
    assert Change("PERSON", "surrogate", "mask", 1) in comparison.changes
    assert comparison.before.hidden == comparison.after.hidden > 0
