"""Guides know only what k subjects share, and ask for keywords until the text holds them."""

import dataclasses

import pytest

from synth_assets.synthesis.guides import Phrases, SketchGuide, Steering, learn_phrases


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


STEERING = Steering(phrase_share=0.4, keyword_boost=1.5, repeat_penalty=2.0, frequency_penalty=0.5, name_penalty=1.0)
PLAIN = SketchGuide(Phrases({}), STEERING, (), (), words=50, titled=False)


def test_a_keyword_is_asked_for_until_the_text_holds_it() -> None:
    phrases = Phrases({("in", "the"): {"morning": 0.5}})
    guide = dataclasses.replace(PLAIN, phrases=phrases, keywords=("train", "delay"))
    assert guide.advise("The Train in the").boosts == {"delay": 1.5}
    assert guide.advise("The Train in the").chances == {"morning": 0.2}
    assert guide.advise("").boosts == {"train": 1.5, "delay": 1.5}


def test_a_title_is_not_asked_for_keywords_and_does_not_count_as_holding_them() -> None:
    guide = dataclasses.replace(PLAIN, keywords=("train",), titled=True)
    assert guide.advise(" A train").boosts == {}
    assert guide.advise(" A train\nNote: It").boosts == {"train": 1.5}


def test_phrases_without_a_share_say_nothing() -> None:
    phrases = Phrases({("in", "the"): {"morning": 0.5}})
    steering = STEERING.model_copy(update={"phrase_share": 0.0})
    guide = dataclasses.replace(PLAIN, phrases=phrases, steering=steering)
    assert guide.advise("It rained in the").chances == {}


def test_the_name_of_the_label_has_worse_odds_as_it_is_written() -> None:
    guide = dataclasses.replace(PLAIN, named=("tech",))
    assert guide.advise("").boosts == {"tech": -1.0, "Tech": -1.0, "techs": -1.0, "Techs": -1.0}


def test_a_content_word_has_worse_odds_each_time_after_the_first() -> None:
    assert PLAIN.advise("A goal. The").boosts == {}
    assert PLAIN.advise("A goal and a goal, and a goal. The Goal was a coach and the coach").boosts == {
        "goal": -1.0,
        "coach": -0.5,
    }


def test_a_key_names_all_that_guides() -> None:
    phrases, others = Phrases({("in", "the"): {"end": 1.0}}), Phrases({("in", "the"): {"end": 0.5}})
    one = SketchGuide(phrases, STEERING, ("a",), ("c",), 20, titled=False)
    changes: list[dict[str, object]] = [
        {"phrases": others}, {"keywords": ("b",)}, {"keywords": ("a", "c")}, {"named": ("b",)}, {"words": 30},
        {"titled": True},
        *({"steering": STEERING.model_copy(update={name: 0.1})} for name in Steering.model_fields),
    ]  # fmt: skip
    guides = [one, *(dataclasses.replace(one, **change) for change in changes)]
    assert len({guide.key for guide in guides}) == len(guides)


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("One two three four five six seven eight.", False),  # the next word may be a lower-case one
        ("One two three four five six seven eight. Nine", True),
        ("One two three four five six Dr. Nine", False),
        ("One two three four five six seven. Eight", False),
        ("One two three. Four" + " more" * 42, True),  # a sentence without end
        ("", False),
    ],
)
def test_a_text_ends_with_the_sentence_that_makes_it_long_enough(text: str, enough: bool) -> None:
    plain = dataclasses.replace(PLAIN, words=10)
    assert plain.advise(text).end == ("now" if enough else "later")
    titled = dataclasses.replace(plain, titled=True)
    assert titled.advise(f" A title\n{text}").end == ("now" if enough else "later")
    assert titled.advise(" A title of many words. And so on and so on and so on and so on. And").end == "open"


def test_a_title_alone_is_enough_where_no_prose_is_wanted() -> None:
    guide = dataclasses.replace(PLAIN, words=0, titled=True)
    assert [guide.advise(text).end for text in (" A", " A title", " A title\n")] == ["open", "open", "now"]


def test_a_word_that_would_repeat_the_text_has_worse_odds() -> None:
    guide = dataclasses.replace(PLAIN, keywords=("letter",))
    text = "Then he wrote a letter. Then he wrote the book. He wrote a note. Then he wrote"
    assert guide.advise(text).boosts == {"wrote": -1.5, "a": -2.0, "the": -2.0}
    again = guide.advise("So he wrote a note, so he wrote a note, so he wrote").boosts
    assert again == {"letter": 1.5, "a": -4.0, "wrote": -1.0, "note": -0.5}
    assert guide.advise("He wrote").boosts == {"letter": 1.5}
