"""Which frames suit a corpus: every document votes for the frame whose examples it resembles most.

Neither words nor meaning tell a form of text by themselves: short texts share their little words, and sentence vectors
follow the topic. Their sum does: how likely the words, marks and endings of the document are in the examples of the
frame (a unigram model with Dirichlet smoothing, Zhai and Lafferty, 2004), and how near its vector is to theirs.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from resources.models.protocols import SentenceEncoder
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.support import Support
from synth_assets.text.words import words

_SHARE = 0.5
"""Votes of the least frame that is used, over those of the first; each has its own examples to read."""
_SMOOTHING = 60.0
"""Words of all frames together that are added to those of a frame."""
_NEARNESS = 200.0
"""Nats that a cosine of 1 counts."""
_HEAD_WORDS = 80
"""Words of a document whose vector is compared."""
_WORDS = 200
"""Words of a document that are judged."""
_MARK = re.compile(r"[.,!?#@\"]")


class Votes:
    """How many subjects' documents are for each frame, by label; those of fewer than `k` subjects are dropped.

    A label is written in the frames that the corpus is written in, and in its own first one: in a label alone, what is
    second is often a misreading of the first.

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
        self._all = _counts(everybody, k)
        self._by_label = {label: self._common(_counts(support, k)) for label, support in by_label.items()}

    def _common(self, counts: Mapping[str, int]) -> dict[str, int]:
        first = max(counts, key=lambda name: counts[name], default="")
        return {name: count for name, count in counts.items() if name in self._all or name == first}

    def draw(self, label: str | None, rng: random.Random) -> str:
        """A frame in proportion to the votes of the label, or of all; the first of all where none has enough."""
        counts = self._by_label.get(label) or self._all or {next(iter(frames())): 1}
        return rng.choices(list(counts), list(counts.values()))[0]


class Election:
    """For which of some frames a document is. Its vote depends on this document alone, to the last bit.

    Args:
        names: of the frames.
        encode: unit vectors of a public encoder.
    """

    def __init__(self, names: Sequence[str], encode: Callable[[Sequence[str]], np.ndarray]) -> None:
        examples = [[example.text for example in frames()[name].examples] for name in names]
        self.names = tuple(names)
        self._means = np.stack([encode(several).mean(axis=0) for several in examples])
        counts = [Counter(_features(" ".join(several))) for several in examples]
        self._tables = _log_likelihoods(counts)

    def vote(self, text: str, vector: np.ndarray) -> int:
        """The place of the frame that suits a text with this unit vector."""
        found = _features(" ".join(text.split()[:_WORDS]))  # words that no frame has say nothing
        likely = [sum(table.get(feature, 0.0) for feature in found) for table in self._tables]
        return int((np.array(likely) + _NEARNESS * (self._means @ vector)).argmax())


def elect_frames(texts: Sequence[str], encoder: SentenceEncoder) -> list[str]:
    """The frame of each document. Give names and numbers, or stand-ins for them: they tell the form as well."""
    if not texts:
        return []
    election = Election(tuple(frames()), encoder.encode)
    vectors = encoder.encode([" ".join(text.split()[:_HEAD_WORDS]) for text in texts])
    return [election.names[election.vote(text, vector)] for text, vector in zip(texts, vectors, strict=True)]


def used(counts: Mapping[str, int]) -> dict[str, int]:
    """The frames that have a good part of the votes of the first, in order of their names."""
    least = _SHARE * max(counts.values(), default=0)
    return {name: counts[name] for name in sorted(counts) if counts[name] >= least}


def _log_likelihoods(counts: Sequence[Counter[str]]) -> list[dict[str, float]]:
    """By form, log p of each feature that any form has."""
    common = Counter(feature for found in counts for feature in found.elements())
    total = common.total()
    return [
        {f: math.log((own[f] + _SMOOTHING * common[f] / total) / (own.total() + _SMOOTHING)) for f in common}
        for own in counts
    ]


def _features(text: str) -> list[str]:
    found = words(text)
    endings = [f"-{end}" for word in found for end in ("ed", "ing") if word.endswith(end)]
    kinds = ["digit" if word[0].isdigit() else "'" for word in found if word[0].isdigit() or "'" in word]
    return [*found, *_MARK.findall(text), *endings, *kinds]


def _counts(support: Support[str], k: int) -> Mapping[str, int]:
    """The votes of the frames that `k` subjects share."""
    return used({name: bits.bit_count() for name, bits in support.at_least(k).items()})
