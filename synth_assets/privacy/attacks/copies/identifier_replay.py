"""Are identifiers of train subjects found in the released text, more often than those of the holdout?

Phantom-controlled disclosure (Amin et al. 2026): values that only a holdout subject has cannot have leaked, so their
matches are coincidences, and the excess of train over them is the leak. One vote a subject.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.identifiers import CUSTOM, Identifiers
from synth_assets.privacy.evidence.matching import Matches, find
from synth_assets.privacy.evidence.passages import Side
from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.results import Outcome

_SIDES: tuple[Side, ...] = ("train", "holdout")
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
    """For each unique identifier, whether it is anywhere in the release; and where it occurs."""

    met: "np.ndarray"
    matches: Matches


def search(release: Release) -> Replay:
    """Search every unique identifier in the release."""
    values = release.evidence.identifiers.values
    matches = find(values, release.words)
    met = np.zeros(len(values), dtype=bool)
    met[matches.value] = True
    return Replay(met, matches)


def identifier_replay(release: Release) -> list[Outcome]:
    """Subjects with a replayed identifier: direct ones, all types together, each type, and two of them together."""
    identifiers = release.evidence.identifiers
    present = sorted(set(identifiers.types))
    slices: dict[str, tuple[str, ...]] = {"direct": release.policy.direct_types, "all": tuple(present)}
    slices |= {kind: (kind,) for kind in present}
    outcomes = {name: _outcome(name, types, release) for name, types in slices.items()}
    linked = _together(release)
    together = replace(
        outcomes["all"],
        slice="linked",
        what="have two or more unique identifiers together in one row of the text",
        hits=sum(side == "train" for side, _ in linked),
        control_hits=sum(side == "holdout" for side, _ in linked),
    )
    return [*outcomes.values(), together]


def _together(release: Release) -> set[tuple[Side, str]]:
    """Subjects of whom two different unique identifiers occur in one released row."""
    identifiers, matches = release.evidence.identifiers, release.once(search).matches
    texts = release.words.owner[matches.start].tolist()
    values: dict[tuple[str, str], set[int]] = defaultdict(set)
    for value, text in zip(matches.value.tolist(), texts, strict=True):
        values[identifiers.subjects[value], release.passages[text].id].add(value)
    side = dict(zip(identifiers.subjects, identifiers.sides, strict=True))
    return {(side[subject], subject) for (subject, _), own in values.items() if len(own) > 1}


def count(identifiers: Identifiers, name: str, what: str, known: "np.ndarray", met: "np.ndarray") -> Outcome:
    """Subjects with an identifier where `known` is true, and those of whom one is also `met`."""
    hits, n, control_hits, control_n = (
        len(identifiers.owners(side, where)) for side in _SIDES for where in (known & met, known)
    )
    return Outcome("identifier_replay", name, hits, n, what, control_hits, control_n)


def _outcome(name: str, types: Collection[str], release: Release) -> Outcome:
    identifiers, policy, met = release.evidence.identifiers, release.policy, release.once(search).met
    known, confirmed = identifiers.of_types(types), np.array(identifiers.confirmed, dtype=bool)
    words = f"unique values of the declared type {name.removeprefix(CUSTOM).upper()}"
    what = f"have {words if name.startswith(CUSTOM) else _WORDS[name]} that occur in the text"
    return replace(
        count(identifiers, name, what, known, met),
        confirmed=len(identifiers.owners("train", known & met & confirmed)) if name == "direct" else None,
        allowed=policy.max_confirmed,
        needs=policy.min_subjects if name == "all" else 0,
        control_needs=policy.min_controls if name == "all" else 0,
        limit=policy.max_replay_excess,
    )


ATTACK = Attack(
    title="Identifier replay",
    asks="Does the text contain identifiers that a single train subject has?",
    order=10,
    run=identifier_replay,
    titles={
        "identifier_replay/direct": "Direct identifiers",
        "identifier_replay/all": "Any identifier",
        "identifier_replay/linked": "Identifiers of one person together",
        "identifier_replay/email": "E-mail addresses",
        "identifier_replay/iban": "Bank accounts",
        "identifier_replay/number": "Long numbers",
        "identifier_replay/phone": "Phone numbers",
        "identifier_replay/person": "Full names",
        f"identifier_replay/{CUSTOM}*": "Declared type {}",
    },
    identity=("identifier_replay/*",),
)
