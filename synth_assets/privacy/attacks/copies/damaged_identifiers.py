"""What is left of a damaged identifier: a rare part of a name alone, or a value with one character changed.

Both are weaker evidence than a whole value; the holdout shows how often they occur by coincidence.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.copies.identifier_replay import count
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import TokenStream, fold, sequence_hash, word_id
from synth_assets.privacy.results import Outcome

_SHORTEST = 4
"""Letters or digits of a word that is compared up to one character; shorter ones are near too many others."""


class NameParts(NamedTuple):
    """Words of unique full names that one subject of train and holdout alone has: word id, index of the identifier."""

    ids: "np.ndarray"
    owners: "np.ndarray"


def name_parts(evidence: Evidence) -> NameParts:
    """The rare parts of the unique names of a corpus."""
    passages, identifiers, stream = evidence.corpus.passages, evidence.identifiers, evidence.words
    subject_of = {p.subject: i for i, p in enumerate(passages)}
    subjects = np.array([subject_of[p.subject] for p in passages])[stream.owner]
    pairs = np.unique(np.stack([stream.ids, subjects.astype(np.uint64)], axis=1), axis=0)
    ids, counts = np.unique(pairs[:, 0], return_counts=True)
    alone = set(ids[counts == 1].tolist())
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


ATTACK = Attack(
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
