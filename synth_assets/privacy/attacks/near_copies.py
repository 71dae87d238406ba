"""Does the released text hold near copies of raw documents (Kandpal et al. 2022; "Mosaic memory", arXiv 2405.15523)?

A text repeated with some words changed is memorized almost like one repeated verbatim. Three measures: a longer passage
contains the document, the passage is an excerpt of the document (both by word shingles), and the whole texts are a
small edit apart. A de-identified release quotes masked text, so near copies of prose are expected there and say only
that a document took part.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.passages import Corpus
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import TokenStream, spread, tokenize
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Outcome

_WORDS = 3  # so that the q-gram lemma still bites at 20 % of edits; with 5-word shingles it says nothing
_LEAST_SHINGLES = 8  # texts of fewer are alike by coincidence
_BLOCK = 1024
_ROUNDING = 1e-9  # 7 of 10 are .7 of them, whatever 0.7 * 10 is in binary
_WHAT = {
    "shingles": "have a document of which a near copy (most of its {0}-word runs, no boilerplate) occurs in the text",
    "excerpts": "have a document of which a passage of the text is a near copy of a part (most of its {0}-word runs)",
    "edit": "have a document of which a near copy (few words inserted, deleted or replaced) occurs in the text",
}


class Shingles(NamedTuple):
    """Distinct (shingle, text) pairs: hashes (uint64) and the index of the text, equal-length arrays."""

    hashes: "np.ndarray"
    owner: "np.ndarray"


@dataclass(frozen=True, eq=False)
class NearCopies:
    """Documents of train and holdout with an exact inverted index of their shingles.

    Attributes:
        stream: words of the documents.
        subject: of each document, as an index.
        train: whether each is a train document.
        vocabulary: sorted shingles that are no boilerplate.
        boilerplate: sorted shingles that many subjects share.
        index: sparse matrix, documents x vocabulary, 1 where a shingle occurs.
        size: shingles of each document.
        policy: what counts as a near copy.
    """

    stream: TokenStream
    subject: "np.ndarray"
    train: "np.ndarray"
    vocabulary: "np.ndarray"
    boilerplate: "np.ndarray"
    index: Any
    size: "np.ndarray"
    policy: PrivacyPolicy

    @classmethod
    def of(cls, corpus: Corpus, policy: PrivacyPolicy) -> "NearCopies":
        """Index the documents of train and holdout."""
        sides = corpus.sides
        documents = (*sides["train"], *sides["holdout"])
        stream = tokenize([p.text for p in documents])
        _, subject = np.unique(np.array([p.subject for p in documents], dtype=str), return_inverse=True)
        train = np.arange(len(documents)) < len(sides["train"])
        shingles = shingle_sets(stream)
        rare = spread(shingles.hashes, subject[shingles.owner]) < policy.boilerplate_subjects
        vocabulary, column = np.unique(shingles.hashes[rare], return_inverse=True)
        boilerplate = np.unique(shingles.hashes[~rare])
        index = _occurrences(shingles.owner[rare], column, (len(documents), len(vocabulary)))
        size = np.bincount(shingles.owner[rare], minlength=len(documents))
        return cls(stream, subject, train, vocabulary, boilerplate, index, size, policy)

    def outcomes(self, words: TokenStream, passages: int) -> list[Outcome]:
        """Subjects with a near copy, by measure. A subject counts if a document of it has at least 8 rare shingles.

        shingles: a passage contains `near_copy_similarity` of the document's shingles or more, as every passage of that
        Jaccard similarity does. excerpts: the document contains as many of the passage's shingles. edit: the word-level
        Levenshtein distance, divided by the words of the longer text, is `near_copy_edits` or less.

        Args:
            words: of the release.
            passages: how many it has.
        """
        shingles = shingle_sets(words)
        shingles = Shingles(*(part[~np.isin(shingles.hashes, self.boilerplate)] for part in shingles))
        size = np.bincount(shingles.owner, minlength=passages)
        met: dict[str, list[np.ndarray]] = {name: [np.empty(0, np.int64)] for name in _WHAT}
        near: list[np.ndarray] = []
        for passage, document, shared in self._overlaps(shingles, passages):
            shared = shared + _ROUNDING
            met["shingles"].append(document[shared >= self.policy.near_copy_similarity * self.size[document]])
            long = size[passage] >= _LEAST_SHINGLES
            met["excerpts"].append(document[long & (shared >= self.policy.near_copy_similarity * size[passage])])
            longer = np.maximum(self.size[document], size[passage])
            possible = shared >= least_shared(longer, self.policy.near_copy_edits)
            near.append(np.stack([passage[possible], document[possible]], axis=1))
        met["edit"].append(self._edited(np.concatenate([np.empty((0, 2), np.int64), *near]), words, passages))
        return [self._outcome(name, np.concatenate(documents)) for name, documents in met.items()]

    def _overlaps(self, release: Shingles, passages: int) -> Iterator[tuple["np.ndarray", "np.ndarray", "np.ndarray"]]:
        """Passage, document and number of shared shingles of every pair that shares one, block by block."""
        known = np.isin(release.hashes, self.vocabulary)
        column = np.searchsorted(self.vocabulary, release.hashes[known])
        rows = _occurrences(release.owner[known], column, (passages, len(self.vocabulary)))
        documents = self.index.T.tocsr()
        for start in range(0, passages, _BLOCK):
            pairs = (rows[start : start + _BLOCK] @ documents).tocoo()
            yield pairs.row.astype(np.int64) + start, pairs.col.astype(np.int64), pairs.data

    def _edited(self, pairs: "np.ndarray", words: TokenStream, passages: int) -> "np.ndarray":
        """Documents of the candidate pairs (passage, document), shape (n, 2), that are few edits apart."""
        from rapidfuzz.distance import Levenshtein

        ours, theirs = _texts(self.stream, len(self.subject)), _texts(words, passages)
        near: set[int] = set()
        for passage, document in pairs.tolist():
            if document in near:
                continue
            one, other = theirs[passage], ours[document]
            cutoff = int(self.policy.near_copy_edits * max(len(one), len(other)) + _ROUNDING)
            if Levenshtein.distance(one.tolist(), other.tolist(), score_cutoff=cutoff) <= cutoff:
                near.add(document)
        return np.array(sorted(near), dtype=np.int64)

    def _outcome(self, name: str, met: "np.ndarray") -> Outcome:
        measured = self.size >= _LEAST_SHINGLES
        hit = np.zeros(len(self.subject), dtype=bool)
        hit[met] = True
        train, holdout = measured & self.train, measured & ~self.train
        return Outcome(
            test="near_copies",
            slice=name,
            hits=self._count(hit & train),
            n=self._count(train),
            control_hits=self._count(hit & holdout),
            control_n=self._count(holdout),
            what=_WHAT[name].format(_WORDS),
            needs=self.policy.min_subjects,
            control_needs=self.policy.min_controls,
            limit=self.policy.max_overlap_excess,
        )

    def _count(self, documents: "np.ndarray") -> int:
        return len(np.unique(self.subject[documents]))


def near_copies(release: Release) -> list[Outcome]:
    """Subjects with a near copy in the release, by measure."""
    return release.evidence.once(_index).outcomes(release.words, len(release.passages))


def _index(evidence: Evidence) -> NearCopies:
    return NearCopies.of(evidence.corpus, evidence.policy)


def shingle_sets(stream: TokenStream) -> Shingles:
    """The distinct runs of three folded words of each text."""
    hashes, starts = stream.windows(_WORDS)
    owner = stream.owner[starts]
    order = np.lexsort((hashes, owner))
    hashes, owner = hashes[order], owner[order]
    new = np.ones(len(hashes), dtype=bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    return Shingles(hashes[new], owner[new])


def least_shared(longer: "np.ndarray", edits: float) -> "np.ndarray":
    """Shingles that two texts at most `edits` apart must share, if the longer has `longer` of them; at least 1.

    The q-gram lemma (Ukkonen 1992): one edit destroys at most q shingles, and of w words at most `edits` * w are
    edited. It holds for texts that repeat no shingle; what is boilerplate is left out of both sides.
    """
    return np.maximum(1.0, longer - _WORDS * edits * (longer + _WORDS - 1))


def _occurrences(row: "np.ndarray", column: "np.ndarray", shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(len(row), dtype=np.int32), (row, column)), shape=shape)


def _texts(stream: TokenStream, count: int) -> list["np.ndarray"]:
    """The word ids of each text."""
    borders = np.searchsorted(stream.owner, np.arange(count + 1))
    return [stream.ids[start:end] for start, end in pairwise(borders.tolist())]


ATTACK = Attack(
    title="Near copies",
    asks="Does the text contain a raw document, or an excerpt of one, with some words changed?",
    order=30,
    run=near_copies,
    titles={
        "near_copies/shingles": "A document inside a passage",
        "near_copies/excerpts": "A passage out of a document",
        "near_copies/edit": "A document with few words changed",
    },
)
