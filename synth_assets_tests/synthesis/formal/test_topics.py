"""Words of a label from noisy counts: what neighbors add, what noise alone gives, which labels have a share."""

import numpy as np
import pytest

from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.public import Public
from synth_assets.synthesis.formal.topics import Noisy, Topics, topics
from synth_assets.synthesis.frame_votes import Election
from synth_assets_tests.synthesis.formal.toy import encode, policy

AXES = np.eye(4, dtype=np.float32)
PAIR = np.array([AXES[0], 0.8 * AXES[0] + 0.6 * AXES[1], AXES[2], AXES[3]])
"""The first two words have cosine .8; the others have no neighbor."""


def found(
    counts: list[list[int]],
    deviation: float = 2.0,
    vectors: np.ndarray = PAIR,
    labels: tuple[str | None, ...] = ("sport", None),
    concepts: Integers | None = None,
    kept: np.ndarray | None = None,
) -> Topics:
    words = np.array(counts)
    places = np.arange(words.shape[1])
    names = tuple(f"w{place}" for place in places)
    public = Public(labels, names, vectors, places, len(places), np.ones(len(places)), Election(("news",), encode))
    concepts = np.full(words.shape, 10) if concepts is None else concepts
    kept = np.ones(words.shape, bool) if kept is None else kept
    return topics(Noisy(concepts, kept, words, deviation), public, policy(least_words=1))


def test_a_word_is_judged_by_its_neighbors_too() -> None:
    """By hand: of counts 4, 2, 5, 3 at deviation 2 the pair has (2 + 1) / sqrt(2) each, the others 2.5 and 1.5."""
    result = found([[4, 2, 5, 3], [0, 0, 0, 0]])
    assert result.words[0].tolist() == [0, 1, 2]
    assert result.added == (0, 0)
    lift = np.array([6 / 4, 4 / 3, 7 / 4.5])  # with one deviation added to every count, over the mean of the labels
    assert result.weights[0] == pytest.approx(np.array([3 / 2**0.5, 3 / 2**0.5, 2.5]) * lift)


def test_a_word_of_every_label_is_preferred_less_than_one_of_a_single_label() -> None:
    result = found([[8, 0, 8, 0], [8, 0, 0, 0]], deviation=1.0, vectors=AXES)
    weights = dict(zip(result.words[0].tolist(), result.weights[0], strict=True))
    assert weights[2] == pytest.approx(1.8 * weights[0])  # 9 over the mean of 9 and 1


def test_noise_alone_has_mean_0_and_deviation_1_with_and_without_neighbors() -> None:
    """The threshold means what it says: 2.3 % of the words of a label without documents are above 2 deviations."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1000, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.mean((vectors @ vectors.T > 0.5).sum(1) > 1) > 0.9
    for near in (vectors, np.eye(1000, dtype=np.float32)):
        kept = [
            len(found(rng.normal(0, 50, (2, 1000)).round().astype(int).tolist(), 50.0, near).words[0])
            for _ in range(20)
        ]
        assert np.mean(kept) == pytest.approx(22.8, abs=5)


def test_words_of_concepts_that_are_not_kept_have_no_say() -> None:
    kept = np.array([[True, False, False, True], [True] * 4])
    assert found([[4, 40, 40, 40], [0, 0, 0, 0]], kept=kept).words[0].tolist() == [3]


def test_other_labels_have_no_share_where_no_word_of_theirs_was_found() -> None:
    """They have no name that public words could be near to."""
    nothing, something = [0, 0, 0, 0], [0, 0, 9, 0]
    assert found([something, nothing]).shares.tolist() == [1.0, 0.0]
    assert found([nothing, something]).shares.tolist() == [0.5, 0.5]
    assert found([nothing, nothing]).shares.tolist() == [1.0, 0.0]
    assert found([nothing], labels=(None,)).shares.tolist() == [1.0]
    only_other = np.array([[0] * 4, [10] * 4])
    assert found([nothing, nothing], concepts=only_other, kept=only_other > 0).shares.tolist() == [1.0, 0.0]
