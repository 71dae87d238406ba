"""Support is counted in subjects, and k is exact: k - 1 subjects are never enough, k always are."""

import random

import numpy as np
import pytest

from synth_assets.synthesis.filters import RareWindows, centroids
from synth_assets.synthesis.forms import fixed_texts, learn
from synth_assets.synthesis.frame_votes import Votes
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.k_anonymous import learn_sketches
from synth_assets.synthesis.keywords import Content, themes
from synth_assets.synthesis.observed import Observed, observe
from synth_assets.synthesis.support import Support, numbered
from synth_assets_tests.synthesis.toys import FlatEncoder, TopicEncoder, draws, masked_row, masked_rows, sketch_policy

K = 3


def test_documents_of_one_subject_count_once() -> None:
    support: Support[str] = Support()
    for subject in (0, 0, 0, 5, 70):
        support.add("word", subject)
    support.add("other", 5)
    assert support.count("word") == 3 and support.count("missing") == 0
    assert set(support.at_least(3)) == {"word"} and set(support.at_least(1)) == {"word", "other"}
    assert not support.at_least(4)


def test_subjects_have_the_same_numbers_in_any_order() -> None:
    assert numbered(["c", "a", "b", "a"]) == numbered(["b", "c", "a"]) == {"a": 0, "b": 1, "c": 2}


def contents(holders: int, repeats: int = 1, others: int = 6) -> list[Content]:
    """`holders` subjects use the word rare, each in `repeats` documents; all use common."""
    found = [Content(s, "a", ["common", "rare"]) for s in range(holders) for _ in range(repeats)]
    return found + [Content(holders + s, "a", ["common"]) for s in range(others)]


@pytest.mark.parametrize(("holders", "repeats", "known"), [(K - 1, 1, False), (K - 1, 9, False), (K, 1, True)])
def test_a_keyword_needs_k_subjects(holders: int, repeats: int, known: bool) -> None:
    found = contents(holders, repeats)
    ((theme,),) = themes(found, np.ones((len(found), 1)), K, 10, 10_000).values()
    drawn = {word for rng in draws(1, 50) for word in theme.draw(5, K, rng).words}
    assert drawn == ({"common", "rare"} if known else {"common"})


@pytest.mark.parametrize(("both", "known"), [(K - 1, False), (K, True)])
def test_a_set_of_keywords_needs_k_subjects_that_share_all_of_it(both: int, known: bool) -> None:
    found = [Content(s, "a", ["left", "right"]) for s in range(both)]
    found += [Content(10 + s, "a", ["left"]) for s in range(5)] + [Content(20 + s, "a", ["right"]) for s in range(5)]
    ((theme,),) = themes(found, np.ones((len(found), 1)), K, 10, 10_000).values()
    drawn = {frozenset(theme.draw(2, K, rng).words): theme.draw(2, K, rng).support for rng in draws(2, 60)}
    assert (frozenset(("left", "right")) in drawn) == known
    supports = {theme.draw(2, K, rng).support for rng in draws(3, 60)}
    assert supports == ({both} if known else {both + 5})


def test_lift_is_the_share_in_the_theme_over_the_share_in_the_corpus() -> None:
    """Of 4 subjects of a, 3 use tax; of all 8 subjects, 3 do: .75 / .375 = 2. All use common: 1."""
    found = [Content(s, "a", ["common", *(["tax"] if s < 3 else [])]) for s in range(4)]
    found += [Content(4 + s, "b", ["common"]) for s in range(4)]
    ((theme,), _) = themes(found, np.ones((8, 1)), K, 10, 10_000).values()
    assert theme.lift == {"common": 1.0, "tax": 2.0} and theme.subjects == 4


def test_the_vocabulary_keeps_the_most_widespread_words() -> None:
    found = [
        Content(s, "a", ["first", *(["second"] if s < 4 else []), *(["third"] if s < 3 else [])]) for s in range(5)
    ]
    ((theme,),) = themes(found, np.ones((5, 1)), K, 2, 10_000).values()
    assert list(theme.bits) == ["first", "second"]


def test_a_label_needs_k_subjects() -> None:
    rows = [*masked_rows(["One copper."] * K, "enough"), *masked_rows(["One copper."] * (K - 1), "few", first=10)]
    rows += [masked_row("One copper.", 20 + n, "few", "s0010") for n in range(4)]
    learned = learn_sketches(rows, sketch_policy(K), FlatEncoder())
    assert set(learned.themes) == {"enough"} and learned.unsupported == K - 1 + 4


