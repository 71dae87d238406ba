"""Are personal data of train subjects found inside the released text, more often than the holdout's (phantoms)?

Phantom-controlled disclosure (Amin et al. 2026): values that only a holdout subject has cannot have
leaked, so their matches are coincidences, and the excess of train over them is the leak. One vote a
subject. Which values are searched is decided in `identifiers`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.matching import Matches, find
from synth_assets.privacy.evidence.passages import Side
from synth_assets.privacy.evidence.tokens import TokenStream
from synth_assets.privacy.in_force import CUSTOM
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Outcome

_WORDS = {
    "all": "unique identifiers of any type",
    "direct": "unique direct identifiers (e-mail addresses, numbers)",
    "email": "unique e-mail addresses",
    "iban": "unique bank account numbers",
    "number": "unique long numbers",
    "phone": "unique phone numbers",
    "person": "unique full names",
}


class Replay(NamedTuple):
    """`met`: for each unique identifier, is it anywhere in the release? `matches`: where it stands."""

    met: "np.ndarray"
    matches: Matches


def replayed_values(identifiers: Identifiers, release: TokenStream) -> Replay:
    """Search every unique identifier in the released text."""
    matches = find(identifiers.values, release)
    met = np.zeros(len(identifiers.values), dtype=bool)
    met[matches.value] = True
    return Replay(met, matches)


def identifier_replay(
    identifiers: Identifiers, replay: Replay, release: TokenStream, rows: Sequence[str], policy: PrivacyPolicy
) -> list[Outcome]:
    """Subjects with a replayed identifier, for all types, the direct ones, each type that the corpus has, and linked.

    `rows`: the id of the released row of each text of `release`; texts of one row are read together.
    """
    present = sorted(set(identifiers.types))
    slices: dict[str, tuple[str, ...]] = {"direct": policy.direct_types, "all": tuple(present)}
    slices |= {kind: (kind,) for kind in present}
    outcomes = [_outcome(name, types, identifiers, replay.met, policy) for name, types in slices.items()]
    linked = _together(identifiers, replay.matches, release, rows)
    everybody = outcomes[1]
    return [
        *outcomes,
        replace(
            everybody,
            slice="linked",
            what="have two or more unique identifiers together in one row of the text",
            hits=sum(1 for side, _ in linked if side == "train"),
            control_hits=sum(1 for side, _ in linked if side == "holdout"),
        ),
    ]


def _together(
    identifiers: Identifiers, matches: Matches, release: TokenStream, rows: Sequence[str]
) -> set[tuple[Side, str]]:
    """Subjects of whom two different unique identifiers stand in one released row."""
    values: dict[tuple[str, str], set[int]] = defaultdict(set)
    for value, text in zip(matches.value.tolist(), release.owner[matches.start].tolist(), strict=True):
        values[identifiers.subjects[value], rows[text]].add(value)
    side = dict(zip(identifiers.subjects, identifiers.sides, strict=True))
    return {(side[subject], subject) for (subject, _), found in values.items() if len(found) > 1}


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
        hits=len(subjects_with(identifiers, "train", types, replayed)),
        n=len(subjects_with(identifiers, "train", types)),
        control_hits=len(subjects_with(identifiers, "holdout", types, replayed)),
        control_n=len(subjects_with(identifiers, "holdout", types)),
        who="subjects",
        what=f"have {_words(name)} that occur in the text",
        confirmed=len(subjects_with(identifiers, "train", types, confirmed)) if name == "direct" else None,
        allowed=policy.max_confirmed,
        needs=policy.min_subjects if name == "all" else 0,
        control_needs=policy.min_controls if name == "all" else 0,
        limit=policy.max_replay_excess,
    )


def _words(name: str) -> str:
    """A slice in words; a declared type by the name its policy gives it."""
    declared = name.removeprefix(CUSTOM)
    return _WORDS[name] if declared == name else f"unique values of the declared type {declared.upper()}"
