"""Changes of a rewriting, each judged by itself, with a language model that dislikes chosen words."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from resources.models.protocols import Candidate, Likelihood, Slot, Span
from synth_assets.augmentation.mending import Change, changes, mend_unfitting, mend_unlikely


class Judge:
    """Log p is -1 a word, and -9 more for each disliked word. Remembers how often it was called."""

    def __init__(self, *disliked: str) -> None:
        self.disliked, self.calls = set(disliked), 0

    def span_likelihoods(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[list[Likelihood]]:
        self.calls += 1
        return [
            [self._judged(text[start:end].split()) for start, end in own]
            for text, own in zip(texts, spans, strict=True)
        ]

    def _judged(self, words: Sequence[str]) -> Likelihood:
        return Likelihood(-float(len(words)) - 9 * len(self.disliked & set(words)), len(words))


def mended(source: str, rewriting: str, *disliked: str, minimum: float = -4.0) -> str:
    lm: Any = Judge(*disliked)
    return mend_unlikely([(source, rewriting)], minimum, lm)[0]


def test_changes_by_hand() -> None:
    assert changes(["the", "firm", "said", "so"], ["the", "company", "said"]) == [
        Change(1, 2, 1, 2),
        Change(3, 4, 3, 3),
    ]


def test_an_unlikely_change_is_undone_and_a_likely_one_is_kept() -> None:
    source, rewriting = "The firm grew by 26% in March.", "The company grew in 26% during March."
    assert mended(source, rewriting) == rewriting
    assert mended(source, rewriting, "in") == "The company grew by 26% during March."
    assert mended(source, rewriting, "during") == "The company grew in 26% in March."


def test_the_limit_counts_against_what_is_replaced() -> None:
    source, rewriting = "A staggering sum was paid to him.", "A spontant sum was paid to him."
    assert mended(source, rewriting, "spontant") == source
    assert mended(source, rewriting, "spontant", minimum=-9.0) == rewriting
    assert mended(source, rewriting, "spontant", "staggering") == rewriting


def test_a_word_that_moved_is_undone_at_both_places() -> None:
    source, rewriting = "In the 659 towns of the north it rains.", "In the towns 659 of the north rains it."
    assert mended(source, rewriting, "659") in (source, rewriting)
    lost = mended("He lives now in a big old house here.", "He lives in a big old home here, now,", "here,")
    assert lost.split().count("now") + lost.split().count("now,") == 1


def test_a_word_that_is_replaced_twice_is_replaced_twice_or_not_at_all() -> None:
    source, rewriting = "He has been waiting and waiting.", "He has waited and waited."
    assert mended(source, rewriting) == rewriting
    assert mended(source, rewriting, "waited.") == source


def test_fewer_words_do_not_hide_a_bad_one() -> None:
    source, rewriting = "They will battle it out for ten long hours in all for the prize.", "They will fight the prize."
    assert mended(source, rewriting) == rewriting
    assert mended(source, rewriting, "fight") == source  # in all it gains a nat, a word it loses two


def test_all_changes_of_all_sentences_are_scored_in_one_call() -> None:
    lm: Any = Judge("bad")
    pairs = [("one two three", "one bad three"), ("four five", "four six"), ("same words", "same words")]
    assert mend_unlikely(pairs, -4.0, lm) == ["one two three", "four six", "same words"]
    assert lm.calls == 1
    assert mend_unlikely([("same", "same")], -4.0, SimpleNamespace()) == ["same"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("source", "rewriting"), [("", "A text."), ("A text.", ""), ("a", "b c d")])
def test_ends_of_texts(source: str, rewriting: str) -> None:
    assert mended(source, rewriting, minimum=-100.0) == rewriting


class Filler:
    """Knows the words that fit anywhere, the best first, and keeps every place that it was asked for."""

    def __init__(self, *fitting: str) -> None:
        self.fitting, self.asked = fitting, list[str]()

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        self.asked += [slot.text[slot.start : slot.end] for slot in slots]
        return [[Candidate(word, -float(place)) for place, word in enumerate(self.fitting[:top_k])] for _ in slots]


def fitted(source: str, rewriting: str, *fitting: str, candidates: int = 40) -> str:
    lm: Any = Filler(*fitting)
    return mend_unfitting([(source, rewriting)], candidates, lm)[0]


def test_a_new_word_that_the_masked_lm_does_not_think_of_is_undone() -> None:
    source, rewriting = "The band beat them in June.", "The group won them in June."
    assert fitted(source, rewriting, "Group", "won") == rewriting
    assert fitted(source, rewriting, "group", "won", candidates=1) != rewriting
    assert fitted(source, rewriting) == source


def test_words_that_the_source_holds_need_not_be_thought_of() -> None:
    lm: Any = Filler()
    source, rewriting = "It was not viable financially.", "It was financially not viable."
    assert mend_unfitting([(source, rewriting)], 40, lm) == [rewriting]
    assert lm.asked == []


def test_a_content_word_of_the_source_is_not_said_once_more() -> None:
    source, rewriting = (
        "He was convicted of racketeering and extortion.",
        "He was convicted of extortion and extortion.",
    )
    assert fitted(source, rewriting, "extortion") == source


@pytest.mark.parametrize(
    ("source", "rewriting", "kept"),
    [
        ("He said that it rained.", "He said it rained.", True),
        ("An agency has said so.", "An agency said so.", True),
        ("The Kok report said so.", "The Kok said so.", False),
        ("There was a tone of urgency in it.", "There was a tone in it.", False),
    ],
)
def test_a_word_may_go_without_replacement_where_nothing_is_lost(source: str, rewriting: str, kept: bool) -> None:
    assert fitted(source, rewriting) == (rewriting if kept else source)
