"""Sketches from noisy counts. Everything here reads released values and public inputs: it costs no epsilon."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.public import Public
from synth_assets.synthesis.sketch import Sketch

_SHARPNESS = 5.0


@dataclass(frozen=True)
class Topics:
    """What was released about each label.

    Attributes:
        shares: (labels,): share of the sketches of each label; their sum is 1.
        words: by label, places in the vocabulary.
        counts: by label, the noisy count of each; 1 for a public word that was added.
        added: by label, how many words are public additions.
    """

    shares: np.ndarray
    words: tuple[Integers, ...]
    counts: tuple[np.ndarray, ...]
    added: tuple[int, ...]


def topics(concepts: Integers, words: Integers, kept: np.ndarray, public: Public, policy: FormalPolicy) -> Topics:
    """Words to write about, by label.

    `concepts` are noisy counts, (labels, concepts), `kept` says which are above their threshold; `words` are noisy
    counts, (labels, words), 0 where they are not above theirs.
    """
    mass = np.where(kept, concepts, 0).sum(1).astype(float)
    if not mass.any():
        mass = np.array([float(label is not None or len(public.labels) == 1) for label in public.labels])
    chosen: list[Integers] = []
    counts: list[np.ndarray] = []
    added: list[int] = []
    for place, label in enumerate(public.labels):
        found = np.flatnonzero(words[place])
        extra = _public_words(label, found, public, policy) if mass[place] > 0 else np.empty(0, np.int64)
        chosen.append(np.concatenate([found, extra]))
        counts.append(np.concatenate([words[place][found].astype(float), np.ones(len(extra))]))
        added.append(len(extra))
    return Topics(mass / mass.sum(), tuple(chosen), tuple(counts), tuple(added))


def _public_words(label: str | None, found: Integers, public: Public, policy: FormalPolicy) -> Integers:
    """The words nearest to the label's own name, or the most frequent ones, where too few were found."""
    missing = max(0, policy.least_words - len(found))
    name = [place for place, word in enumerate(public.words) if label and word in label.casefold().split()]
    anchors = [*found[:3], *name]
    near = public.vectors @ public.vectors[anchors].sum(0) if anchors else -np.arange(len(public.words), dtype=float)
    near[found] = -np.inf
    return np.argsort(-near, kind="stable")[: min(missing, len(public.words) - len(found))].astype(np.int64)


def draw_sketches(
    found: Topics, count: int, public: Public, policy: FormalPolicy, rng: np.random.Generator
) -> list[Sketch]:
    """`count` sketches: a word in proportion to its noisy count, then words that are near to it and frequent."""
    labels = np.repeat(np.arange(len(public.labels)), apportioned(found.shares, count))
    return [_sketch(int(label), found, public, policy, rng) for label in labels]


def _sketch(label: int, found: Topics, public: Public, policy: FormalPolicy, rng: np.random.Generator) -> Sketch:
    words, counts = found.words[label], found.counts[label]
    first = rng.choice(len(words), p=counts / counts.sum())
    chosen = [int(first)]
    near = public.vectors[words] @ public.vectors[words[first]]
    likely = counts * np.exp(_SHARPNESS * near)
    while len(chosen) < min(policy.keywords, len(words)):
        likely[chosen[-1]] = 0.0
        chosen.append(int(rng.choice(len(words), p=likely / likely.sum())))
    keywords = tuple(public.words[words[place]] for place in chosen)
    return Sketch(public.labels[label], keywords, policy.words)


def apportioned(shares: np.ndarray, count: int, most: Sequence[int] | None = None) -> Integers:
    """`count` divided in proportion to `shares`, at most `most` for each; less in all where these do not suffice."""
    room = np.full(len(shares), count) if most is None else np.array(most)
    result = np.zeros(len(shares), np.int64)
    while (left := min(count, int(room.sum())) - int(result.sum())) > 0:
        weights = np.where(result < room, np.maximum(shares, 0.0), 0.0)
        weights = weights if weights.any() else (result < room).astype(float)
        exact = left * weights / weights.sum()
        step = np.minimum(np.floor(exact).astype(np.int64), room - result)
        if not step.any():  # less than one for each: one for those with the most
            step[np.argsort(-exact, kind="stable")[:left]] = 1
        result += step
    return result
