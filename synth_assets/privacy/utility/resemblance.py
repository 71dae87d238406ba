"""Compares the texts of a stage with real holdout texts as distributions: length, topics, diversity.

All sides have the same number of texts, because divergences and distances grow as samples shrink.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from resources.models.protocols import SentenceEncoder
from synth_assets.privacy.attacks.membership.nearest_neighbors import nearest_two
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.tokens import fold
from synth_assets.privacy.utility.histograms import compared, frontier_area, histograms, jensen_shannon, reduced
from synth_assets.privacy.utility.intervals import Figure, shares
from synth_assets.privacy.utility.pools import Pools, head

_TOPICS = 20
_TEXTS_A_CLUSTER = 10


@dataclass(frozen=True, eq=False)
class Texts:
    """Embeddings (n, d), rows of norm 1, and words of each text (n,)."""

    vectors: "np.ndarray"
    lengths: "np.ndarray"


@dataclass(frozen=True, eq=False)
class Resemblance:
    """Equal numbers of texts from each stage, from public text, the control split and the holdout."""

    stages: Mapping[str, Texts]
    public: Texts | None
    control: Texts | None
    holdout: Texts
    confidence: float

    @classmethod
    def of(cls, pools: Pools, encoder: SentenceEncoder, sample: int, confidence: float) -> "Resemblance":
        """Match the number of texts, at most `sample`, and embed each distinct text once."""
        named = {("stage", stage): pool for stage, pool in pools.stages.items()}
        named |= {("public", ""): pools.public, ("control", ""): pools.control, ("holdout", ""): pools.holdout}
        used = {key: pool.passages for key, pool in named.items() if pool.passages}
        size = min([sample, *map(len, used.values())])
        texts = _embedded({key: passages[:size] for key, passages in used.items()}, encoder)
        return cls(
            {name: embedded for (kind, name), embedded in texts.items() if kind == "stage"},
            texts.get(("public", "")),
            texts.get(("control", "")),
            texts[("holdout", "")],
            confidence,
        )

    def figures(self, arm: Texts) -> dict[str, Figure]:
        """length_divergence, topic_divergence, frontier and self_similarity."""
        size = len(arm.vectors)
        points = reduced(np.concatenate([arm.vectors, self.holdout.vectors]))
        topics = histograms(points, size, max(2, min(_TOPICS, size // _TEXTS_A_CLUSTER)))
        fine = histograms(points, size, max(2, size // _TEXTS_A_CLUSTER))
        lengths = length_histograms(arm.lengths, self.holdout.lengths)
        return {
            "length_divergence": compared(jensen_shannon, *lengths, self.confidence),
            "topic_divergence": compared(jensen_shannon, *topics, self.confidence),
            "frontier": compared(frontier_area, *fine, self.confidence),
            "self_similarity": self_similarity(arm.vectors, self.confidence),
        }


def length_histograms(left: "np.ndarray", right: "np.ndarray") -> tuple["np.ndarray", "np.ndarray"]:
    """Counts of texts by length in words, in logarithmic bins of half an octave."""
    bins = [np.floor(2 * np.log2(np.maximum(side, 1))).astype(np.int64) for side in (left, right)]
    size = 1 + max(int(b.max()) for b in bins)
    return np.bincount(bins[0], minlength=size), np.bincount(bins[1], minlength=size)


def self_similarity(vectors: "np.ndarray", confidence: float) -> Figure:
    """Mean cosine of each text to its nearest neighbor; near 1 if the texts repeat each other."""
    cosines = np.clip(1.0 - nearest_two(vectors, vectors)[:, 1], 0.0, 1.0)
    return shares(cosines, np.ones(len(cosines)), confidence)


def _embedded(
    sides: Mapping[tuple[str, str], Sequence[Passage]], encoder: SentenceEncoder
) -> dict[tuple[str, str], Texts]:
    heads = {key: [head(p.text) for p in passages] for key, passages in sides.items()}
    distinct = sorted({text for texts in heads.values() for text in texts})
    vectors = encoder.encode(distinct)
    place = {text: index for index, text in enumerate(distinct)}
    return {
        key: Texts(
            vectors[[place[text] for text in texts]],
            np.array([len(fold(p.text)) for p in sides[key]], dtype=np.int64),
        )
        for key, texts in heads.items()
    }
