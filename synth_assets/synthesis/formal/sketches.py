"""Sketches from what was released about each label. All of it reads released and public values: it costs no epsilon."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.public import Public
from synth_assets.synthesis.formal.topics import Topics
from synth_assets.synthesis.sketch import Sketch

_SHARPNESS = 5.0


def draw_sketches(
    found: Topics, forms: Mapping[str, int], count: int, public: Public, policy: FormalPolicy, rng: np.random.Generator
) -> list[Sketch]:
    """`count` sketches, in forms in proportion to their votes.

    A word is drawn in proportion to its weight, then words that are near to it and have weight.
    """
    labels = np.repeat(np.arange(len(public.labels)), apportioned(found.shares, count))
    votes = np.array(list(forms.values()), float)
    framed = rng.choice(list(forms), len(labels), p=votes / votes.sum())
    sketches = [_sketch(int(label), found, public, policy, rng) for label in labels]
    return [replace(sketch, frame=str(frame)) for sketch, frame in zip(sketches, framed, strict=True)]


def _sketch(label: int, found: Topics, public: Public, policy: FormalPolicy, rng: np.random.Generator) -> Sketch:
    words, weights = found.words[label], found.weights[label]
    first = rng.choice(len(words), p=weights / weights.sum())
    chosen = [int(first)]
    near = public.vectors[words] @ public.vectors[words[first]]
    likely = weights * np.exp(_SHARPNESS * near)
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
