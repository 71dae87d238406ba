"""Do planted canaries, which no person wrote, show in the released text, when those kept out do not?

Two forms of "The Canary's Echo" (Meeus et al. 2025, arXiv:2502.14921). A search for what one canary alone has: its
identifiers and its word windows. And a guess which canary of each pair was planted, by the bigrams of the release,
calibrated on documents that took no part: a fair coin chose it, so without a leak half of the guesses are right, and
the number of right ones bounds epsilon from below.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from synth_assets.differential_privacy.accounting import epsilon_lower_bound
from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.identifier_replay import count, search
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import TokenStream, bigram_scores, spread, tokenize
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Outcome
from synth_assets.privacy.stages import ALL_BUT_NEGATIVE


class OwnWindows(NamedTuple):
    """Word windows that one canary alone has: hash, index of the canary's text, and whether it was planted."""

    hashes: "np.ndarray"
    texts: "np.ndarray"
    planted: "np.ndarray"


def own_windows(evidence: Evidence) -> OwnWindows:
    """The windows of `canary_words` words that no other raw text has."""
    hashes, starts = evidence.words.windows(evidence.policy.canary_words)
    texts = evidence.words.owner[starts]
    sides = np.array(evidence.corpus.side_of, dtype=str)[texts]
    kept = np.isin(sides, ("planted", "kept_out")) & (spread(hashes, texts) == 1)
    return OwnWindows(hashes[kept], texts[kept], sides[kept] == "planted")


@dataclass(frozen=True, eq=False)
class CanaryPairs:
    """Canaries as one stream: texts 2k and 2k + 1 are the planted and the kept-out canary of pair k."""

    stream: TokenStream
    pairs: int
    calibration: "np.ndarray"

    @classmethod
    def of(cls, evidence: Evidence) -> "CanaryPairs":
        """The pairs of which both canaries are known, scored on the raw holdout and control documents."""
        sides = evidence.corpus.sides
        planted, kept_out = (
            {p.pair: p.text for p in sides[side] if p.pair is not None} for side in ("planted", "kept_out")
        )
        shared = sorted(planted.keys() & kept_out.keys())
        stream = tokenize([text for pair in shared for text in (planted[pair], kept_out[pair])])
        outsiders = tokenize([p.text for p in sides["holdout"] + sides["control"]])
        return cls(stream, len(shared), bigram_scores(stream, 2 * len(shared), outsiders))


def canaries(release: Release) -> Iterator[Outcome | Bound]:
    """Canaries whose identifiers or windows occur, pairs guessed correctly, and the epsilon that these prove."""
    if release.policy.min_canaries:
        yield _identifiers(release)
        yield _windows(release)
        yield from echo(release.evidence.once(CanaryPairs.of), release.words, release.policy)


def _identifiers(release: Release) -> Outcome:
    policy, met, identifiers = release.policy, release.once(search).met, release.evidence.identifiers
    known, what = identifiers.of_types(policy.direct_types), "have direct identifiers that occur in the text"
    outcome = count(identifiers, "identifiers", what, known, met, ("planted", "kept_out"))
    return replace(
        outcome,
        test="canaries",
        unit="share of canaries",
        who="canaries",
        confirmed=outcome.hits,
        allowed=policy.max_confirmed,
        needs=policy.min_canaries,
        control_needs=policy.min_canaries,
    )


def _windows(release: Release) -> Outcome:
    policy = release.policy
    hashes, texts, planted = release.evidence.once(own_windows)
    met = np.isin(hashes, release.words.windows(policy.canary_words)[0])
    return Outcome(
        test="canaries",
        slice=f"words_{policy.canary_words}",
        unit="share of canaries",
        hits=len(np.unique(texts[planted & met])),
        n=len(np.unique(texts[planted])),
        control_hits=len(np.unique(texts[~planted & met])),
        control_n=len(np.unique(texts[~planted])),
        who="canaries",
        what=f"have {policy.canary_words} words in a row of their own that occur in the text",
        needs=policy.min_canaries,
        control_needs=policy.min_canaries,
        limit=policy.max_overlap_excess,
    )


def echo(known: CanaryPairs, release: TokenStream, policy: PrivacyPolicy) -> Iterator[Outcome | Bound]:
    """Pairs of which the words of a release give away the planted canary, and the epsilon that so many prove.

    Every pair is guessed, and a tie counts as wrong in the bound: nothing is tuned to the data.
    """
    if known.pairs == 0:
        return
    scores = bigram_scores(known.stream, 2 * known.pairs, release) - known.calibration
    lead = scores[0::2] - scores[1::2]
    right = int(np.sum(lead > 0))
    yield Outcome(
        test="canaries",
        slice="echo",
        unit="share of pairs",
        hits=right,
        n=known.pairs,
        who="pairs of canaries",
        what="give away which one was planted, by the words of the text alone",
        null=0.5,
        ties=int(np.sum(lead == 0)),
        needs=policy.min_canaries,
        limit=policy.max_overlap_excess,
    )
    proven, most = (
        epsilon_lower_bound(known.pairs, known.pairs, correct, policy.audit_delta, policy.confidence)
        for correct in (right, known.pairs)
    )
    unit = "one planted canary exchanged for its twin"
    yield Bound("audit", "canaries", proven, most, right, known.pairs, policy.audit_delta, policy.max_epsilon, unit)


ATTACK = Attack(
    title="Canaries",
    asks="Do planted documents show in the text, when those kept out do not?",
    order=40,
    run=canaries,
    titles={
        "canaries/identifiers": "Identifiers of planted documents",
        "canaries/words_*": "{} words in a row",
        "canaries/echo": "Pairs guessed correctly",
        "audit/canaries": "Epsilon, lower bound by planted documents",
    },
    # a negative control holds no canary, and canaries say nothing about false alarms in real text
    stages=ALL_BUT_NEGATIVE,
)
