"""Frames: public forms of text whose invented examples show the generator how to write.

Which frames suit a corpus is voted on: each document is for the frame whose examples its own vector is nearest to.
"""

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import Field

from resources.config import StrictModel, read_yaml
from resources.models.protocols import SentenceEncoder
from synth_assets.synthesis.support import Support

_MOST = 3


class Example(StrictModel):
    """An invented text with what a prompt would have said of it."""

    topic: str
    words: str
    title: str
    text: str


class Frame(StrictModel):
    """A form of text: the noun that announces it, and examples."""

    noun: str
    examples: tuple[Example, ...] = Field(min_length=2)


@cache
def frames() -> Mapping[str, Frame]:
    """All frames by name, in the order of `frames.yaml`."""
    return {n: Frame.parse(body, n) for n, body in read_yaml(Path(__file__).with_name("frames.yaml")).items()}


class Votes:
    """How many subjects' documents are nearest to each frame, by label; those of fewer than `k` subjects are dropped.

    Args:
        votes: (subject, label, frame) of each document.
        k: least subjects.
    """

    def __init__(self, votes: Sequence[tuple[int, str | None, str]], k: int) -> None:
        by_label: dict[str | None, Support[str]] = {}
        everybody: Support[str] = Support()
        for subject, label, frame in votes:
            by_label.setdefault(label, Support()).add(frame, subject)
            everybody.add(frame, subject)
        self._by_label = {label: _counts(support, k) for label, support in by_label.items()}
        self._all = _counts(everybody, k)

    def draw(self, label: str | None, rng: random.Random) -> str:
        """A frame in proportion to the votes of the label, or of all; the first of all where none has enough."""
        counts = self._by_label.get(label) or self._all or {next(iter(frames())): 1}
        return rng.choices(list(counts), list(counts.values()))[0]


def nearest_frames(vectors: np.ndarray, encoder: SentenceEncoder) -> list[str]:
    """The frame nearest to each document; vectors (documents, dimension) of norm 1."""
    names = list(frames())
    texts = [example.text for name in names for example in frames()[name].examples]
    owner = np.array([place for place, name in enumerate(names) for _ in frames()[name].examples])
    similar = vectors @ encoder.encode(texts).T
    return [names[owner[row]] for row in similar.argmax(axis=1)]


def _counts(support: Support[str], k: int) -> dict[str, int]:
    """The votes of the frames that `k` subjects share, at most the first three: each has its own examples to read."""
    counts = {name: bits.bit_count() for name, bits in support.at_least(k).items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST])
