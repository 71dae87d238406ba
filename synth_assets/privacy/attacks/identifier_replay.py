"""Are identifiers of train subjects found in the released text, more often than those of the holdout?

Phantom-controlled disclosure (Amin et al. 2026): values that only a holdout subject has cannot have leaked, so their
matches are coincidences, and the excess of train over them is the leak. One vote a subject. What is left of a damaged
identifier (a rare part of a name, a value with one character changed) is weaker evidence than a whole value.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.identifiers import CUSTOM, Identifiers
from synth_assets.privacy.evidence.passages import Side
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import Matches, TokenStream, find, fold, sequence_hash, spread, word_id
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
_SHORTEST = 4
"""Letters or digits of a word that is compared up to one character; shorter ones are near too many others."""


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


def count(
    identifiers: Identifiers,
    name: str,
    what: str,
    known: "np.ndarray",
    met: "np.ndarray",
    sides: tuple[Side, Side] = ("train", "holdout"),
) -> Outcome:
    """Subjects with an identifier where `known` is true, and those of whom one is also `met`, on two sides."""
    hits, n, control_hits, control_n = (
        len(identifiers.owners(side, where)) for side in sides for where in (known & met, known)
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


class NameParts(NamedTuple):
    """Words of unique full names that one subject of train and holdout alone has: word id, index of the identifier."""

    ids: "np.ndarray"
    owners: "np.ndarray"


def name_parts(evidence: Evidence) -> NameParts:
    """The rare parts of the unique names of a corpus."""
    passages, identifiers, stream = evidence.corpus.passages, evidence.identifiers, evidence.words
    subject_of = {p.subject: i for i, p in enumerate(passages)}
    subjects = np.array([subject_of[p.subject] for p in passages], dtype=np.int64)[stream.owner]
    alone = set(stream.ids[spread(stream.ids, subjects) == 1].tolist())
    parts = [
        (word_id(word), i)
        for i, (value, kind) in enumerate(zip(identifiers.values, identifiers.types, strict=True))
        if kind == "person"
        for word in value.split()
        if len(word) >= _SHORTEST and word_id(word) in alone
    ]
    return NameParts(np.array([key for key, _ in parts], np.uint64), np.array([i for _, i in parts], np.int64))


def damaged_identifiers(release: Release) -> list[Outcome]:
    """Subjects of whom a rare part of a name occurs, and subjects of whom an altered value occurs."""
    identifiers, parts = release.evidence.identifiers, release.evidence.once(name_parts)
    known, met = np.zeros((2, len(identifiers.values)), dtype=bool)
    known[parts.owners] = True
    met[parts.owners[np.isin(parts.ids, release.words.ids)]] = True
    rare = "have a part of a name that nobody else has, occurring in the text"
    return [count(identifiers, "name_part", rare, known, met), altered(identifiers, release.words)]


def altered(identifiers: Identifiers, release: TokenStream) -> Outcome:
    """Subjects with a unique identifier that occurs with one character of one word changed.

    Values of two to six words are searched with one word left open, which must be at Levenshtein distance 1.
    """
    met = np.zeros(len(identifiers.values), dtype=bool)
    by_width: dict[int, list[int]] = {}
    for index, value in enumerate(identifiers.values):
        by_width.setdefault(len(fold(value)), []).append(index)
    for width, indices in by_width.items():
        if 2 <= width <= 6:
            for place in range(width):
                _search(width, place, indices, identifiers.values, release, met)
    what = "have a unique identifier that occurs with one character changed"
    return count(identifiers, "altered", what, np.ones(len(met), dtype=bool), met)


def _search(
    width: int, place: int, indices: Sequence[int], values: Sequence[str], release: TokenStream, met: "np.ndarray"
) -> None:
    """Mark the values whose words other than number `place` match, and whose word `place` is one edit away."""
    from rapidfuzz.distance import Levenshtein

    starts = np.flatnonzero(release.remaining >= width)
    seen = _around(release, starts, width, place)
    order = np.argsort(seen, kind="stable")
    ordered = seen[order]
    for index in indices:
        words = values[index].split()
        if met[index] or len(words[place]) < _SHORTEST:
            continue
        key = _key(words[:place], words[place + 1 :])
        first, last = np.searchsorted(ordered, key, "left"), np.searchsorted(ordered, key, "right")
        here = {release.words[starts[i] + place] for i in order[first:last].tolist()}
        met[index] = any(Levenshtein.distance(words[place], word, score_cutoff=1) == 1 for word in here)


def _around(release: TokenStream, starts: "np.ndarray", width: int, place: int) -> "np.ndarray":
    left = release.hashes_at(starts, place) if place else np.zeros(len(starts), dtype=np.uint64)
    rest = width - place - 1
    right = release.hashes_at(starts + place + 1, rest) if rest and len(starts) else np.zeros(len(starts), np.uint64)
    return left + right * np.uint64(3)


def _key(left: Sequence[str], right: Sequence[str]) -> "np.uint64":
    ours = np.uint64(sequence_hash(left)) if left else np.uint64(0)
    theirs = np.uint64(sequence_hash(right)) if right else np.uint64(0)
    with np.errstate(over="ignore"):
        return np.uint64(ours + theirs * np.uint64(3))


REPLAY = Attack(
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
DAMAGED = Attack(
    title="Damaged identifiers",
    asks="Does the text contain rare parts of names, or identifiers with one character changed?",
    order=11,
    run=damaged_identifiers,
    titles={
        "identifier_replay/name_part": "Rare parts of names",
        "identifier_replay/altered": "Identifiers with one character changed",
    },
    identity=("identifier_replay/*",),
)
