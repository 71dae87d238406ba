"""Sentence boundaries by hand, and that nothing but whitespace is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.text.sentences import sentences

_TEXTS = st.text(st.sampled_from('aB .!?…\n"”’)(Mr1') | st.characters(), max_size=80)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Mr. Hill met Dr. Lee. They left at 5 p.m. Then", ["Mr. Hill met Dr. Lee.", "They left at 5 p.m. Then"]),
        ("A title\n\nFirst line. Second?  Third", ["A title", "First line.", "Second?", "Third"]),
        ("He said “no.” She agreed.", ["He said “no.”", "She agreed."]),
        (
            "It ended on Sat. Jan. 5. The cat sat. It rained.",
            ["It ended on Sat. Jan. 5.", "The cat sat.", "It rained."],
        ),
        ("See no. 5 and pp. 7. He said no. She left.", ["See no. 5 and pp. 7.", "He said no.", "She left."]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_sentences_by_hand(text: str, parts: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == parts


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_only_whitespace_lies_between_sentences(text: str) -> None:
    spans = sentences(text, wrapped=True)
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    assert all(not text[end:start].strip() for end, start in zip(ends, starts, strict=True))
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


def test_abbreviations_and_initials_end_no_sentence() -> None:
    text = (
        "Mr. J. Smith met Dr. Brown at 5 p.m. on Friday. "
        "The U.S. court (no. 18403/91) agreed, e.g. with him. Was it I. Yes!"
    )
    assert [text[start:end] for start, end in sentences(text)] == [
        "Mr. J. Smith met Dr. Brown at 5 p.m. on Friday.",
        "The U.S. court (no. 18403/91) agreed, e.g. with him.",
        "Was it I.",
        "Yes!",
    ]


def test_quotation_marks_stay_with_their_sentence() -> None:
    text = '"We will wait." She left… “Why?” he asked.'
    assert [text[start:end] for start, end in sentences(text)] == ['"We will wait."', "She left…", "“Why?” he asked."]
