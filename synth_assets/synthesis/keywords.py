"""Keywords: sets of content words that stand together in documents of at least k subjects of one label.

A set grows word by word. Each word is drawn in proportion to the subjects that share it with the words before, and to
how much more frequent it is under the label than elsewhere. A word that would leave fewer than k subjects is never
drawn, so that every set, and every part of it, is shared by k.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from synth_assets.synthesis.support import Support

_LIFT_MAX = 20.0
"""A word that no other label has is not preferred without bound."""


class Drawn(NamedTuple):
    """Keywords in the order drawn, and the subjects that share label and keywords."""

    words: tuple[str, ...]
    support: int


@dataclass(frozen=True)
class Vocabulary:
    """Words that prompts of one label may hold.

    Attributes:
        subjects: of the label.
        bits: of each word, the subjects that use it.
        lift: how much more frequent it is under the label than in the whole corpus, at most 20.
    """

    subjects: int
    bits: Mapping[str, int]
    lift: Mapping[str, float]

    def draw(self, size: int, k: int, rng: random.Random) -> Drawn:
        """A set of at most `size` words; fewer where no further word leaves k subjects."""
        chosen: list[str] = []
        shared = -1  # all bits: everybody
        while len(chosen) < size:
            counts = {w: (bits & shared).bit_count() for w, bits in self.bits.items() if w not in chosen}
            able = {word: count for word, count in counts.items() if count >= k}
            if not able:
                break
            (word,) = rng.choices(list(able), [count * self.lift[word] for word, count in able.items()])
            chosen.append(word)
            shared &= self.bits[word]
        return Drawn(tuple(chosen), shared.bit_count() if chosen else self.subjects)


def vocabularies(
    contents: Sequence[tuple[int, str | None, Sequence[str]]], k: int, size: int
) -> dict[str | None, Vocabulary]:
    """The vocabulary of each label that k subjects have: its `size` most widespread words that k subjects use.

    Args:
        contents: of each document, the number of its subject, its label, and its content words.
        k: least subjects.
        size: most words of a label.
    """
    everybody: Support[str] = Support()
    by_label: defaultdict[str | None, Support[str]] = defaultdict(Support)
    people: Support[str | None] = Support()
    for subject, label, found in contents:
        people.add(label, subject)
        for word in found:
            everybody.add(word, subject)
            by_label[label].add(word, subject)
    total = len({subject for subject, _, _ in contents})
    return {
        label: _vocabulary(by_label[label], people.count(label), everybody, total, k, size)
        for label in people.at_least(k)
    }


def _vocabulary(
    own: Support[str], subjects: int, everybody: Support[str], total: int, k: int, size: int
) -> Vocabulary:
    common = own.at_least(k)
    kept = sorted(common, key=lambda word: (-common[word].bit_count(), word))[:size]
    lift = {word: (own.count(word) / subjects) / (everybody.count(word) / total) for word in kept}
    return Vocabulary(
        subjects,
        {word: common[word] for word in kept},
        {word: min(_LIFT_MAX, value) for word, value in lift.items()},
    )
