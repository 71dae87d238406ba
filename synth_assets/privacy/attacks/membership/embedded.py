"""The attacks that compare sentence vectors: every side of the corpus is embedded once, every release once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from resources.models.protocols import SentenceEncoder
from synth_assets.privacy.attacks.membership.membership import Membership
from synth_assets.privacy.attacks.membership.nearest_neighbors import Votes, distance_votes, nearest_neighbors
from synth_assets.privacy.evidence.passages import Corpus, Passage, Side, pick
from synth_assets.privacy.evidence.tokens import tokenize
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Counted


@dataclass(frozen=True, eq=False)
class Embedded:
    """Unit vectors of one passage a subject by side, and what they are compared with.

    `train` and `holdout` are of equal size, so that distances favor neither; `votes` are those of the control split,
    the null to look at.
    """

    corpus: Corpus
    encoder: SentenceEncoder
    policy: PrivacyPolicy
    train: Sequence[Passage]
    vectors: Mapping[Side, "np.ndarray"]
    votes: Mapping[str, Votes]
    membership: Membership

    @classmethod
    def of(cls, corpus: Corpus, policy: PrivacyPolicy, encoder: SentenceEncoder) -> "Embedded":
        """Embed all sides of a corpus."""
        chosen = {side: pick(passages, policy.neighbor_sample) for side, passages in corpus.sides.items()}
        vectors = {side: _encode(passages, policy, encoder) for side, passages in chosen.items()}
        size = min(len(chosen["train"]), len(chosen["holdout"]))
        votes = distance_votes(vectors["control"], vectors["train"][:size], vectors["holdout"][:size])
        membership = Membership.of(corpus, vectors, _reference(chosen["control"]), policy.neighbor_sample)
        return cls(corpus, encoder, policy, chosen["train"][:size], vectors, votes, membership)

    def outcomes(self, released: Sequence[Passage]) -> list[Counted]:
        """Distances and membership, first of all for the subjects that are on the embedded train side."""
        present = frozenset(p.subject for p in self.train)
        chosen = pick(_longest(released), self.policy.neighbor_sample, present)
        return self._compare(released, chosen)

    def negative(self) -> list[Counted]:
        """The same for the control split posing as a release, less the half that membership is calibrated on."""
        chosen = pick(self.corpus.sides["control"], self.policy.neighbor_sample)
        rest = [p for p, reference in zip(chosen, _reference(chosen), strict=True) if not reference]
        return self._compare(rest, rest)

    def _compare(self, released: Sequence[Passage], chosen: Sequence[Passage]) -> list[Counted]:
        size = len(self.train)
        ours = _encode(chosen, self.policy, self.encoder)
        votes = distance_votes(ours, self.vectors["train"][:size], self.vectors["holdout"][:size])
        planted = _encode([p for p in released if p.canary], self.policy, self.encoder)
        near = np.concatenate([ours, planted.reshape(-1, ours.shape[1])]) if len(ours) else planted
        release = tokenize([p.text for p in released])
        return [
            *nearest_neighbors(votes, self.votes, self.policy),
            *self.membership.outcomes(release, near, self.policy),
        ]


def _longest(released: Sequence[Passage]) -> list[Passage]:
    """The longest passage of each released row that no canary gave."""
    longest: dict[str, Passage] = {}
    for passage in released:
        known = longest.get(passage.id)
        if not passage.canary and (known is None or len(passage.text) > len(known.text)):
            longest[passage.id] = passage
    return list(longest.values())


def _reference(control: Sequence[Passage]) -> "np.ndarray":
    """Every second subject of the control split, in the order of `pick`, which is by hash."""
    every_second: np.ndarray = np.arange(len(control)) % 2 == 0
    return every_second


def _encode(passages: Sequence[Passage], policy: PrivacyPolicy, encoder: SentenceEncoder) -> "np.ndarray":
    heads = [" ".join(p.text.split()[: policy.neighbor_words]) for p in passages]
    vectors: np.ndarray = np.asarray(encoder.encode(heads))
    return vectors
