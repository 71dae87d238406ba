"""Are personal data of train subjects found inside the released text, more often than the holdout's (phantoms)?

Phantom-controlled disclosure (Amin et al. 2026): values that only a holdout subject has cannot have
leaked, so their matches are coincidences, and the excess of train over them is the leak. One vote a
subject. Which values are searched is decided in `identifiers`.
"""

from collections.abc import Collection

import numpy as np

from synth_assets.privacy.identifiers import Identifiers
from synth_assets.privacy.matching import find
from synth_assets.privacy.outcome import Outcome
from synth_assets.privacy.passages import Side
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.tokens import TokenStream

_WORDS = {
    "all": "unique identifiers of any type",
    "direct": "unique direct identifiers (e-mail addresses, numbers)",
    "email": "unique e-mail addresses",
    "iban": "unique bank account numbers",
    "number": "unique long numbers",
    "phone": "unique phone numbers",
    "person": "unique full names",
}


def replayed_values(identifiers: Identifiers, release: TokenStream) -> "np.ndarray":
    """For each unique identifier: is it anywhere in the released text?"""
    replayed = np.zeros(len(identifiers.values), dtype=bool)
    replayed[find(identifiers.values, release).value] = True
    return replayed


def identifier_replay(identifiers: Identifiers, replayed: "np.ndarray", policy: PrivacyPolicy) -> list[Outcome]:
    """Subjects with a replayed identifier, for all types, the direct ones, and each type that the corpus has."""
    present = sorted(set(identifiers.types))
    slices: dict[str, tuple[str, ...]] = {"direct": policy.direct_types, "all": tuple(_WORDS)}
    slices |= {kind: (kind,) for kind in present}
    return [_outcome(name, types, identifiers, replayed, policy) for name, types in slices.items()]


def subjects_with(
    identifiers: Identifiers, side: Side, types: Collection[str], where: "np.ndarray | None" = None
) -> frozenset[str]:
    """Subjects of a side that have an identifier of these types, optionally only those where `where` is true."""
    return frozenset(
        identifiers.subjects[i]
        for i in range(len(identifiers.values))
        if identifiers.sides[i] == side and identifiers.types[i] in types and (where is None or where[i])
    )


def _outcome(
    name: str, types: Collection[str], identifiers: Identifiers, replayed: "np.ndarray", policy: PrivacyPolicy
) -> Outcome:
    confirmed = replayed & np.array(identifiers.confirmed, dtype=bool)
    return Outcome(
        test="identifier_replay",
        slice=name,
        unit="share of subjects",
        claim="identity" if name in ("direct", "all") else "none",
        hits=len(subjects_with(identifiers, "train", types, replayed)),
        n=len(subjects_with(identifiers, "train", types)),
        control_hits=len(subjects_with(identifiers, "holdout", types, replayed)),
        control_n=len(subjects_with(identifiers, "holdout", types)),
        who="subjects",
        what=f"have {_WORDS[name]} that occur in the text",
        confirmed=len(subjects_with(identifiers, "train", types, confirmed)) if name == "direct" else None,
        allowed=policy.max_confirmed,
        needs=policy.min_subjects if name == "all" else 0,
        control_needs=policy.min_controls if name == "all" else 0,
        limit=policy.max_replay_excess,
    )
