"""Which canary of each pair was planted, told from the words of the release alone.

The bigram signal of "The Canary's Echo" (Meeus et al. 2025, arXiv:2502.14921), calibrated by documents that took no
part. A fair coin chose one canary of each pair, so without a leak half of the guesses are right, and the count of
right ones bounds epsilon from below.
"""

from dataclasses import dataclass

import numpy as np

from synth_assets.differential_privacy.one_run_audit import epsilon_lower_bound
from synth_assets.privacy.evidence.bigrams import bigram_scores
from synth_assets.privacy.evidence.passages import Corpus
from synth_assets.privacy.evidence.tokens import TokenStream, tokenize
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Outcome


@dataclass(frozen=True, eq=False)
class CanaryPairs:
    """Canaries as one stream: texts 2k and 2k + 1 are the planted and the kept-out canary of pair k."""

    stream: TokenStream
    pairs: int
    calibration: "np.ndarray"

    @classmethod
    def of(cls, corpus: Corpus) -> "CanaryPairs":
        """The pairs of which both canaries are known, scored on the raw holdout and control documents."""
        planted, kept_out = (
            {p.pair: p.text for p in corpus.sides[side] if p.pair is not None} for side in ("planted", "kept_out")
        )
        shared = sorted(planted.keys() & kept_out.keys())
        stream = tokenize([text for pair in shared for text in (planted[pair], kept_out[pair])])
        outsiders = tokenize([p.text for side in ("holdout", "control") for p in corpus.sides[side]])
        return cls(stream, len(shared), bigram_scores(stream, 2 * len(shared), outsiders))


def echo(found: CanaryPairs, release: TokenStream, policy: PrivacyPolicy) -> list[Outcome | Bound]:
    """Pairs told apart by the release, and the epsilon that so many right guesses prove."""
    if policy.min_canaries == 0 or found.pairs == 0:
        return []
    scores = bigram_scores(found.stream, 2 * found.pairs, release) - found.calibration
    lead = scores[0::2] - scores[1::2]
    right, ties = int(np.sum(lead > 0)), int(np.sum(lead == 0))
    told_apart = Outcome(
        test="canaries",
        slice="echo",
        unit="share of pairs",
        hits=right,
        n=found.pairs,
        control_hits=0,
        control_n=0,
        who="pairs of canaries",
        what="give away which one was planted, by the words of the text alone",
        null=0.5,
        ties=ties,
        needs=policy.min_canaries,
        limit=policy.max_overlap_excess,
    )
    return [told_apart, _bound(right, found.pairs, policy)]


def _bound(right: int, pairs: int, policy: PrivacyPolicy) -> Bound:
    """Every pair is guessed, and a tie counts as wrong: what is fixed in advance cannot be tuned."""
    proven, most = (
        epsilon_lower_bound(pairs, pairs, correct, policy.audit_delta, policy.confidence) for correct in (right, pairs)
    )
    unit = "one planted canary exchanged for its twin"
    return Bound("audit", "canaries", proven, most, right, pairs, policy.audit_delta, policy.max_epsilon, unit)
