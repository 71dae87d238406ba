"""What one document votes for: concepts and words of a public vocabulary. Each depends on this document alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.public import Public
from synth_assets.text.words import words


@dataclass(frozen=True)
class Document:
    """The one document of a subject: its label (None where unknown) and its raw text."""

    subject: str
    label: str | None
    text: str


@dataclass(frozen=True)
class Features:
    """The public words of one document.

    Attributes:
        label: place in the public list of labels.
        words: places in the vocabulary, the most important first.
        scores: importance of each, falling.
    """

    label: int
    words: Integers
    scores: np.ndarray


def features(documents: Sequence[Document], public: Public) -> list[Features]:
    """The features of each document."""
    places = {word: place for place, word in enumerate(public.words)}
    return [_features(document, public, places) for document in documents]


def _features(document: Document, public: Public, places: dict[str, int]) -> Features:
    counts = Counter(place for word in words(document.text) if (place := places.get(word)) is not None)
    found = np.array(sorted(counts), np.int64)
    scores = np.array([1 + np.log(counts[int(place)]) for place in found]) * public.weights[found]
    order = np.lexsort((found, -scores))
    return Features(public.label_of(document.label), found[order], scores[order])


def concept_votes(documents: Sequence[Features], public: Public, most: int) -> list[Integers]:
    """Cells label * concepts + concept: the `most` concepts with the largest sum of scores, of each document."""
    votes = []
    for document in documents:
        concepts = public.concept_of[document.words]
        totals = np.bincount(concepts, document.scores, public.concepts)
        best = np.argsort(-totals, kind="stable")[:most]
        votes.append(document.label * public.concepts + best[totals[best] > 0])
    return votes


def word_votes(documents: Sequence[Features], public: Public, kept: np.ndarray, most: int) -> list[Integers]:
    """Cells label * words + word: the `most` best words of the concepts kept for the label, of each document.

    `kept` is (labels, concepts), bool, and was released before.
    """
    votes = []
    for document in documents:
        allowed = kept[document.label][public.concept_of[document.words]]
        votes.append(document.label * len(public.words) + document.words[allowed][:most])
    return votes
