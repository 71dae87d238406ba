"""Guides know only what k subjects share, and ask for keywords until the text holds them."""

import pytest

from synth_assets.synthesis.guides import Phrases, SketchGuide, learn_phrases


def passages(*given: str) -> list[tuple[int, str]]:
    """One subject for each passage."""
    return list(enumerate(given))


def test_a_step_counts_when_k_subjects_share_it() -> None:
    three = ["She lives in Rome"] * 3
    assert learn_phrases(passages(*three), 3).following == {
        ("she", "lives"): {"in": 1.0},
        ("lives", "in"): {"Rome": 1.0},
        ("she", "lives", "in"): {"Rome": 1.0},
    }
    assert learn_phrases(passages(*three), 4).following == {}
    one_subject = [(0, passage) for passage in three]
    assert learn_phrases(one_subject, 2).following == {}, "documents of one subject count once"


def test_shares_are_of_the_subjects_of_a_context() -> None:
    known = learn_phrases(passages(*["it was late"] * 2, *["it was cold"] * 2, "it was odd"), 2)
    assert known.following == {("it", "was"): {"cold": 0.4, "late": 0.4}}, "odd is one subject's word"


def test_shares_of_subjects_who_go_on_in_several_ways_sum_to_one() -> None:
    both = "it was late it was cold"
    (found,) = (f for c, f in learn_phrases(passages(both, both), 2).following.items() if c == ("it", "was"))
    assert found == {"cold": 0.5, "late": 0.5}


def test_the_longest_known_context_decides() -> None:
    known = Phrases({("in", "the"): {"morning": 1.0}, ("early", "in", "the"): {"day": 1.0}})
    assert known.after("He left early in the") == {"day": 1.0}
    assert known.after("It rained in the") == {"morning": 1.0}
    assert known.after("It rained on the") == {}


@pytest.mark.parametrize("end", [".", ",", "?"])
def test_nothing_is_known_after_a_mark(end: str) -> None:
    assert Phrases({("in", "the"): {"morning": 1.0}}).after(f"in the{end}") == {}


def test_a_keyword_is_asked_for_until_the_text_holds_it() -> None:
    guide = SketchGuide(Phrases({("in", "the"): {"morning": 0.5}}), ("train", "delay"), 0.4, 1.5)
    assert guide.advise("The Train in the").boosts == {"delay": 1.5}
    assert guide.advise("The Train in the").chances == {"morning": 0.2}
    assert guide.advise("").boosts == {"train": 1.5, "delay": 1.5}


def test_a_key_names_all_that_guides() -> None:
    phrases, others = Phrases({("in", "the"): {"end": 1.0}}), Phrases({("in", "the"): {"end": 0.5}})
    guides = [
        SketchGuide(phrases, ("a",), 0.4, 1.0),
        SketchGuide(others, ("a",), 0.4, 1.0),
        SketchGuide(phrases, ("b",), 0.4, 1.0),
        SketchGuide(phrases, ("a",), 0.3, 1.0),
        SketchGuide(phrases, ("a",), 0.4, 2.0),
    ]
    assert len({guide.key for guide in guides}) == len(guides)
