"""Which frames suit a corpus: every document votes for the frame whose examples it resembles most.

Neither words nor meaning tell a form of text by themselves: short texts share their little words, and sentence vectors
follow the topic. Their sum does: how likely the words, marks and endings of the document are in the examples of the
frame (a unigram model with Dirichlet smoothing, Zhai and Lafferty, 2004), and how near its vector is to theirs.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence

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
_WORDS = 200
"""Words of a document that are judged."""
_MARK = re.compile(r"[.,!?#@\"]")


class Votes:
    """How many subjects' documents are for each frame, by label; those of fewer than `k` subjects are dropped.

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


def elect_frames(texts: Sequence[str], vectors: np.ndarray, encoder: SentenceEncoder) -> list[str]:
    """The frame of each document, given its text and its vector, (documents, dimension) of norm 1."""
    if not texts:
        return []
    examples = {name: [example.text for example in frame.examples] for name, frame in frames().items()}
    shown = [text for several in examples.values() for text in several]
    owner = np.array([place for place, several in enumerate(examples.values()) for _ in several])
    similar = vectors @ encoder.encode(shown).T
    near = np.stack([similar[:, owner == place].mean(axis=1) for place in range(len(examples))], axis=1)
    heads = [" ".join(text.split()[:_WORDS]) for text in texts]
    likely = _likelihoods(heads, [" ".join(several) for several in examples.values()])
    names = list(examples)
    return [names[place] for place in (likely + _NEARNESS * near).argmax(axis=1)]


def _likelihoods(texts: Sequence[str], forms: Sequence[str]) -> np.ndarray:
    """Log p of each text by the words of each form, (texts, forms); words that no form has are left out."""
    counts = [Counter(_features(form)) for form in forms]
    common = Counter(feature for found in counts for feature in found.elements())
    total = common.total()
    tables = [
        {f: math.log((own[f] + _SMOOTHING * common[f] / total) / (own.total() + _SMOOTHING)) for f in common}
        for own in counts
    ]
    read = [[feature for feature in _features(text) if feature in common] for text in texts]
    return np.array([[sum(table[feature] for feature in found) for table in tables] for found in read])


def _features(text: str) -> list[str]:
    found = words(text)
    endings = [f"-{end}" for word in found for end in ("ed", "ing") if word.endswith(end)]
    kinds = ["digit" if word[0].isdigit() else "'" for word in found if word[0].isdigit() or "'" in word]
    return [*found, *_MARK.findall(text), *endings, *kinds]


def _counts(support: Support[str], k: int) -> Mapping[str, int]:
    """The votes of the frames that `k` subjects share and that have a good part of the votes of the first."""
    counts = {name: bits.bit_count() for name, bits in support.at_least(k).items()}
    least = _SHARE * max(counts.values(), default=0)
    return {name: counts[name] for name in sorted(counts) if counts[name] >= least}
