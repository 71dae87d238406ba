"""Keywords: sets of content words that stand together in documents of at least k subjects of one theme of a label.

A set grows word by word. Each word is drawn in proportion to the subjects that share it with the words before, and to
how much more frequent it is in the theme than elsewhere. A word that would leave fewer than k subjects is never
drawn, so that every set, and every part of it, is shared by k.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from synth_assets.synthesis.support import Support

_LIFT_MAX = 20.0
"""A word that no other theme has is not preferred without bound."""


class Drawn(NamedTuple):
    """Keywords in the order drawn, and the subjects of the theme that share them."""

    words: tuple[str, ...]
    support: int


@dataclass(frozen=True)
class Vocabulary:
    """Words that prompts on one theme may hold.

    Attributes:
        subjects: of the theme.
        bits: of each word, the subjects that use it.
        lift: how much more frequent it is in the theme than in the whole corpus, at most 20.
    """

    subjects: int
    bits: Mapping[str, int]
    lift: Mapping[str, float]

    def draw(self, size: int, k: int, rng: random.Random) -> Drawn:
        """A set of at most `size` words; fewer where no further word leaves k subjects."""
        chosen: list[str] = []
        shared = -1  # all bits: everybody
        while len(chosen) < size:
            counts = {w: (bits & shared).bit_count() for w, bits in self.bits.items() if w not in chosen}
            able = {word: count for word, count in counts.items() if count >= k}
            if not able:
                break
            (word,) = rng.choices(list(able), [count * self.lift[word] for word, count in able.items()])
            chosen.append(word)
            shared &= self.bits[word]
        return Drawn(tuple(chosen), shared.bit_count() if chosen else self.subjects)


class Content(NamedTuple):
    """What a document is about: the number of its subject, its label, and its content words."""

    subject: int
    label: str | None
    words: Sequence[str]


def themes(
    contents: Sequence[Content], vectors: np.ndarray, k: int, size: int, documents: int
) -> dict[str | None, list[Vocabulary]]:
    """The themes of each label that k subjects have: groups of similar documents with the words that they share.

    A theme has at least 2k subjects; documents of smaller groups belong to the theme of the whole label, which is also
    that of a label too small for several. A label in which k subjects share no word has one theme without words.

    Args:
        contents: of all documents.
        vectors: their unit vectors (documents, dimension).
        k: least subjects of a word or a set of words.
        size: most words of a theme, the most widespread first.
        documents: documents that a theme should have.
    """
    everybody: Support[str] = Support()
    rows: defaultdict[str | None, list[int]] = defaultdict(list)
    for row, content in enumerate(contents):
        rows[content.label].append(row)
        for word in content.words:
            everybody.add(word, content.subject)
    total = len({content.subject for content in contents})
    found: dict[str | None, list[Vocabulary]] = {}
    for label in sorted(rows, key=str):
        if len({contents[row].subject for row in rows[label]}) < k:
            continue
        groups = _groups(contents, rows[label], vectors, 2 * k, documents)
        known = [_vocabulary([contents[row] for row in group], everybody, total, k, size) for group in groups]
        found[label] = known
    return found


def _groups(
    contents: Sequence[Content], rows: Sequence[int], vectors: np.ndarray, least: int, documents: int
) -> list[list[int]]:
    """Clusters of the rows of one label (k-means), the small ones joined."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    count = len(rows) // documents
    if count < 2:
        return [list(rows)]
    with threadpool_limits(limits=1):  # several threads add their sums in no repeatable order
        assigned = KMeans(count, n_init=3, random_state=0).fit_predict(vectors[rows])
    groups = [[row for row, group in zip(rows, assigned, strict=True) if group == number] for number in range(count)]
    large = [group for group in groups if len({contents[row].subject for row in group}) >= least]
    rest = [row for group in groups if group not in large for row in group]
    return [*large, list(rows)] if rest else large


def _vocabulary(documents: Sequence[Content], everybody: Support[str], total: int, k: int, size: int) -> Vocabulary:
    own: Support[str] = Support()
    for document in documents:
        for word in document.words:
            own.add(word, document.subject)
    subjects = len({document.subject for document in documents})
    common = own.at_least(k)
    kept = sorted(common, key=lambda word: (-common[word].bit_count(), word))[:size]
    lift = {word: (own.count(word) / subjects) / (everybody.count(word) / total) for word in kept}
    return Vocabulary(
        subjects,
        {word: common[word] for word in kept},
        {word: min(_LIFT_MAX, value) for word, value in lift.items()},
    )
