"""Judges proposed rewritings: all filters of texts, then the band of similarity, then word by word."""

from collections.abc import Sequence
from typing import NamedTuple

from synth_assets.augmentation.filters.filter import Pair
from synth_assets.augmentation.filters.scores import Embeddings
from synth_assets.augmentation.filters.text import replaced_words
from synth_assets.augmentation.policy import FILTERS, AugmentationPolicy
from synth_assets.text.words import words


class Judgment(NamedTuple):
    """Why a proposal was dropped (None: kept), and its similarity if that was measured."""

    reason: str | None
    similarity: float = 0.0


def first_reason(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """The reason of the first filter that drops the pair, or None; `unchanged` if the words are the same."""
    if words(pair.source) == words(pair.rewriting):
        return "unchanged"
    return next((each.reason for each in FILTERS if each.drops(pair, policy)), None)


def judge(pairs: Sequence[Pair], policy: AugmentationPolicy, embeddings: Embeddings) -> list[Judgment]:
    """Text filters first, then the models' for the pairs that they keep."""
    reasons = [first_reason(pair, policy) for pair in pairs]
    kept = [pair for pair, reason in zip(pairs, reasons, strict=True) if reason is None]
    embeddings.add(text for pair in kept for text in (pair.source, pair.rewriting))
    embeddings.add(word for pair in kept for side in replaced_words(pair.source, pair.rewriting) for word in side)
    return [
        Judgment(reason) if reason else _by_vectors(pair, policy, embeddings)
        for pair, reason in zip(pairs, reasons, strict=True)
    ]


def _by_vectors(pair: Pair, policy: AugmentationPolicy, embeddings: Embeddings) -> Judgment:
    similarity = embeddings.similarity(pair.source, pair.rewriting)
    if similarity < policy.similarity_min:
        return Judgment("similarity", similarity)
    if similarity > policy.similarity_max:
        return Judgment("not_novel", similarity)
    lost, new = replaced_words(pair.source, pair.rewriting)
    nearest = (max((embeddings.similarity(word, other) for other in new), default=-1.0) for word in lost)
    # The vector of a sentence hardly moves where one word is lost, or another one stands in its place.
    return Judgment("counterpart" if any(near < policy.counterpart_min for near in nearest) else None, similarity)
