"""Is the released text nearer to train documents than to holdout documents? Fail-only: passing earns no credit.

Distance to closest record (DCR) and nearest-neighbor distance ratio (NNDR) with equal-sized sides, one
passage a subject. Datasets that pass such tests can still be attacked ("The DCR delusion", 2025).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Outcome

_BLOCK = 1024
_TIE = 1e-6
_WHAT = {
    "dcr": "are nearer to a train document than to any holdout document",
    "nndr": "single out one train document more sharply than one holdout document",
}


class Votes(NamedTuple):
    """Passages that vote for train, that tie, and all."""

    train: int
    ties: int
    n: int

    @property
    def share(self) -> float | None:
        """Share for train, ties counted half; None without votes."""
        return (self.train + self.ties / 2) / self.n if self.n else None


def distance_votes(release: "np.ndarray", train: "np.ndarray", holdout: "np.ndarray") -> dict[str, Votes]:
    """DCR and NNDR votes for unit vectors of shape (n, d), (m, d), (m, d).

    DCR compares the distance to the nearest train vector with that to the nearest holdout vector; NNDR
    compares the ratios of nearest to second-nearest distance. Without two vectors a side: no votes.

    Raises:
        ValueError: if the two sides differ in size, which would favor the larger one.
    """
    if len(train) != len(holdout):
        raise ValueError("train and holdout must have equal size")
    if len(release) == 0 or len(train) < 2:
        return {name: Votes(0, 0, 0) for name in _WHAT}
    ours, theirs = nearest_two(release, train), nearest_two(release, holdout)
    return {"dcr": _votes(ours[:, 0], theirs[:, 0]), "nndr": _votes(_ratio(ours), _ratio(theirs))}


def nearest_two(queries: "np.ndarray", targets: "np.ndarray") -> "np.ndarray":
    """Cosine distances (n, 2) to the nearest and second-nearest target, by blocked matrix products."""
    blocks = []
    for start in range(0, len(queries), _BLOCK):
        similar = queries[start : start + _BLOCK] @ targets.T
        top = np.partition(similar, -2, axis=1)[:, -2:]
        blocks.append(1.0 - np.sort(top, axis=1)[:, ::-1])
    return np.clip(np.concatenate(blocks), 0.0, 2.0)


def nearest_neighbors(
    votes: Mapping[str, Votes], negative: Mapping[str, Votes], policy: PrivacyPolicy
) -> list[Outcome]:
    """Outcomes of the votes; the control shown beside them is the vote of the control split, which is real text."""
    return [
        Outcome(
            test="nearest_neighbors",
            slice=name,
            unit="share of passages",
            hits=votes[name].train,
            n=votes[name].n,
            ties=votes[name].ties,
            control_hits=negative[name].train,
            control_n=negative[name].n,
            who="released passages",
            what=what,
            null=0.5,
            needs=policy.min_subjects,
            limit=policy.max_neighbor_share - 0.5,
        )
        for name, what in _WHAT.items()
    ]


def _votes(train: "np.ndarray", holdout: "np.ndarray") -> Votes:
    ties = np.abs(train - holdout) <= _TIE
    return Votes(int(np.sum((train < holdout) & ~ties)), int(np.sum(ties)), len(train))


def _ratio(distances: "np.ndarray") -> "np.ndarray":
    return (distances[:, 0] + 1e-8) / (distances[:, 1] + 1e-8)
