"""Judges proposed rewritings: all filters of texts, then the band of similarity."""

from collections.abc import Sequence
from typing import NamedTuple

from synth_assets.augmentation.filters.filter import Pair
from synth_assets.augmentation.filters.scores import Embeddings
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
    """Text filters first, then the similarity band for the pairs that they keep."""
    reasons = [first_reason(pair, policy) for pair in pairs]
    kept = [pair for pair, reason in zip(pairs, reasons, strict=True) if reason is None]
    embeddings.add(text for pair in kept for text in (pair.source, pair.rewriting))
    return [
        Judgment(reason) if reason else _in_band(embeddings.similarity(pair.source, pair.rewriting), policy)
        for pair, reason in zip(pairs, reasons, strict=True)
    ]


def _in_band(similarity: float, policy: AugmentationPolicy) -> Judgment:
    if similarity < policy.similarity_min:
        return Judgment("similarity", similarity)
    return Judgment("not_novel" if similarity > policy.similarity_max else None, similarity)
