"""Differentially private rewriting: every joint probability of a small world, by the code that draws."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import DataError, PolicyError
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.differential_privacy.rewriting.rewriting import Bounds, SecureDrawer, exponential_mechanism, rewrite
from synth_assets_tests.differential_privacy.rewriting.toy_tokens import (
    ForcedDrawer,
    SeededDrawer,
    ToyTokens,
    random_tables,
)

SIZE, LENGTH, TABLES = 3, 2, 300
TEXTS = ["".join(map(str, words)) for words in itertools.product(range(SIZE), repeat=LENGTH)]


def joint_log_probabilities(model: ToyTokens, policy: DpRewritingPolicy) -> np.ndarray:
    """log P(rewritten | document) of every pair, (documents, rewritten): the draws of `rewrite` itself."""
    pairs = [(text, output) for text in TEXTS for output in TEXTS]
    drawer = ForcedDrawer(np.array([[int(c) for c in output] for _, output in pairs]))
    assert rewrite([text for text, _ in pairs], policy, model, drawer) == [output for _, output in pairs]
    joint = drawer.joint.reshape(len(TEXTS), len(TEXTS))
    assert joint.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)))
    return np.log(joint)


def worst(variant: str, different: tuple[int, ...], prior: bool = False) -> float:
    """Largest log-ratio over 300 worlds between documents that differ in so many tokens."""
    policy = DpRewritingPolicy(
        variant=variant, epsilon=1.0, candidates=SIZE, length=LENGTH, similarity_floor=0.0, fluency=float(prior)
    )
    rng, found = random.Random(7), 0.0
    for _ in range(TABLES):
        logs = joint_log_probabilities(random_tables(rng, SIZE, policy.clip, prior), policy)
        for a, b in itertools.permutations(range(len(TEXTS)), 2):
            if sum(x != y for x, y in zip(TEXTS[a], TEXTS[b], strict=True)) in different:
                found = max(found, float((logs[a] - logs[b]).max()))
    return found


def test_the_document_in_the_context_of_every_draw_breaks_epsilon_of_a_token() -> None:
    """What the released DP-MLM does: clean context everywhere. Documents differ in one token; epsilon is 1."""
    assert worst("document", (1,)) == pytest.approx(1.33, abs=0.005)


def test_variant_token_keeps_epsilon_of_a_token() -> None:
    """By hand, scores 1, 0, 0 beside 0, 1, 1: (1 / 2) + log((1 + 2 exp(1 / 2)) / (exp(1 / 2) + 2)) = .66."""
    assert worst("token", (1,)) == pytest.approx(0.66, abs=0.005)
    assert 0.66 < worst("token", (1,), prior=True) <= 1.0


@pytest.mark.parametrize("variant", ["token", "document"])
def test_any_two_documents_are_within_all_draws(variant: str) -> None:
    assert 1.0 < worst(variant, (1, 2), prior=True) <= LENGTH * 1.0


@pytest.mark.parametrize(
    ("epsilon", "candidates", "most"),
    [(1, 256, 0.006), (5, 256, 0.046), (10, 256, 0.368), (15, 256, 0.876), (20, 256, 0.989), (1, 32, 0.051),
     (5, 32, 0.282), (10, 32, 0.827), (15, 32, 0.983), (25, 50265, 0.842), (20, 30522, 0.419)],
)  # fmt: skip
def test_the_most_that_one_candidate_can_get(epsilon: float, candidates: int, most: float) -> None:
    scores = np.zeros((1, candidates))
    scores[0, 0] = 1.0
    found = exponential_mechanism(scores, Bounds(0.0, 1.0), epsilon)[0, 0]
    assert found == pytest.approx(math.exp(epsilon / 2) / (math.exp(epsilon / 2) + candidates - 1), rel=1e-12)
    assert found == pytest.approx(most, abs=6e-4)


rows = st.lists(st.floats(-50, 50), min_size=4, max_size=4)


@settings(max_examples=200, deadline=None)
@given(rows, rows, rows, st.floats(0.01, 30), st.floats(0.1, 20))
def test_no_scores_exceed_epsilon_or_its_range(
    one: list[float], other: list[float], prior: list[float], epsilon: float, clip: float
) -> None:
    both = np.array([one, other])
    shares = exponential_mechanism(both, Bounds(-clip, clip), epsilon, np.array([prior, prior]))
    ratio = np.log(shares[0][shares.min(0) > 0]) - np.log(shares[1][shares.min(0) > 0])
    assert abs(ratio).max() <= epsilon + 1e-9
    assert ratio.max() - ratio.min() <= epsilon + 1e-9
    assert shares == pytest.approx(
        exponential_mechanism(both.clip(-clip, clip), Bounds(-clip, clip), epsilon, np.array([prior, prior]))
    )


def test_a_score_that_is_no_number_stops() -> None:
    with pytest.raises(DataError, match="not a number"):
        exponential_mechanism(np.array([[0.0, math.nan]]), Bounds(0.0, 1.0), 1.0)


def test_draws_follow_the_probabilities_and_are_counted() -> None:
    shares = np.tile([0.7, 0.2, 0.1, 0.0], (6000, 1))
    drawer = SeededDrawer(7)
    counts = np.bincount(drawer.draw(shares), minlength=4)
    assert drawer.count == 6000 and counts[3] == 0
    assert counts[:3] / 6000 == pytest.approx([0.7, 0.2, 0.1], abs=0.02)


def test_the_drawer_of_the_stage_has_no_seed() -> None:
    shares = np.full((200, 50), 0.02)
    random.seed(7)
    np.random.seed(7)
    first = SecureDrawer().draw(shares)
    random.seed(7)
    np.random.seed(7)
    assert (first != SecureDrawer().draw(shares)).any()


def test_a_draw_that_is_not_counted_stops_the_stage() -> None:
    class Forgetful(SeededDrawer):
        def draw(self, probabilities: np.ndarray) -> np.ndarray:
            places = super().draw(probabilities)
            self.count -= 1
            return places

    policy = DpRewritingPolicy(variant="token", candidates=SIZE, length=LENGTH)
    with pytest.raises(DataError, match="2 draws were made, 4 are accounted for"):
        rewrite(["01", "22"], policy, random_tables(random.Random(1), SIZE, 1.0), Forgetful(1))


@pytest.mark.models
def test_token_probabilities_are_those_of_the_causal_lm(models) -> None:
    """Token by token with padding on the left, beside one pass over the whole text."""
    text = "The committee met on Monday, and its decision was published."
    model = models.token_model
    (ids,) = model.encode([text])
    stream = model.open([[], ids[:3]], 5, len(ids))
    total = 0.0
    for token in ids:
        total += float(stream.at(np.array([[token], [token]]))[0, 0])
        stream.append(np.array([token, token]))
    assert total == pytest.approx(models.causal_lm.log_likelihood([text])[0].logprob, abs=0.03 * len(ids))
    tokens, log_p = stream.top(8)
    assert tokens.shape == log_p.shape == (2, 8) and (tokens == model.pad).sum() == 2 and np.isfinite(log_p).all()
    assert model.decode([[*ids, model.pad, model.pad]]) == [text]
    assert model.similarity(np.array(ids[:2]), np.array([ids[:2], ids[:2]])).diagonal() == pytest.approx(
        [1, 1], abs=0.02
    )
    with pytest.raises(PolicyError, match="tokens can be drawn"):
        stream.top(10**6)
    with pytest.raises(PolicyError, match="do not fit"):
        model.open([[]], 0, 10**6)


@pytest.mark.models
def test_real_rewriting_copies_without_privacy_and_forgets_with_it(models) -> None:
    text = "The committee met on Monday, and its decision was published."
    base = {"variant": "token", "length": 16, "fluency": 0.0, "candidates": 20_000}
    copied = rewrite([text], DpRewritingPolicy(epsilon=1000.0, **base), models.token_model, SecureDrawer())
    assert copied == [text]
    (noise,) = rewrite([text], DpRewritingPolicy(epsilon=0.01, **base), models.token_model, SecureDrawer())
    assert len({*text.split()} & {*noise.split()}) <= 2
    policy = DpRewritingPolicy(variant="document", length=16, epsilon=100.0, candidates=64)
    (whole,) = rewrite([text], policy, models.token_model, SecureDrawer())
    assert whole and "<|" not in whole
