"""Is the released text nearer to train documents than to holdout documents? It can fail a release, never clear one.

Distance to closest record (DCR) and nearest-neighbor distance ratio (NNDR) with sides of equal size, one passage a
subject. Datasets that pass such tests can still be attacked ("The DCR delusion", 2025).
"""

from typing import NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.vectors import release_vectors, side_vectors
from synth_assets.privacy.results import Outcome
from synth_assets.privacy.stages import ALL_BUT_POSITIVE

_BLOCK = 1024
_TIE = 1e-6
_WHAT = {
    "dcr": "are nearer to a train document than to any holdout document",
    "nndr": "single out one train document more sharply than one holdout document",
}


class Votes(NamedTuple):
    """Passages that are nearer to train, that tie, and all of them."""

    train: int
    ties: int
    n: int


def distance_votes(release: "np.ndarray", train: "np.ndarray", holdout: "np.ndarray") -> dict[str, Votes]:
    """DCR and NNDR votes for unit vectors of shape (n, d), (m, d), (m, d).

    DCR compares the distances to the nearest train and the nearest holdout vector; NNDR compares the ratios of nearest
    to second-nearest distance. Without two vectors a side there are no votes.

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


def nearest_neighbors(release: Release) -> list[Outcome]:
    """Votes of the released passages; beside them those of the control split, which is real text."""
    sides, policy = release.evidence.once(side_vectors), release.policy
    votes = distance_votes(release.once(release_vectors).people, sides.train, sides.holdout)
    control = release.evidence.once(_control_votes)
    return [
        Outcome(
            test="nearest_neighbors",
            slice=name,
            unit="share of passages",
            hits=votes[name].train,
            n=votes[name].n,
            ties=votes[name].ties,
            control_hits=control[name].train,
            control_n=control[name].n,
            who="released passages",
            what=what,
            null=0.5,
            needs=policy.min_subjects,
            limit=policy.max_neighbor_share - 0.5,
        )
        for name, what in _WHAT.items()
    ]


def _control_votes(evidence: Evidence) -> dict[str, Votes]:
    sides = evidence.once(side_vectors)
    return distance_votes(sides.vectors["control"], sides.train, sides.holdout)


def _votes(train: "np.ndarray", holdout: "np.ndarray") -> Votes:
    ties = np.abs(train - holdout) <= _TIE
    return Votes(int(np.sum((train < holdout) & ~ties)), int(np.sum(ties)), len(train))


def _ratio(distances: "np.ndarray") -> "np.ndarray":
    return (distances[:, 0] + 1e-8) / (distances[:, 1] + 1e-8)


ATTACK = Attack(
    title="Nearest neighbors",
    asks="Is the text nearer to documents that took part than to others?",
    order=50,
    run=nearest_neighbors,
    titles={
        "nearest_neighbors/dcr": "Distance to the closest record",
        "nearest_neighbors/nndr": "Ratio of the two nearest distances",
    },
    stages=ALL_BUT_POSITIVE,
)
