"""What each label is about, from noisy counts. Everything here reads released values and public inputs: no epsilon.

The count of one word is mostly noise where a label has a hundred documents. Words of one meaning rise together, and
noise does not: each word is judged by its own count and by those of the words near to it in the public vectors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.public import Public

_SHARPNESS = 6.0
"""Nats that a neighbor's weight gains from cosine 0 to 1."""
_NEAR = 0.5
"""Cosine below which words are no neighbors."""
_LIFT_MAX = 3.0
"""A word that no other label has is not preferred without bound: it may be noise."""


@dataclass(frozen=True)
class Noisy:
    """Noisy counts of the two histograms.

    Attributes:
        concepts: (labels, concepts).
        kept: which of these are above their threshold, (labels, concepts).
        words: (labels, words).
        deviation: standard deviation of the noise of `words`.
    """

    concepts: Integers
    kept: np.ndarray
    words: Integers
    deviation: float


@dataclass(frozen=True)
class Topics:
    """What was released about each label.

    Attributes:
        shares: (labels,): share of the sketches of each label; their sum is 1.
        words: by label, places in the vocabulary.
        weights: by label, how likely each is drawn; 1 for a public word that was added.
        added: by label, how many words are public additions.
    """

    shares: np.ndarray
    words: tuple[Integers, ...]
    weights: tuple[np.ndarray, ...]
    added: tuple[int, ...]


def topics(noisy: Noisy, public: Public, policy: FormalPolicy) -> Topics:
    """Words to write about, by label: those whose score is above the policy's threshold.

    A word is drawn in proportion to its score and to how much more frequent it is in the label than in all labels.
    """
    scores = list(_scores(noisy, public))
    found = [np.flatnonzero(score > policy.word_threshold) for score in scores]
    shares = _shares(noisy, found, public)
    level = np.maximum(noisy.words, 0) + noisy.deviation
    lift = np.minimum(level / level.mean(0), _LIFT_MAX)
    extra = [
        _public_words(label, own, public, policy) if share > 0 else np.empty(0, np.int64)
        for label, own, share in zip(public.labels, found, shares, strict=True)
    ]
    weights = [score[own] * more[own] for score, own, more in zip(scores, found, lift, strict=True)]
    return Topics(
        shares,
        words=tuple(np.concatenate(pair) for pair in zip(found, extra, strict=True)),
        weights=tuple(np.append(own, np.ones(len(more))) for own, more in zip(weights, extra, strict=True)),
        added=tuple(map(len, extra)),
    )


def _shares(noisy: Noisy, found: Sequence[Integers], public: Public) -> np.ndarray:
    """Shares of the labels; other labels have none where no word of theirs was found, for they have no name either."""
    mass = np.where(noisy.kept, noisy.concepts, 0).sum(1).astype(float)
    named = np.array([label is not None or len(public.labels) == 1 for label in public.labels])
    mass[~named & ~np.array([own.size > 0 for own in found])] = 0
    if not mass.any():
        mass = named.astype(float)
    shares: np.ndarray = mass / mass.sum()
    return shares


def _scores(noisy: Noisy, public: Public) -> Iterator[np.ndarray]:
    """By label, (words,): its count and the weighted mean of its neighbors' in equal parts, in standard deviations.

    Only words of concepts that are kept for the label count and are counted; the others have 0. Noise alone has mean 0
    and deviation 1 for every word, however many neighbors it has.
    """
    for kept, counts in zip(noisy.kept, noisy.words, strict=True):
        own = np.flatnonzero(kept[public.concept_of])
        cosines = public.vectors[own] @ public.vectors[own].T
        weights = np.where(cosines >= _NEAR, np.exp(_SHARPNESS * (cosines - 1)), 0)
        np.fill_diagonal(weights, 0)
        weights /= np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-12)
        np.fill_diagonal(weights, 1)
        weights /= np.linalg.norm(weights, axis=1, keepdims=True)
        scores = np.zeros(len(counts))
        scores[own] = weights @ (counts[own] / noisy.deviation)
        yield scores


def _public_words(label: str | None, found: Integers, public: Public, policy: FormalPolicy) -> Integers:
    """The words nearest to the label's own name, or the most frequent ones, where too few were found."""
    missing = max(0, policy.least_words - len(found))
    name = [place for place, word in enumerate(public.words) if label and word in label.casefold().split()]
    anchors = [*found[:3], *name]
    near = public.vectors @ public.vectors[anchors].sum(0) if anchors else -np.arange(len(public.words), dtype=float)
    near[found] = -np.inf
    return np.argsort(-near, kind="stable")[: min(missing, len(public.words) - len(found))].astype(np.int64)
