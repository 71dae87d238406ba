"""Compares the texts of a stage with real holdout texts as distributions: length, topics, diversity.

All sides have the same number of texts, because divergences and distances grow as samples shrink. Embeddings are
compared as histograms over common clusters, by the Jensen-Shannon divergence and the area under the divergence
frontier, both over the last axis.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from resources.models.protocols import SentenceEncoder
from synth_assets.privacy.attacks.nearest_neighbors import nearest_two
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.tokens import fold
from synth_assets.privacy.utility.intervals import DRAWS, Figure, bootstrap, generator, shares
from synth_assets.privacy.utility.pools import Pools, head

_TOPICS = 20
_TEXTS_A_CLUSTER = 10
_VARIANCE = 0.9
_STARTS = 3
_SCALE = 5.0
_MIXTURES = 25


@dataclass(frozen=True, eq=False)
class Texts:
    """Embeddings (n, d), rows of norm 1, and words of each text (n,)."""

    vectors: "np.ndarray"
    lengths: "np.ndarray"


@dataclass(frozen=True, eq=False)
class Resemblance:
    """Equal numbers of texts from each stage, from public text, the control split and the holdout."""

    arms: Mapping[str, Texts]
    holdout: Texts
    confidence: float

    @classmethod
    def of(cls, pools: Pools, encoder: SentenceEncoder, sample: int, confidence: float) -> "Resemblance":
        """Match the number of texts, at most `sample`, and embed each distinct text once."""
        used = {name: pool.passages for name, pool in pools.arms.items() if pool.passages}
        used[""] = pools.holdout.passages
        size = min([sample, *map(len, used.values())])
        arms = _embedded({name: passages[:size] for name, passages in used.items()}, encoder)
        return cls(arms, arms.pop(""), confidence)

    def figures(self, name: str) -> dict[str, Figure]:
        """length_divergence, topic_divergence, frontier and self_similarity."""
        if name not in self.arms:
            return {}
        arm = self.arms[name]
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


def _embedded(sides: Mapping[str, Sequence[Passage]], encoder: SentenceEncoder) -> dict[str, Texts]:
    heads = {name: [head(p.text) for p in passages] for name, passages in sides.items()}
    distinct = sorted({text for texts in heads.values() for text in texts})
    vectors = encoder.encode(distinct)
    place = {text: index for index, text in enumerate(distinct)}
    return {
        name: Texts(
            vectors[[place[text] for text in texts]],
            np.array([len(fold(p.text)) for p in sides[name]], dtype=np.int64),
        )
        for name, texts in heads.items()
    }


def reduced(vectors: "np.ndarray") -> "np.ndarray":
    """Project vectors of shape (n, d) on the principal components that explain 90 % of their variance."""
    from sklearn.decomposition import PCA

    centered = vectors.astype(np.float64) - vectors.mean(axis=0)
    if not np.any(np.abs(centered) > 1e-9):
        return np.zeros((len(vectors), 1))
    return np.asarray(PCA(n_components=_VARIANCE, svd_solver="full").fit_transform(centered))


def histograms(points: "np.ndarray", border: int, clusters: int) -> tuple["np.ndarray", "np.ndarray"]:
    """Count the points before `border` and from `border` on by k-means cluster of all points."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    clusters = min(clusters, len(np.unique(points, axis=0)))
    # a single thread, because several threads add their sums in no repeatable order
    with threadpool_limits(limits=1):
        assigned = KMeans(clusters, n_init=_STARTS, random_state=0).fit_predict(points)
    return (
        np.bincount(assigned[:border], minlength=clusters),
        np.bincount(assigned[border:], minlength=clusters),
    )


def jensen_shannon(left: "np.ndarray", right: "np.ndarray") -> "np.ndarray":
    """Divergence in bits (Lin 1991) of counts of shape (..., bins): 0 for equal shares, 1 without a common bin."""
    p, q = _normal(left), _normal(right)
    middle = (p + q) / 2
    bits = (_divergence(p, middle) + _divergence(q, middle)) / 2 / np.log(2)
    return np.asarray(np.clip(bits, 0.0, 1.0))


def frontier_area(left: "np.ndarray", right: "np.ndarray") -> "np.ndarray":
    """Area under the divergence frontier (MAUVE, Pillutla et al. 2021) of counts of shape (..., bins); 1: equal.

    The frontier joins the points (exp(-c KL(q|r)), exp(-c KL(p|r))) of 25 mixtures r = t p + (1 - t) q with c = 5,
    t evenly inside (0, 1), between the axis points (0, 1) and (1, 0).
    """
    p, q = _normal(left), _normal(right)
    x, y = [np.ones(p.shape[:-1])], [np.zeros(p.shape[:-1])]
    for t in np.arange(1, _MIXTURES + 1) / (_MIXTURES + 1):
        mixture = t * p + (1 - t) * q
        x.append(np.exp(-_SCALE * _divergence(q, mixture)))
        y.append(np.exp(-_SCALE * _divergence(p, mixture)))
    x.append(np.zeros_like(x[0]))
    y.append(np.ones_like(y[0]))
    return np.asarray(np.abs(np.trapezoid(np.stack(y), np.stack(x), axis=0)))


def compared(
    measure: Callable[["np.ndarray", "np.ndarray"], "np.ndarray"],
    left: "np.ndarray",
    right: "np.ndarray",
    confidence: float,
) -> Figure:
    """`measure` of two histograms of counts; the interval resamples both with fixed bins."""
    draws = generator("histograms")
    again = [draws.multinomial(int(side.sum()), _normal(side), size=DRAWS) for side in (left, right)]
    return bootstrap(float(measure(left, right)), measure(*again), int(left.sum()), confidence)


def _normal(counts: "np.ndarray") -> "np.ndarray":
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _divergence(p: "np.ndarray", r: "np.ndarray") -> "np.ndarray":
    """Kullback-Leibler divergence in nats; r is above zero wherever p is."""
    ratio = np.divide(p, r, out=np.ones_like(r), where=p > 0)
    return np.asarray(np.sum(p * np.log(ratio), axis=-1))
