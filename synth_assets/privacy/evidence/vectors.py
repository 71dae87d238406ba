"""Sentence vectors of the raw sides and of a release: one passage a subject, each embedded once."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.evidence.passages import Passage, Side, pick
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import TokenStream, tokenize
from synth_assets.privacy.stages import NEGATIVE


class SideVectors(NamedTuple):
    """By side, one passage a subject and its unit vector.

    Attributes:
        chosen: the passages.
        vectors: their vectors.
        train: vectors that are compared, as many as of the holdout, so that distances favor neither.
        holdout: vectors that are compared.
        reference: which passages of the control split calibrate membership scores.
    """

    chosen: Mapping[Side, Sequence[Passage]]
    vectors: Mapping[Side, "np.ndarray"]
    train: "np.ndarray"
    holdout: "np.ndarray"
    reference: "np.ndarray"


class ReleaseVectors(NamedTuple):
    """Vectors of a release: one passage a subject, the same with all canaries, and the words they are read with."""

    people: "np.ndarray"
    everything: "np.ndarray"
    words: TokenStream


def side_vectors(evidence: Evidence) -> SideVectors:
    """Embed at most `neighbor_sample` subjects a side, chosen by hash."""
    limit = evidence.policy.neighbor_sample
    chosen = {side: pick(passages, limit) for side, passages in evidence.corpus.sides.items()}
    vectors = {side: _embed(evidence, passages) for side, passages in chosen.items()}
    size = min(len(chosen["train"]), len(chosen["holdout"]))
    reference = np.arange(len(chosen["control"])) % 2 == 0
    return SideVectors(chosen, vectors, vectors["train"][:size], vectors["holdout"][:size], reference)


def release_vectors(release: Release) -> ReleaseVectors:
    """Embed a release, first of all the subjects that are compared on the train side.

    The negative control leaves out the half of the control split that membership scores are calibrated on.
    """
    sides = release.evidence.once(side_vectors)
    if release.stage == NEGATIVE:
        people = [p for p, used in zip(sides.chosen["control"], sides.reference, strict=True) if not used]
        ours, words = _embed(release.evidence, people), tokenize([p.text for p in people])
        return ReleaseVectors(ours, ours, words)
    present = frozenset(p.subject for p in sides.chosen["train"][: len(sides.train)])
    rows = sorted((p for p in reversed(release.passages) if not p.canary), key=lambda p: len(p.text))
    longest = {p.id: p for p in rows}  # passages with one id are the columns of one row: the first of the longest
    people = pick(list(longest.values()), release.policy.neighbor_sample, present)
    ours = _embed(release.evidence, people)
    planted = _embed(release.evidence, [p for p in release.passages if p.canary])
    everything = np.concatenate([ours, planted.reshape(-1, ours.shape[1])]) if len(ours) else planted
    return ReleaseVectors(ours, everything, release.words)


def _embed(evidence: Evidence, passages: Sequence[Passage]) -> "np.ndarray":
    heads = [" ".join(p.text.split()[: evidence.policy.neighbor_words]) for p in passages]
    vectors: np.ndarray = np.asarray(evidence.models.encoder.encode(heads))
    return vectors
