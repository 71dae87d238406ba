"""Errors of English: only what is certainly wrong counts."""

import pytest

from synth_assets.augmentation.filters.grammar import errors, lost_capitals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In September 30 he left.", {"preposition"}),
        ("He played in 17 October.", {"preposition"}),
        ("It ended in the 5th of March.", {"preposition"}),
        ("He spoke in Friday.", {"preposition"}),
        ("He was born on April 1994.", {"preposition"}),
        ("It began on 2003.", {"preposition"}),
        ("The train left in 10:30.", {"preposition"}),
        ("It rose an 20% and then an house.", {"article"}),
        ("She saw a eagle.", {"article"}),
        ("There was a 8% rise.", {"article"}),
        ("All of the squad squad is fit.", {"doubled"}),
        ("On September 30, 2004 he left, and on 17 October he returned.", set()),
        ("In September 2004 and in May, on Friday, at 10:30.", set()),
        ("He scored in Friday's match.", set()),
        ("An hour, a university, a one-off, a European, an 18% rise, an 80-year-old, a 100 or a 20% cut.", set()),
        ("He said that that had had an effect.", set()),
        ("Bye, bye. No, no.", set()),
    ],
)
def test_errors_by_hand(text: str, expected: set[str]) -> None:
    assert errors(text) == expected


def test_a_capital_that_the_source_always_writes_must_stay() -> None:
    assert lost_capitals("He met British voters.", "British voters met him, said a british paper.")
    assert not lost_capitals("He met British voters.", "British voters met him.")
    assert not lost_capitals("The Bank is a bank.", "It is a bank.")
