"""Near copies: limits by hand, the index against brute force, boilerplate, planted copies seen and nothing else."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from synth_assets.privacy.attacks.near_copies import NearCopies, least_shared
from synth_assets.privacy.evidence.passages import Corpus, Passage
from synth_assets.privacy.evidence.tokens import tokenize
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Outcome
from synth_assets_tests.privacy.worlds import prose, word

MEASURES = {"shingles", "excerpts", "edit"}


def _side(name: str, texts: Sequence[str]) -> tuple[Passage, ...]:
    return tuple(Passage(f"{name}{i:04d}", f"subject-{name}{i:04d}", text) for i, text in enumerate(texts))


def _corpus(train: Sequence[str], holdout: Sequence[str] = ()) -> Corpus:
    sides = {"train": _side("t", train), "holdout": _side("h", holdout)}
    return Corpus({**sides, "control": (), "planted": (), "kept_out": ()})


def _measure(train: Sequence[str], holdout: Sequence[str], released: Sequence[str]) -> dict[str, Outcome]:
    found = NearCopies.of(_corpus(train, holdout), PrivacyPolicy()).outcomes(tokenize(released), len(released))
    return {outcome.slice: outcome for outcome in found}


def _hit(train: Sequence[str], released: Sequence[str]) -> set[str]:
    return {name for name, outcome in _measure(train, [], released).items() if outcome.hits}


def _replaced(text: str, count: int, draw: random.Random) -> str:
    words = text.split()
    for place in draw.sample(range(len(words)), count):
        words[place] = word(draw) + "changed"
    return " ".join(words)


def _spaced(text: str, count: int) -> str:
    """`count` words replaced, evenly."""
    words = text.split()
    for i in range(count):
        words[i * len(words) // count] = f"changed{i}"
    return " ".join(words)


def test_seven_of_ten_shingles_inside_a_longer_passage() -> None:
    draw = random.Random(1)
    words = [f"w{i}" for i in range(12)]  # ten runs of three words, nine words hold seven of them
    around = prose(draw, 100)
    assert _hit([" ".join(words)], [f"{around} {' '.join(words[:9])} {around}"]) == {"shingles"}
    assert _hit([" ".join(words)], [f"{around} {' '.join(words[:8])} {around}"]) == set()


def test_an_excerpt_is_no_copy_of_the_whole() -> None:
    words = [f"w{i}" for i in range(60)]
    assert _hit([" ".join(words)], [" ".join(words[20:30])]) == {"excerpts"}
    assert _hit([" ".join(words)], [" ".join(words[20:29])]) == set()  # seven runs: too short to say


def test_a_fifth_of_the_words_edited_is_near_and_more_is_not() -> None:
    text = prose(random.Random(2), 100)
    assert _hit([text], [_spaced(text, 20)]) == {"edit"}
    assert _hit([text], [_spaced(text, 21)]) == set()
    assert _hit([text], [text.upper().replace(" ", ", ")]) == MEASURES


def test_the_index_finds_what_brute_force_finds() -> None:
    draw = random.Random(3)
    train = [prose(draw, draw.randrange(30, 90)) for _ in range(60)]
    released = [_replaced(text, round(draw.uniform(0, 0.35) * len(text.split())), draw) for text in train]
    released += [" ".join(text.split()[: draw.randrange(12, 60)]) for text in train]
    found = _measure(train, [], released)

    def runs(text: str) -> set[tuple[str, ...]]:
        words = text.split()
        return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}

    ours, theirs = [runs(text) for text in train], [runs(text) for text in released]
    jaccard = [any(len(a & b) / len(a | b) >= 0.7 for b in theirs) for a in ours]
    held = [any(len(a & b) / len(a) >= 0.7 for b in theirs) for a in ours]
    excerpts = [any(len(a & b) / len(b) >= 0.7 for b in theirs) for a in ours]
    edit = [any(Levenshtein.normalized_distance(a.split(), b.split()) <= 0.2 for b in released) for a in train]
    assert found["shingles"].hits == sum(held) and all(h for j, h in zip(jaccard, held, strict=True) if j)
    assert found["excerpts"].hits == sum(excerpts)
    assert found["edit"].hits == sum(edit)
    assert 0 < sum(jaccard) <= sum(held) < sum(edit) < len(train)  # cases on both sides of the limits


@pytest.mark.parametrize("edits", [0.05, 0.2])
def test_texts_within_the_edit_distance_share_enough_shingles(edits: float) -> None:
    draw = random.Random(4)
    for _ in range(50):
        words = [f"w{i}" for i in range(draw.randrange(20, 80))]
        text = " ".join(words)
        other = _replaced(text, int(edits * len(words)), draw).split()
        shared = {*zip(words, words[1:], words[2:], strict=False)} & {*zip(other, other[1:], other[2:], strict=False)}
        assert len(shared) >= least_shared(np.array([len(words) - 2]), edits)[0]
    assert least_shared(np.array([98]), 0.2)[0] == pytest.approx(98 - 3 * 20)


def test_boilerplate_is_not_counted() -> None:
    draw = random.Random(5)
    form = prose(draw, 200)
    train, released = ([f"{form} {prose(draw, 12)}" for _ in range(8)] for _ in range(2))
    assert _hit(train[:5], released) == set()
    assert _hit(train[:4], released) == MEASURES  # four subjects do not make a form letter
    seen = _measure(train, [], [*released, train[3]])
    assert {seen[name].hits for name in MEASURES} == {1}


def test_a_planted_copy_is_seen_and_the_holdout_is_not() -> None:
    draw = random.Random(6)
    train, holdout, others = ([prose(draw, 60) for _ in range(size)] for size in (50, 30, 40))
    train[0] = "too short to be measured"
    planted = [_replaced(text, 2, draw) for text in train[1:11]]
    quiet, loud = _measure(train, holdout, others), _measure(train, holdout, [*others, *planted])
    assert set(quiet) == MEASURES
    for name in MEASURES:
        assert (quiet[name].hits, quiet[name].n, quiet[name].control_n) == (0, 49, 30)
        assert (loud[name].hits, loud[name].control_hits) == (10, 0)
    crossed = _measure(holdout, train, [*others, *planted])
    assert {crossed[name].control_hits for name in MEASURES} == {10}


def test_a_copy_is_found_behind_thousands_of_passages() -> None:
    draw = random.Random(9)
    train = [prose(draw, 60) for _ in range(3)]
    assert _hit(train, [*(prose(draw, 12) for _ in range(2100)), _replaced(train[1], 2, draw)]) == MEASURES


def test_subjects_vote_once_and_order_does_not_matter() -> None:
    draw = random.Random(7)
    train = [Passage(f"d{i}", f"s{i % 3}", prose(draw, 40)) for i in range(12)]
    released = [Passage(f"r{i}", "s", p.text) for i, p in enumerate(train) if p.subject == "s1"]
    results = []
    for documents, passages in ((train, released), (train[::-1], released[::-1])):
        corpus = Corpus({"train": tuple(documents), "holdout": (), "control": (), "planted": (), "kept_out": ()})
        results.append(NearCopies.of(corpus, PrivacyPolicy()).outcomes(tokenize([p.text for p in passages]), 4))
    assert results[0] == results[1]
    assert [(o.hits, o.n) for o in results[0]] == [(1, 3)] * 3


def test_nothing_to_compare() -> None:
    text = prose(random.Random(8), 30)
    assert [(o.hits, o.n) for o in _measure([text], [], []).values()] == [(0, 1)] * 3
    assert [(o.hits, o.n) for o in _measure([], [], [text]).values()] == [(0, 0)] * 3