def test_themes_have_their_own_words_and_twice_k_subjects_each() -> None:
    found = [Content(s, "a", ["gold"]) for s in range(6)] + [Content(6 + s, "a", ["iron"]) for s in range(6)]
    vectors = TopicEncoder("gold", "iron").encode([content.words[0] for content in found])
    (known,) = themes(found, vectors, K, 10, 6).values()
    assert sorted(list(theme.bits) for theme in known) == [["gold"], ["iron"]]
    assert all(theme.subjects >= 2 * K for theme in known)
    (joined,) = themes(found[1:], vectors[1:], K, 10, 5).values()  # five subjects of gold are no theme
    assert sorted(sorted(theme.bits) for theme in joined) == [["gold", "iron"], ["iron"]]


@pytest.mark.parametrize("kind", ["line", "sentence"])
def test_a_fixed_text_needs_k_subjects(kind: str) -> None:
    text = "Kind regards,\n" if kind == "line" else "Copper is sold every day in the market. "
    for holders, known in ((K - 1, False), (K, True)):
        texts = [f"{text}Number {n} of the silver things is {'old ' * (n + 1)}today." for n in range(holders)]
        documents = [observe(row, n) for n, row in enumerate(masked_rows(texts))]
        documents += [observe(masked_row(texts[0]), 0)] * 5  # more documents of one subject
        assert (text.strip() in fixed_texts(documents, K)) == known


def observed(text: str, subject: int, label: str | None = "a") -> Observed:
    return observe(masked_row(text, subject, label), subject)


@pytest.mark.parametrize(("holders", "known"), [(K - 1, False), (K, True)])
def test_a_step_of_a_form_needs_k_subjects(holders: int, known: bool) -> None:
    """All documents have both lines; in `holders` of them the second follows the first."""
    documents = [observed("First line\nSecond line\n", s) for s in range(holders)]
    documents += [observed("Second line\nFirst line\n", holders + s) for s in range(K)]
    documents += [observed("First line\nSecond line\n", 0)] * 5
    forms = learn(documents, fixed_texts(documents, K), K, 120)
    drawn = {tuple(unit.text for unit in forms.draw("a", rng)) for rng in draws(4, 80)}
    assert any("First line" in form and form[-1] == "Second line" for form in drawn) == known


@pytest.mark.parametrize(("holders", "known"), [(K - 1, False), (K, True)])
def test_a_length_of_prose_needs_k_subjects(holders: int, known: bool) -> None:
    """Sixty words are written by `holders` subjects, fifteen by ten."""
    documents = [observed(f"Word {n} " + "word " * 57 + "end.", n) for n in range(holders)]
    documents += [observed(f"Word {n} " + "word " * 12 + "end.", 20 + n) for n in range(10)]
    forms = learn(documents, fixed_texts(documents, K), K, 120)
    lengths = {unit.words for rng in draws(5, 80) for unit in forms.draw("a", rng)}
    assert lengths == ({15, 60} if known else {15})


@pytest.mark.parametrize(("holders", "known"), [(K - 1, False), (K, True)])
def test_a_frame_needs_k_subjects(holders: int, known: bool) -> None:
    ballots = [(s, "a", "note") for s in range(holders)] + [(0, "a", "note")] * 4
    ballots += [(20 + s, "a", "news") for s in range(4)]
    drawn = {Votes(ballots, K).draw("a", rng) for rng in draws(6, 60)}
    assert drawn == ({"note", "news"} if known else {"news"})


def test_a_label_without_votes_takes_those_of_all_labels_or_the_first_frame() -> None:
    votes = Votes([(s, f"l{s}", "note") for s in range(K)], K)
    assert votes.draw("l0", random.Random(1)) == "note"
    assert Votes([], K).draw("l0", random.Random(1)) == next(iter(frames()))


@pytest.mark.parametrize(("holders", "rare"), [(0, False), (1, True), (K - 1, True), (K, False)])
def test_a_window_is_rare_below_k_subjects(holders: int, rare: bool) -> None:
    window = "one two three four five six seven eight"
    texts = [(s, f"{s} {window.upper()}, {s}") for s in range(holders)] * 2 + [(50, "nothing of the kind")]
    found = RareWindows(texts, K)
    assert found.occur_in(f"They said: {window}.") == rare
    assert not found.occur_in(window.rsplit(" ", 1)[0])


@pytest.mark.parametrize(("holders", "known"), [(K - 1, set()), (K, {"a", "b"})])
def test_a_mean_vector_needs_k_subjects(holders: int, known: set[str]) -> None:
    subjects = [*range(K), *range(10, 10 + holders), 10, 10]
    labels = [*["a"] * K, *["b"] * (holders + 2)]
    vectors = np.ones((len(labels), 2)) / np.sqrt(2)
    assert set(centroids(vectors, labels, subjects, K)) == known
