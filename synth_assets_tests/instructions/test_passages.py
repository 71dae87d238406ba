"""Texts that may be quoted, their units, and the passages cut from them."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import PolicyError
from synth_assets.instructions.passages import Source, TextPolicy, choose_passages, cut, read_sources, units
from synth_assets.text.words import words
from synth_assets_tests.instructions.synthesized import FORMS, SENTENCES, passage, synthesized_row, variation

TEN = "This plain sentence has exactly ten words in it today."


def source(text: str) -> Source:
    return Source("r", "d", "s", "document", "augmented", text)


def texts(text: str, **policy: int) -> list[str]:
    return [passage.text for passage in cut(source(text), TextPolicy(**policy))]


def sentences_of(text: str) -> list[str]:
    return [text[unit.sentence[0] : unit.sentence[1]] for unit in units(text) if unit.sentence]


def test_a_letter_that_fits_is_one_passage_with_its_line_breaks() -> None:
    letter = f"Dear Ms Hall,\n\n{TEN}\n{TEN}\n\nKind regards,\nAnn Berg"
    (found,) = cut(source(letter), TextPolicy())
    assert found.text == letter
    assert [found.text[a:b] for a, b in found.sentences] == [TEN, TEN]
    assert found.prose == f"{TEN} {TEN}"


def test_only_prose_is_a_sentence() -> None:
    text = (
        "Minutes\nPresent: Ann Berg\n\nThose present agreed on these points:\n1. The roof is mended first.\n"
        "2. Paint\n\n| Ann | 3 |\n\nSigned\nAnn"
    )
    assert sentences_of(text) == ["The roof is mended first."]
    item = next(unit for unit in units(text) if unit.sentence)
    assert text[item.start : item.end] == "1. The roof is mended first."


def test_a_text_of_short_lines_alone_has_them_as_sentences() -> None:
    assert sentences_of("just landed in Oslo\nso tired\nTags: none") == ["just landed in Oslo", "so tired"]
    assert sentences_of("| Ann | 3 |\n| Bob | 4 |") == []


def test_paragraphs_are_not_divided_and_headings_stay_with_their_text() -> None:
    text = f"{TEN} {TEN}\n\nCosts\n\n{TEN} {TEN}\n\nNext steps\n\n{TEN}"
    assert texts(text, passage_words=25) == [
        f"{TEN} {TEN}",
        f"Costs\n\n{TEN} {TEN}",
        f"Next steps\n\n{TEN}",
    ]


def test_a_heading_that_does_not_fit_with_its_text_stays_behind() -> None:
    text = f"{TEN}\n\nCosts of all repairs\n\n{TEN} {TEN}"
    assert texts(text, passage_words=20) == [f"{TEN}\n\nCosts of all repairs", f"{TEN} {TEN}"]


def test_a_long_paragraph_is_divided_between_sentences_and_a_long_sentence_left_out() -> None:
    assert texts(" ".join([TEN] * 5), passage_words=20) == [f"{TEN} {TEN}", f"{TEN} {TEN}", TEN]
    long = " ".join(["Word"] * 30) + "."
    assert texts(f"{TEN} {long} {TEN}", passage_words=20) == [TEN, TEN]


@given(st.sampled_from(FORMS), st.sampled_from(sorted(SENTENCES)), st.integers(0, 500), st.integers(20, 120))
@settings(max_examples=100, deadline=None)
def test_passages_of_every_form_hold_whole_units(form: str, label: str, number: int, most: int) -> None:
    text = passage(number, label, form)
    found = cut(source(text), TextPolicy(passage_words=most))
    starts, ends = {unit.start for unit in units(text)}, {unit.end for unit in units(text)}
    for one in found:
        assert one.start in starts and one.end in ends and len(words(one.text)) <= most
        assert all(one.text[a:b] in sentences_of(text) for a, b in one.sentences)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


def test_passages_with_sentences_come_first() -> None:
    table = "\n".join(f"| person {row} | {row} items | paid |" for row in range(12))
    for seed in range(8):
        (chosen,) = choose_passages([source(f"{table}\n\n{TEN}")], TextPolicy(passages_per_document=1), seed)
        assert chosen.sentences


def test_masked_text_is_a_source_only_where_it_is_asked_for(make_masked) -> None:
    row = synthesized_row(1)
    masked = [make_masked(1)]
    assert [s.kind for s in read_sources([], [row], None)] == ["augmented"]
    assert {s.kind for s in read_sources(masked, [row], None)} == {"augmented", "masked"}
    assert {s.kind for s in read_sources(masked, [row], ("refilled",))} == {"refilled"}
    assert {s.kind for s in read_sources(masked, [row], ("augmented",))} == {"augmented"}
    varied = variation(row)
    assert [(s.parent, s.recipe) for s in read_sources([], [varied], None)] == [(row["id"], "back_translation")]


def test_what_quotes_masked_text_is_known() -> None:
    assert not TextPolicy().quotes_masked and not TextPolicy(kinds=("augmented",)).quotes_masked
    assert TextPolicy(kinds=("augmented", "masked")).quotes_masked and TextPolicy(kinds=("refilled",)).quotes_masked
    with pytest.raises(PolicyError, match="did you mean 'masked'"):
        TextPolicy.parse({"kinds": ["maskd"]}, "policy")
