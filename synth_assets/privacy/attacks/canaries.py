"""Do planted canaries, which no person wrote, show in the released text, when those kept out do not?

Canary's Echo (Meeus et al. 2025) at its simplest: not a score but a search for what only one canary
has, its identifiers and its word windows. The kept-out canaries come from the same generator.
"""

import numpy as np

from synth_assets.privacy.attacks.identifier_replay import subjects_with
from synth_assets.privacy.identifiers import Identifiers
from synth_assets.privacy.matching import find
from synth_assets.privacy.outcome import Outcome
from synth_assets.privacy.passages import Corpus
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.tokens import TokenStream


def canaries(
    corpus: Corpus, raw: TokenStream, identifiers: Identifiers, release: TokenStream, policy: PrivacyPolicy
) -> list[Outcome]:
    """Canaries whose direct identifiers, and whose own word windows, occur. `raw` holds `corpus.passages`."""
    if policy.min_canaries == 0:
        return []
    replayed = np.zeros(len(identifiers.values), dtype=bool)
    replayed[find(identifiers.values, release).value] = True
    met, planted, kept_out, all_kept_out = (
        len(subjects_with(identifiers, side, policy.direct_types, where))
        for side in ("planted", "kept_out")
        for where in (replayed, None)
    )
    identifying = Outcome(
        test="canaries",
        slice="identifiers",
        unit="share of canaries",
        claim="identity",
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
    return [identifying, _windows(corpus, raw, release, policy)]


def _windows(corpus: Corpus, raw: TokenStream, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    hashes, starts = raw.windows(policy.canary_words)
    texts = raw.owner[starts]
    unique, first, code = np.unique(hashes, return_index=True, return_inverse=True)
    elsewhere = np.zeros(len(unique), dtype=bool)
    np.logical_or.at(elsewhere, code, texts != texts[first][code])
    met = np.isin(hashes, release.windows(policy.canary_words)[0])
    sides = np.array(corpus.side_of, dtype=str)[texts]
    own = ~elsewhere[code]
    planted, kept_out = own & (sides == "planted"), own & (sides == "kept_out")
    return Outcome(
        test="canaries",
        slice=f"words_{policy.canary_words}",
        unit="share of canaries",
        claim="membership",
        hits=len(np.unique(texts[planted & met])),
        n=len(np.unique(texts[planted])),
        control_hits=len(np.unique(texts[kept_out & met])),
        control_n=len(np.unique(texts[kept_out])),
        who="canaries",
        what=f"have {policy.canary_words} words in a row of their own that occur in the text",
        needs=policy.min_canaries,
        control_needs=policy.min_canaries,
        limit=policy.max_overlap_excess,
    )
