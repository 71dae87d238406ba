"""What is executed is what is accounted for, and what the generator sees is a function of what was released."""

from collections.abc import Sequence

import numpy as np
import pytest

from resources.errors import DataError, PolicyError
from synth_assets.differential_privacy.noise import DiscreteGaussian, Integers
from synth_assets.differential_privacy.shifts import Shift, epsilon_of_shifts
from synth_assets.differential_privacy.statement import Statement
from synth_assets.synthesis.formal.counting import Counting
from synth_assets.synthesis.formal.features import Document
from synth_assets.synthesis.formal.mechanism import FormalResult, Tools, planned, synthesize_formally
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.sketches import apportioned
from synth_assets.synthesis.formal.statement import CANARIES, guarantee_of
from synth_assets.synthesis.frames import frames
from synth_assets_tests.synthesis.formal.toy import MONEY, SPORT, Recorder, Silence, corpus, encode, policy, public


def run(
    documents: Sequence[Document], settings: FormalPolicy, recorder: Recorder, noise: DiscreteGaussian | Silence
) -> FormalResult:
    return synthesize_formally(documents, settings, public(settings), recorder.tools, noise, seed=3)


@pytest.mark.parametrize("rounds", [0, 1, 3])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_what_is_executed_is_what_is_accounted_for(rounds: int, count: int) -> None:
    """Every count that passed the noise is one that the guarantee names, in order, with the variance that was drawn."""
    settings, noise = policy(evolution_rounds=rounds), DiscreteGaussian()
    result = run(corpus(count), settings, Recorder(), noise)
    guarantee = guarantee_of(settings, "code")
    assert result.executed == planned(settings) == guarantee.shifts
    assert [variance for variance, _ in noise.drawn] == [shift.exact for shift in guarantee.shifts]
    assert guarantee.compositions == 4 + rounds
    assert 3.99 < guarantee.epsilon <= 4.0
    assert Statement(partition="2026-01-05|letters", draw=0, guarantee=guarantee, executed=result.executed).draw == 0


def test_a_count_more_or_less_noise_cannot_be_stated() -> None:
    guarantee = guarantee_of(policy(), "code", [CANARIES])
    assert guarantee.bypasses[-1] == CANARIES
    *most, last = guarantee.shifts
    for lie in (
        (*most, last, last),
        tuple(most),
        (*most, Shift(1, last.variance / 2)),
        (*most, Shift(2, last.variance)),
    ):
        with pytest.raises(ValueError, match="no epsilon can be stated"):
            Statement(partition="2026-01-05|letters", draw=0, guarantee=guarantee, executed=lie)


class Injected(Counting):
    """Returns given counts instead of its own: the corpus has no other way to what follows."""

    def noisy(self, votes: Sequence[Integers], cells: int, shift: Shift) -> Integers:
        super().noisy(votes, cells, shift)
        return np.random.default_rng(len(self.executed)).integers(0, 60, cells)


