"""Which of the written documents are released: every document of the corpus votes for the one that it resembles."""

from dataclasses import dataclass

import numpy as np

from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.public import clusters
from synth_assets.synthesis.formal.sketches import apportioned


@dataclass(frozen=True)
class Places:
    """Places that documents vote for, by label: clusters of the candidates, or the candidates themselves.

    Attributes:
        centers: (cells, dimension), unit rows.
        labels: label of each cell, (cells,).
        members: candidates in each cell.
    """

    centers: np.ndarray
    labels: Integers
    members: tuple[Integers, ...]

    @classmethod
    def of_candidates(cls, vectors: np.ndarray, labels: Integers) -> "Places":
        """Each candidate is a place."""
        return cls(vectors, labels, tuple(np.array([place]) for place in range(len(labels))))

    @classmethod
    def of_clusters(cls, vectors: np.ndarray, labels: Integers, count: int) -> "Places":
        """At most `count` clusters of the candidates of each label."""
        centers, cell_labels, members = [np.empty((0, vectors.shape[1]), np.float32)], [], []
        for label in np.unique(labels):
            own = np.flatnonzero(labels == label)
            cluster, found = clusters(vectors[own], min(count, len(np.unique(vectors[own], axis=0))))
            centers.append(found)
            cell_labels += [label] * len(found)
            members += [own[cluster == place] for place in range(len(found))]
        return cls(np.concatenate(centers), np.array(cell_labels, np.int64), tuple(members))

    def votes(self, vectors: np.ndarray, labels: Integers) -> list[Integers]:
        """The nearest place of the same label, for each document; none where its label has no place."""
        return [self._vote(vector, label) for vector, label in zip(vectors, labels, strict=True)]

    def _vote(self, vector: np.ndarray, label: np.int64) -> Integers:
        # One document at a time: in a product of matrices the last bits of a row can depend on the other rows.
        own = np.flatnonzero(self.labels == label)
        return own[[np.argmax(self.centers[own] @ vector)]] if own.size else own

    def chosen(self, noisy: Integers, count: int) -> Integers:
        """`count` candidates, each place in proportion to its noisy votes; a place that has none gives none.

        Where no place has votes, each gives in proportion to its size.
        """
        sizes = [len(members) for members in self.members]
        weights = np.maximum(noisy, 0).astype(float)
        taken = apportioned(weights if weights.any() else np.array(sizes, float), count, sizes)
        kept = [members[:number] for members, number in zip(self.members, taken, strict=True)]
        return np.sort(np.concatenate([np.empty(0, np.int64), *kept]))
