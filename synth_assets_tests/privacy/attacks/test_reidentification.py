"""Re-identification: of people who have their own subjects and habits of writing."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from synth_assets.privacy.attacks.reidentification import Lineup, Reidentification, identifier_words
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.passages import Corpus, Passage
from synth_assets.privacy.evidence.tokens import Matches
from synth_assets.privacy.results import Estimate
from synth_assets_tests.privacy.worlds import word

_HABITS = (
    "however ,",
    "and so",
    ";",
    "because of",
    "- that is -",
    "never mind",
    "although",
    "which is why",
    "!",
    "(s)",
)
_LEXICON = [word(random.Random(f"lexicon/{i}")) for i in range(3000)]


def essays(seed: str, count: int, words: int = 80, habits: int = 2) -> tuple[Passage, ...]:
    """One text a person: words of own interests, joined by own habits."""
    found = []
    for i in range(count):
        draw = random.Random(f"{seed}/{i}")
        interests, manner = draw.sample(_LEXICON, 40), draw.sample(_HABITS, habits)
        text = " ".join(f"{draw.choice(interests)} {draw.choice(manner)}" for _ in range(words // 2))
        found.append(Passage(f"{seed}/{i}", f"who/{seed}/{i}", text))
    return tuple(found)


def make_corpus(seed: int, size: int = 60) -> Corpus:
    sides = {side: essays(f"{side}{seed}", size) for side in ("train", "holdout", "control")}
    return Corpus({**sides, "planted": (), "kept_out": ()})  # type: ignore[dict-item]


def by_slice(attack: Reidentification, released: Sequence[Passage]) -> dict[str, Estimate]:
    return {e.slice: e for e in attack.outcomes(released)}


def test_ranks_are_those_of_the_cosines_and_ties_count_against() -> None:
    backgrounds = {"x": ("apple banana",), "y": ("cherry date",), "z": ("apple banana",), "w": ("elder fig",)}
    lineup = Lineup.of(backgrounds, {"x": 1, "y": 3, "z": 0}, {})
    ranks = lineup.ranks({"x": ("apple",), "y": ("date cherry",), "z": ("nothing known",)}, "topic")
    assert ranks.own.tolist() == [2, 1, 4]  # x and z are tied; z is like nobody, and behind all
    assert ranks.stand_in.tolist() == [4, 4, 4]
    assert ranks.candidates == 4


def test_style_reads_no_content_and_topic_no_function_words_nor_figures() -> None:
    texts = {"x": ("the bear, and then a wolf!",), "y": ("wolves; bears; 1234567",), "z": ("a cat of the dog",)}
    lineup = Lineup.of(texts, {"x": 1, "y": 2, "z": 0}, {})
    style = lineup.ranks({"x": ("The mouse, and then a rat!",), "y": ("mice; rats; seven",)}, "style")
    assert style.own.tolist() == [1, 1]
    topic = lineup.ranks({"x": ("then the and a wolf",), "y": ("the 1234567",)}, "topic")
    assert topic.own.tolist() == [1, 3]


def test_identifiers_are_taken_out_of_the_background() -> None:
    texts = {"x": ("smith paints",), "y": ("jones sings",)}
    hidden = Lineup.of(texts, {"x": 1, "y": 0}, {"x": {"smith"}})
    plain = Lineup.of(texts, {"x": 1, "y": 0}, {})
    assert plain.ranks({"x": ("mr smith",)}, "topic").own.tolist() == [1]
    assert hidden.ranks({"x": ("mr smith",)}, "topic").own.tolist() == [2]


def test_identifier_words() -> None:
    nothing = Matches(*(np.zeros(0, np.int64) for _ in range(3)))
    values = ("john smith", "j s mail org", "ann lee")
    found = Identifiers(values, ("person", "email", "person"), ("x", "x", "y"), ("train",) * 3, (True,) * 3, nothing)
    assert identifier_words(found) == {"x": {"john", "smith", "j", "s", "mail", "org"}, "y": {"ann", "lee"}}


@pytest.mark.parametrize(("known", "suffix"), [("whole", "_whole"), ("half", "_half")])
def test_the_raw_corpus_as_release_is_recognized(known: str, suffix: str) -> None:
    corpus = make_corpus(1)
    found = by_slice(Reidentification(corpus, {}, known=known), corpus.sides["train"])  # type: ignore[arg-type]
    topic, style = (found[f"{feature}{suffix}_top_1"] for feature in ("topic", "style"))
    assert topic.value == pytest.approx(1.0, abs=0.1)
    assert topic.control == 0.0
    for line in (topic, style):
        assert line.limit == pytest.approx(2 / 120)
        assert line.low is not None and line.low > 2 / 120
        assert line.p_value is not None and line.p_value < 1e-3
        assert "found nothing" not in line.sentence
    reciprocal = found[f"topic{suffix}_mrr"]
    assert reciprocal.low is not None and reciprocal.control is not None
    assert reciprocal.low > 0.8 > 0.2 > reciprocal.control
    assert reciprocal.limit is None


def test_whole_text_is_recognized_more_surely_than_an_unknown_half() -> None:
    corpus = make_corpus(2)
    whole, half = (
        by_slice(Reidentification(corpus, {}, known=known), corpus.sides["train"])[name].value
        for known, name in (("whole", "style_whole_top_1"), ("half", "style_half_top_1"))
    )
    assert whole == 1.0
    assert half is not None and half < 0.5


def test_a_topic_rewritten_in_the_same_style_is_recognized_by_style_only() -> None:
    corpus = make_corpus(3)
    draw = random.Random(3)
    function = set(" ".join(_HABITS).split())
    rewritten = [
        Passage(p.id, p.subject, " ".join(w if w in function else draw.choice(_LEXICON) for w in p.text.split()))
        for p in corpus.sides["train"]
    ]
    found = by_slice(Reidentification(corpus, {}), rewritten)
    topic, style = found["topic_whole_top_1"], found["style_whole_top_1"]
    assert topic.low <= topic.limit  # type: ignore[operator]
    assert style.low > 0.5  # type: ignore[operator]


def test_people_who_took_no_part_are_not_recognized_over_many_worlds() -> None:
    failed, hits, lines = [], 0.0, 0
    for seed in range(20):
        corpus = make_corpus(100 + seed)
        attack = Reidentification(corpus, {}, {p.subject: p.text for p in corpus.sides["train"]})
        outsiders = attack.renamed(corpus.sides["control"])
        assert len(outsiders) == 60
        for name, line in by_slice(attack, outsiders).items():
            if name.endswith("top_1"):
                failed += [name] if line.low > line.limit else []  # type: ignore[operator]
                hits += line.value * line.n  # type: ignore[operator]
                lines += 1
    assert lines == 80
    assert failed == []
    # of 40 lines each, 60 rows among 120 and among 60 candidates: 60 hits by chance
    assert 35 < hits < 90


def test_stand_ins_come_first_as_often_as_outsiders_recognized_by_chance() -> None:
    lines = []
    for seed in range(10):
        corpus = make_corpus(200 + seed)
        attack = Reidentification(corpus, {})
        lines += [e for e in attack.outcomes(attack.renamed(corpus.sides["control"])) if e.limit]
    own, stand_ins = (sum(getattr(e, side) * e.n for e in lines) for side in ("value", "control"))
    assert own + stand_ins == pytest.approx(20, abs=14)  # 20 lines of 60 rows: 2 times 60 / 120 each


def test_a_release_of_strangers_has_no_value() -> None:
    corpus = make_corpus(4, 20)
    attack = Reidentification(corpus, {})
    assert {e.value for e in attack.outcomes(corpus.sides["control"])} == {None}
    assert {e.n for e in attack.outcomes([])} == {0}


def test_the_order_of_the_input_does_not_matter() -> None:
    corpus = make_corpus(5, 30)
    shuffled = Corpus({side: tuple(reversed(found)) for side, found in corpus.sides.items()})
    protected = {p.subject: p.text[:100] for p in corpus.sides["train"]}
    again = dict(reversed(protected.items()))
    first = Reidentification(corpus, {}, protected).outcomes(corpus.sides["train"])
    second = Reidentification(shuffled, {}, again).outcomes(corpus.sides["train"][::-1])
    assert len(first) == 8
    for one, other in zip(first, second, strict=True):
        assert one.value == pytest.approx(other.value)
        assert (one.slice, one.control, one.n) == (other.slice, other.control, other.n)


def test_the_adaptive_attacker_sees_through_a_word_substitution() -> None:
    corpus = make_corpus(6)
    cipher = dict(zip(sorted(set(_LEXICON)), sorted(set(_LEXICON), key=lambda w: w[::-1]), strict=True))
    released = [
        Passage(p.id, p.subject, " ".join(cipher.get(w, w) for w in p.text.split())) for p in corpus.sides["train"]
    ]
    found = by_slice(Reidentification(corpus, {}, {p.subject: p.text for p in released}), released)
    static, adaptive = found["topic_whole_top_1"], found["adaptive_topic_whole_top_1"]
    assert static.low <= static.limit  # type: ignore[operator]
    assert adaptive.value == pytest.approx(1.0, abs=0.05)