@pytest.mark.parametrize("rounds", [0, 2])
def test_the_same_release_gives_the_same_prompts_whatever_the_corpus(
    rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that records all it is shown, two corpora, one noisy release: the same to the last byte."""
    settings = policy(evolution_rounds=rounds)
    monkeypatch.setattr("synth_assets.synthesis.formal.mechanism.Counting", Injected)
    shown, passages = [], []
    for documents in (corpus(300, seed=1), [Document("x", "money", "secret " * 9)], []):
        recorder = Recorder()
        passages.append(run(documents, settings, recorder, Silence()).passages)
        shown.append(recorder.seen)
    assert len(shown[0]) == 1 + rounds
    assert repr(shown[0]).encode() == repr(shown[1]).encode() == repr(shown[2]).encode()
    assert passages[0] == passages[1] == passages[2]
    assert "secret" not in repr(shown)


def test_without_noise_each_label_gets_its_own_words() -> None:
    result = run(corpus(200), policy(), Recorder(), Silence())
    assert len(result.passages) == 12
    for passage in result.passages:
        field = {"sport": SPORT, "money": MONEY}[passage.sketch.label or ""]
        assert set(passage.sketch.keywords) <= set(field)
        assert len(set(passage.sketch.keywords)) == 3
    assert result.figures["formal_public_words"] == 0


def test_documents_vote_for_the_form_that_is_written_in() -> None:
    text, recorder = frames()["post"].examples[0].text, Recorder()
    result = run([Document(f"s{n}", "sport", text) for n in range(30)], policy(), recorder, Silence())
    assert {sketch.frame for sketch in recorder.seen[0]} == {"post"}
    assert result.figures["formal_forms"] == 1


def test_every_form_is_written_in_where_nobody_votes() -> None:
    recorder = Recorder()
    result = run([], policy(documents=60), recorder, Silence())
    assert {sketch.frame for sketch in recorder.seen[0]} == set(frames())
    assert result.figures["formal_forms"] == len(frames())


def test_only_forms_of_the_policy_are_voted_on() -> None:
    text, recorder = frames()["post"].examples[0].text, Recorder()
    documents = [Document(f"s{n}", "sport", text) for n in range(30)]
    run(documents, policy(frames=("letter", "news")), recorder, Silence())
    assert {sketch.frame for sketch in recorder.seen[0]} <= {"letter", "news"}


def test_an_empty_corpus_gives_public_words_and_says_so() -> None:
    result = run([], policy(), Recorder(), Silence())
    assert result.figures["formal_words"] == 0
    assert result.figures["formal_labels_with_public_words"] == 2
    assert {passage.sketch.label for passage in result.passages} == {"sport", "money"}
    assert len(result.passages) == 12


def test_votes_choose_what_resembles_the_corpus() -> None:
    """All candidates of money but those about banks lose where every document is about banks."""
    documents = [Document(f"s{n}", "money", "bank loan credit") for n in range(50)]
    words = [("bank loan credit", "pension salary tax")[n % 2] for n in range(24)]
    tools = Tools(lambda sketches: [f"{words[n]} {n}" for n, _ in enumerate(sketches)], encode, encode)
    settings = policy(labels=("money",), clusters_per_label=2)
    result = synthesize_formally(documents, settings, public(settings), tools, Silence(), seed=1)
    assert len(result.passages) == 12
    assert all(passage.text.startswith("bank") for passage in result.passages)


def test_evolution_keeps_what_has_votes_and_varies_it() -> None:
    documents = [Document(f"s{n}", "money", "bank loan credit") for n in range(50)]
    words = [("bank loan credit", "pension salary tax")[n % 2] for n in range(24)]
    tools = Tools(
        lambda sketches: [f"{words[n]} {n}" for n, _ in enumerate(sketches)],
        encode,
        encode,
        lambda texts: [f"{text} again" if "1" not in text else None for text in texts],
    )
    settings = policy(labels=("money",), clusters_per_label=1, evolution_rounds=1, documents=24, candidates=1)
    result = synthesize_formally(documents, settings, public(settings), tools, Silence(), seed=1)
    old, new = ([p for p in result.passages if p.varied == varied] for varied in (0, 1))
    assert len(old) == 12
    assert {p.text for p in new} == {f"{p.text} again" for p in old if "1" not in p.text}


def test_texts_that_were_not_written_are_missing_and_nothing_else() -> None:
    tools = Tools(lambda sketches: [None for _ in sketches], encode, encode)
    settings = policy()
    noise = DiscreteGaussian()
    result = synthesize_formally(corpus(20), settings, public(settings), tools, noise, seed=1)
    assert result.passages == ()
    assert result.executed == planned(settings)


def test_what_cannot_be_done_is_said_before_anything_is_drawn() -> None:
    noise, settings = DiscreteGaussian(), policy(evolution_rounds=1)
    with pytest.raises(PolicyError, match="variation"):
        tools = Tools(Recorder().write, encode, encode)
        synthesize_formally(corpus(3), settings, public(settings), tools, noise, seed=1)
    with pytest.raises(DataError, match="one document of each subject"):
        run([*corpus(3), *corpus(1)], policy(), Recorder(), noise)
    with pytest.raises(PolicyError, match="no word of the vocabulary"):
        public(policy(vocabulary=("the", "of", "x1", "ab")))
    assert noise.drawn == []


@pytest.mark.parametrize(
    ("shares", "count", "most", "expected"),
    [
        ([1, 1], 4, None, [2, 2]),
        ([3, 1], 4, None, [3, 1]),
        ([1, 1, 1], 4, None, [2, 1, 1]),
        ([9, 1], 6, [2, 9], [2, 4]),
        ([9, 0], 6, [2, 9], [2, 4]),
        ([1, 1], 9, [2, 3], [2, 3]),
        ([0, 0], 3, [2, 2], [2, 1]),
        ([-5, 1], 3, None, [0, 3]),
    ],
)
def test_shares_are_divided(shares: list[float], count: int, most: list[int] | None, expected: list[int]) -> None:
    assert apportioned(np.array(shares, float), count, most).tolist() == expected


def test_more_rounds_or_more_votes_need_more_noise() -> None:
    """The budget stays: epsilon is that of the policy, whatever is asked for it."""
    for settings in (policy(), policy(evolution_rounds=4), policy(words_per_document=12), policy(epsilon=1.0)):
        assert epsilon_of_shifts(planned(settings), settings.delta) == pytest.approx(settings.epsilon, rel=5e-3)
    assert planned(policy(evolution_rounds=4))[-1].variance > planned(policy())[-1].variance
