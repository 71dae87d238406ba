"""What is left of an identifier that was damaged: a rare part of a name alone, or a value with one character changed.

Whole identifiers belong to `identifier_replay`. Both are weaker evidence than a whole value, so that the phantoms of
the holdout decide what they mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.passages import Corpus
from synth_assets.privacy.evidence.tokens import TokenStream, fold, sequence_hash, word_id
from synth_assets.privacy.results import Outcome

_SHORTEST = 4
"""Letters or digits of a word that is compared up to one character; shorter ones are near too many others."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Words of unique full names that stand at one subject of train and holdout only: word id, subject, side."""

    ids: "np.ndarray"
    subjects: tuple[str, ...]
    sides: tuple[str, ...]

    @classmethod
    def of(cls, identifiers: Identifiers, corpus: Corpus, stream: TokenStream) -> "Parts":
        """`stream` holds `corpus.passages` in order."""
        subject_of = {p.subject: i for i, p in enumerate(corpus.passages)}
        subjects = np.array([subject_of[p.subject] for p in corpus.passages])[stream.owner]
        pairs = np.unique(np.stack([stream.ids, subjects.astype(np.uint64)], axis=1), axis=0)
        ids, counts = np.unique(pairs[:, 0], return_counts=True)
        alone = set(ids[counts == 1].tolist())
        found = sorted(
            {
                (word_id(word), identifiers.subjects[i], identifiers.sides[i])
                for i, (value, kind) in enumerate(zip(identifiers.values, identifiers.types, strict=True))
                if kind == "person"
                for word in value.split()
                if len(word) >= _SHORTEST and word_id(word) in alone
            }
        )
        return cls(
            np.array([key for key, _, _ in found], dtype=np.uint64),
            tuple(subject for _, subject, _ in found),
            tuple(side for _, _, side in found),
        )

    def outcome(self, release: TokenStream) -> Outcome:
        """Subjects of whom such a word occurs in the text."""
        met = np.isin(self.ids, release.ids)
        return _votes("name_part", "have a part of a name that nobody else has, occurring in the text", self, met)


def altered(identifiers: Identifiers, release: TokenStream) -> Outcome:
    """Subjects with a unique identifier of which all words but one are in the text, that one with one letter changed.

    Exact search for one wildcard word in values of two to six words; a substitution, insertion or deletion of one
    character (Levenshtein distance 1).
    """
    met = np.zeros(len(identifiers.values), dtype=bool)
    by_width: dict[int, list[int]] = {}
    for index, value in enumerate(identifiers.values):
        by_width.setdefault(len(fold(value)), []).append(index)
    for width, indices in by_width.items():
        if 2 <= width <= 6:
            for place in range(width):
                _search(width, place, indices, identifiers.values, release, met)
    return _votes("altered", "have a unique identifier that occurs with one character changed", identifiers, met)


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


def _votes(name: str, what: str, known: Identifiers | Parts, met: "np.ndarray") -> Outcome:
    def count(side: str, only: "np.ndarray | None" = None) -> int:
        return len({s for i, s in enumerate(known.subjects) if known.sides[i] == side and (only is None or only[i])})

    return Outcome(
        test="identifier_replay",
        slice=name,
        unit="share of subjects",
        hits=count("train", met),
        n=count("train"),
        control_hits=count("holdout", met),
        control_n=count("holdout"),
        who="subjects",
        what=what,
    )
