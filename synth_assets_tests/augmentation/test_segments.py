"""Segments join to their document, and only prose is offered for rewriting."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.augmentation.documents import Kind, parse, reassemble

_BLOCKS = ("# Title", "- an item that is long enough to count.", "| a | b |", "> quoted words here", "```", "1) first")
_INLINE = ("Dr. J. Smith", "The mill closed in May. It opened again.", " ", "  two  spaces. ", "…”", "?!", "\t")
_PIECES = st.sampled_from((*_BLOCKS, *_INLINE, "\r\n", "\n\n", "\u2028"))
_TEXTS = st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=12).map("".join), st.lists(_PIECES).map("\n".join))


def prose(text: str, words_min: int = 4, words_max: int = 45) -> list[str]:
    return [segment.text for segment in parse(text, words_min, words_max) if segment.kind is Kind.PROSE]


@settings(max_examples=400, deadline=None)
@given(_TEXTS, st.integers(1, 8))
def test_reassembly_is_identical(text: str, words_min: int) -> None:
    assert reassemble(parse(text, words_min, 45), {}) == text


@settings(max_examples=100, deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=8).map("\n".join))
def test_rewriting_touches_nothing_else(text: str) -> None:
    segments = parse(text, 2, 45)
    rewritten = {i: "X" for i, segment in enumerate(segments) if segment.kind is Kind.PROSE}
    parts = ["X" if segment.kind is Kind.PROSE else segment.text for segment in segments]
    assert reassemble(segments, rewritten) == "".join(parts)


def test_only_prose_is_rewritable() -> None:
    text = (
        "Annual report of the mill\n\n# Heading of several words here\n"
        "The mill closed in May. It opened again in June.\n"
        "| year | tons | price | note of words |\n> He wrote that he would never come back.\n"
        "- The first item has enough words.\n```\nthis is code and not prose at all.\n```\n"
        "Subject: about the order of May\nThanks.\n"
    )
    assert prose(text) == [
        "The mill closed in May.",
        "It opened again in June.",
        "The first item has enough words.",
    ]


def test_wrapped_lines_are_one_sentence() -> None:
    text = (
        "The committee met on the second floor of the old building and\ndecided to close the mill. It was late then.\n"
    )
    assert prose(text) == [text.split(". ")[0] + ".", "It was late then."]


def test_word_limits_decide_what_is_prose() -> None:
    text = "Too short here. This one has exactly six words. This sentence is longer than all of the others are.\n"
    assert prose(text, 4, 7) == ["This one has exactly six words."]
    assert len(prose(text, 3, 7)) == 2
    assert len(prose(text, 4, 12)) == 2


def test_public_corpora_reassemble(corpora: Path) -> None:
    for name in ("news", "court_cases", "social_posts"):
        with (corpora / f"{name}.jsonl").open(encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        assert all(reassemble(parse(text, 4, 45), {}) == text for text in texts)
        assert sum(bool(prose(text)) for text in texts) > len(texts) / 2
