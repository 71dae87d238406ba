"""Does one half of a document lead to the same released row as the other half: is a person's own row found?

The attacker knows half of a document of everybody, every other run of four words, and takes a row for the row of a
person if each is the likest to the other: the row of all rows, the half of all halves. It is the person's row if the
half which the attacker does not know leads to it as well. Both halves go through the whole document, so that an excerpt
is found by both.

Rows need not belong to anybody: a synthesized release is attacked as a masked one is. Chance is not 0: subjects of the
holdout have no row, and tell how often two halves meet because they are about the same thing. Given the release, who is
in train and who in the holdout was drawn at random: the comparison is exact whatever the release holds, and however
large the sides and the release are.

Equal texts are one row, rows of one released subject (a person, or a synthetic document) count as one, and a row of
several texts is known by its longest. Different texts that a feature cannot tell apart tie; no attacker could do better
than guess, so one of them is taken, by hash. To count them all would only raise chance, and hide small leaks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.features import BITS, READERS, Feature, Vectors, hashed, products, style, topic
from synth_assets.privacy.attacks.reidentification import identifier_words
from synth_assets.privacy.evidence.passages import Passage, pick
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.results import Outcome
from synth_assets.privacy.stages import ALL_BUT_POSITIVE
from synth_assets.text.draws import order_key

_PURPOSE = "synth_assets.privacy.linkage"
_RUN = 4  # words that a half takes at a time: enough for pairs of words and for style
_LEAST_WORDS = 10  # of a document, so that a half says something
_ROWS = 8192  # compared at a time
_DECIMALS = 6  # of a cosine; what differs less is equally alike
_AGREED = 2  # features that lead to a row: fewer by chance, so that a smaller leak is seen
_ENCODED = 5  # released texts embedded, in samples of a side


class Halves(NamedTuple):
    """Halves of one document a subject, in an order that does not depend on the side.

    Attributes:
        subjects: whose they are.
        train: which of them are of train, bool of shape (subjects,).
        first: the half that the attacker knows.
        second: the half that confirms.
        hidden: folded words of each subject's identifiers, by which nobody is to be found here.
    """

    subjects: Sequence[str]
    train: "np.ndarray"
    first: Sequence[str]
    second: Sequence[str]
    hidden: Sequence[frozenset[str]]


class Rows(NamedTuple):
    """Distinct texts of a release. `owners`: sparse matrix, texts x released subjects, 1 where a subject has a text."""

    texts: Sequence[str]
    owners: Any


def linkage(release: Release) -> Iterator[Outcome]:
    """Subjects whose two halves lead to the same row: by topic, by style, by sentence vectors, and by two of these."""
    policy, halves = release.policy, release.evidence.once(known_halves)
    rows = released_rows(release.passages, frozenset(halves.subjects))
    found = {feature: find(release.evidence, rows) for feature, find in _FEATURES.items()}
    found["agreed"] = np.sum(list(found.values()), axis=0) >= _AGREED
    for feature, linked in found.items():
        yield Outcome(
            test="linkage",
            slice=feature,
            hits=int(np.sum(linked & halves.train)),
            n=int(np.sum(halves.train)),
            control_hits=int(np.sum(linked & ~halves.train)),
            control_n=int(np.sum(~halves.train)),
            what=f"have a document of which each half by itself leads to the same released row, by {_BY[feature]}",
            needs=policy.min_subjects,
            control_needs=policy.min_controls,
            limit=policy.max_linkage_excess,
        )


def known_halves(evidence: Evidence) -> Halves:
    """One document a subject, of ten words or more, at most `attribute_subjects` subjects a side, chosen by hash.

    The sides may differ in size, which the exact test allows for.
    """
    limit, hidden = evidence.policy.attribute_subjects, identifier_words(evidence.identifiers)
    long = [[p for p in evidence.corpus.sides[s] if len(p.text.split()) >= _LEAST_WORDS] for s in ("train", "holdout")]
    train, holdout = (pick(side, limit) for side in long)
    chosen = sorted([*train, *holdout], key=lambda p: order_key(_PURPOSE, p.subject))
    members, cut = {p.subject for p in train}, [halves_of(p.text) for p in chosen]
    return Halves(
        [p.subject for p in chosen],
        np.array([p.subject in members for p in chosen], dtype=bool),
        [first for first, _ in cut],
        [second for _, second in cut],
        [hidden.get(p.subject, frozenset()) for p in chosen],
    )


def halves_of(text: str) -> tuple[str, str]:
    """Every other run of four words, and the runs between them."""
    words = text.split()
    first, second = (" ".join(w for i, w in enumerate(words) if i // _RUN % 2 == side) for side in (0, 1))
    return first, second


def released_rows(passages: Sequence[Passage], prefer: frozenset[str] = frozenset()) -> Rows:
    """The longest text of every row, each distinct text once, those of subjects in `prefer` first, then by hash."""
    from scipy.sparse import csr_matrix

    longest = {p.id: p for p in sorted(passages, key=lambda p: (len(p.text), p.text))}
    having: dict[str, set[str]] = {}
    for passage in longest.values():
        if passage.text.strip():
            having.setdefault(passage.text, set()).add(passage.subject)
    texts = sorted(having, key=lambda text: (prefer.isdisjoint(having[text]), order_key(_PURPOSE, text)))
    column = {subject: i for i, subject in enumerate(sorted({s for own in having.values() for s in own}))}
    pairs = [(i, column[subject]) for i, text in enumerate(texts) for subject in having[text]]
    row, owner = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    ones = np.ones(len(pairs), dtype=np.int32)
    return Rows(texts, csr_matrix((ones, (row, owner)), shape=(len(texts), len(column))))


def same_owner(first: "np.ndarray", second: "np.ndarray", owners: Any) -> "np.ndarray":
    """Whether the rows that two halves lead to have a released subject in common: bool, shape (queries,).

    Args:
        first: index of the row that the first half of each query leads to; -1 for none.
        second: the same for the second half.
        owners: sparse matrix, rows x released subjects.
    """
    linked = np.zeros(len(first), dtype=bool)
    both = np.flatnonzero((first >= 0) & (second >= 0))
    common = owners[first[both]].multiply(owners[second[both]]).sum(axis=1)
    linked[both] = np.asarray(common).ravel() > 0
    return linked


def mutual_rows(queries: Any, against: Callable[[slice], Any], rows: int) -> "np.ndarray":
    """The row that each query leads to: int64, shape (queries,); -1 where they are not each the likest to the other.

    Where several are equally alike, the first is taken.

    Args:
        queries: matrix (queries, columns), sparse or dense.
        against: the transposed vectors of a span of rows.
        rows: how many there are.
    """
    count = queries.shape[0]
    row, best = np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.float32)
    query, claimed = np.full(rows, -1, dtype=np.int64), np.zeros(rows, dtype=np.float32)
    for start in range(0, rows, _ROWS):
        span, at = slice(start, start + _ROWS), 0
        for block in products(queries, against(span)):
            alike = np.round(block, _DECIMALS)
            part = slice(at, at + len(block))
            _raise(best[part], row[part], alike.max(axis=1), alike.argmax(axis=1) + start)
            _raise(claimed[span], query[span], alike.max(axis=0), alike.argmax(axis=0) + at)
            at += len(block)
    return np.where((row >= 0) & (query[row] == np.arange(count)), row, -1) if rows else row


def _raise(best: "np.ndarray", place: "np.ndarray", values: "np.ndarray", places: "np.ndarray") -> None:
    """Put larger values, and where they are, in place of the best so far."""
    better = values > best
    best[better], place[better] = values[better], places[better]


def _by_words(known: Callable[[Evidence], "_Known"], feature: Feature) -> "_Find":
    """By the words of topic or style; document frequencies are those of the release."""

    def find(evidence: Evidence, rows: Rows) -> "np.ndarray":
        halves = evidence.once(known)
        if not halves[0].shape[0] or not rows.texts:
            return np.zeros(halves[0].shape[0], dtype=bool)
        vectors = Vectors.fit(hashed([READERS[feature]((text,)) for text in rows.texts], BITS[feature]))
        first, second = (mutual_rows(vectors.weigh(half), vectors.against, len(rows.texts)) for half in halves)
        return same_owner(first, second, rows.owners)

    return find


def _by_vectors(evidence: Evidence, rows: Rows) -> "np.ndarray":
    """By the vectors of beginnings, of at most five samples of released texts, those of attacked subjects first."""
    first, second = evidence.once(_embedded)
    policy = evidence.policy
    texts = rows.texts[: _ENCODED * policy.neighbor_sample]
    if not texts or not len(first):
        return np.zeros(len(first), dtype=bool)
    heads = [" ".join(text.split()[: policy.neighbor_words]) for text in texts]
    vectors = np.asarray(evidence.models.encoder.encode(heads))
    near, other = (mutual_rows(half, lambda span: vectors[span].T, len(texts)) for half in (first, second))
    return same_owner(near, other, rows.owners[: len(texts)])


def _topics(evidence: Evidence) -> "_Known":
    halves = evidence.once(known_halves)
    first, second = (
        hashed([topic((text,), hide) for text, hide in zip(side, halves.hidden, strict=True)], BITS["topic"])
        for side in (halves.first, halves.second)
    )
    return first, second


def _styles(evidence: Evidence) -> "_Known":
    halves = evidence.once(known_halves)
    first, second = (hashed([style((text,)) for text in side], BITS["style"]) for side in (halves.first, halves.second))
    return first, second


def _embedded(evidence: Evidence) -> "_Known":
    """Vectors of what the halves have of the first `neighbor_words` words: no more of a released text is embedded."""
    halves = evidence.once(known_halves)
    heads = [" ".join(half.split()[: evidence.policy.neighbor_words // 2]) for half in (*halves.first, *halves.second)]
    vectors = np.asarray(evidence.models.encoder.encode(heads))
    return vectors[: len(halves.first)], vectors[len(halves.first) :]


_Known = tuple[Any, Any]
_Find = Callable[[Evidence, Rows], "np.ndarray"]
_FEATURES: Mapping[str, _Find] = {
    "topic": _by_words(_topics, "topic"),
    "style": _by_words(_styles, "style"),
    "meaning": _by_vectors,
}
_BY = {
    "topic": "topic",
    "style": "style",
    "meaning": "sentence vectors",
    "agreed": "two of topic, style and sentence vectors",
}

ATTACK = Attack(
    title="Linkage",
    asks="Does half of a document lead to the row that was made from it?",
    order=105,
    run=linkage,
    titles={
        "linkage/agreed": "Own row found by two features",
        **{f"linkage/{feature}": f"Own row found by {_BY[feature]}" for feature in _FEATURES},
    },
    stages=ALL_BUT_POSITIVE,
    answers={"Linkability": "linkage/*"},
)
