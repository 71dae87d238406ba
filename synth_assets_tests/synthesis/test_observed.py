"""What is read from a masked document: pieces, units and content words."""

import pytest

from synth_assets.synthesis.observed import PROSE_WORDS, is_content, observe
from synth_assets_tests.synthesis.toys import masked_row

TEXT = (
    "Broken boiler\n\nDear {PERSON 1 Ann Lee},\nThe boiler in flat {ID 2 77-21} broke on {DATE 3 3 May}. It is cold\n"
    "and wet.\n\n1. Send a plumber today.\n\nKind regards,\n{PERSON 1 Ann Lee}\n"
)


def test_pieces_with_slots_and_separators() -> None:
    pieces = [(piece.before, piece.text) for piece in observe(masked_row(TEXT), 4).pieces]
    assert pieces == [
        ("", "Broken boiler"),
        ("\n\n", "Dear ⟦PERSON⟧,"),
        ("\n", "The boiler in flat ⟦ID⟧ broke on ⟦DATE⟧."),
        (" ", "It is cold and wet."),
        ("\n\n", "1. Send a plumber today."),
        ("\n\n", "Kind regards,"),
        ("\n", "⟦PERSON⟧"),
    ]


def test_units_name_titles_and_count_prose() -> None:
    fixed = {"Dear ⟦PERSON⟧,", "Kind regards,", "1. Send a plumber today."}
    units = observe(masked_row(TEXT), 4).units(fixed)
    kinds = [(unit.kind, unit.text, unit.words) for unit in units]
    assert kinds[:3] == [("title", "", 0), ("fixed", "Dear ⟦PERSON⟧,", 0), ("prose", "", 15)]
    assert kinds[3:] == [("fixed", "1. Send a plumber today.", 0), ("fixed", "Kind regards,", 0)]


@pytest.mark.parametrize(("size", "shown"), [(1, 8), (11, 8), (12, 15), (23, 30), (44, 30), (46, 60), (500, 120)])
def test_lengths_of_prose_are_rounded(size: int, shown: int) -> None:
    """11 is 3 from 8 and 4 from 15; 44 is 14 from 30 and 16 from 60."""
    (unit,) = observe(masked_row("word " * (size - 1) + "end."), 0).units(())
    assert unit.words == shown in PROSE_WORDS


def test_content_words_are_those_of_prose_that_is_not_fixed_without_identifiers() -> None:
    found = observe(masked_row(TEXT), 4).content({"Kind regards,", "Broken boiler"})
    assert found == ["dear", "boiler", "flat", "broke", "cold", "wet", "send", "plumber", "today"]


@pytest.mark.parametrize(
    ("word", "content"),
    [("tax", True), ("the", False), ("ox", False), ("b2b", False), ("don't", False), ("élan", True)],
)
def test_content(word: str, content: bool) -> None:
    assert is_content(word) == content
