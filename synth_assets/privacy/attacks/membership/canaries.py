"""Do planted canaries, which no person wrote, show in the released text, when those kept out do not?

Canary's Echo (Meeus et al. 2025) at its simplest: not a score but a search for what only one canary
has, its identifiers and its word windows. The kept-out canaries come from the same generator.
"""

from typing import NamedTuple

import numpy as np

from synth_assets.privacy.attacks.copies.identifier_replay import subjects_with
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.passages import Corpus
from synth_assets.privacy.evidence.tokens import TokenStream
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Outcome


class OwnWindows(NamedTuple):
    """Word windows that only one canary has: hash, index of the canary's text, and whether it was planted."""

    hashes: "np.ndarray"
    texts: "np.ndarray"
    planted: "np.ndarray"


def own_windows(corpus: Corpus, raw: TokenStream, width: int) -> OwnWindows:
    """The windows of `width` words that no other raw text has. `raw` holds `corpus.passages` in order."""
    hashes, starts = raw.windows(width)
    texts = raw.owner[starts]
    sides = np.array(corpus.side_of, dtype=str)[texts]
    canary = (sides == "planted") | (sides == "kept_out")
    pairs = np.unique(np.stack([hashes[canary], texts[canary].astype(np.uint64)], axis=1), axis=0)
    values, counts = np.unique(pairs[:, 0], return_counts=True)
    own = np.setdiff1d(values[counts == 1], hashes[~canary])
    kept = np.flatnonzero(canary)[np.isin(hashes[canary], own)]
    return OwnWindows(hashes[kept], texts[kept], sides[kept] == "planted")


def canaries(
    own: OwnWindows, identifiers: Identifiers, replayed: "np.ndarray", release: TokenStream, policy: PrivacyPolicy
) -> list[Outcome]:
    """Canaries whose direct identifiers (`replayed`: which were met), and whose own word windows, occur."""
    if policy.min_canaries == 0:
        return []
    met, planted, kept_out, all_kept_out = (
        len(subjects_with(identifiers, side, policy.direct_types, where))
        for side in ("planted", "kept_out")
        for where in (replayed, None)
    )
    identifying = Outcome(
        test="canaries",
        slice="identifiers",
        unit="share of canaries",
        hits=met,
        n=planted,
        control_hits=kept_out,
        control_n=all_kept_out,
        who="canaries",
        what="have direct identifiers that occur in the text",
        confirmed=met,
        allowed=policy.max_confirmed,
        needs=policy.min_canaries,
        control_needs=policy.min_canaries,
    )
    return [identifying, _windows(own, release, policy)]


def _windows(own: OwnWindows, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    met = np.isin(own.hashes, release.windows(policy.canary_words)[0])
    texts, planted = own.texts, own.planted
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
