"""Finds near-duplicate texts by MinHash signatures and banding (Broder, 1997; Leskovec et al., ch. 3)."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from synth_assets.text.words import shingles, words

RECALL = 0.99  # share of pairs at the threshold that must meet in a band
ROWS = range(8, 0, -1)  # longer bands meet less often by chance
_PERMUTATIONS = 128
_SHINGLE_WORDS = 5
_SEED = 1  # of signatures that are compared at once and never stored

Signatures = npt.NDArray[np.uint32]


def sign(tokens: Sequence[str], shingle_words: int, permutations: int, seed: int) -> Signatures:
    """Signature of a text's shingles, shape (permutations,); a secret seed keeps a stored one from being probed."""
    sketch = RMinHash(permutations, seed)  # the class's bulk methods hand every call to a thread pool
    sketch.update(shingles(tokens, shingle_words))
    return np.array(sketch.digest(), dtype=np.uint32)


def similarity(one: Signatures, many: Signatures) -> npt.NDArray[np.float64]:
    """Estimated Jaccard similarity of one signature with each of many; standard error sqrt(s(1-s)/permutations)."""
    return np.asarray((many == one).mean(axis=1))


def rows_per_band(permutations: int, threshold: float) -> int:
    """The longest band in which pairs at `threshold` still meet with probability RECALL: 1-(1-t^r)^(p/r)."""
    fitting = (r for r in ROWS if 1 - (1 - threshold**r) ** (permutations // r) >= RECALL)
    return next(fitting, 1)


def shared_buckets(signatures: Signatures, rows: int) -> npt.NDArray[np.int64]:
    """Bucket of each document in each band, shape (documents, bands); -1 where it is alone."""
    count, permutations = signatures.shape
    bands = permutations // rows
    buckets = np.full((count, bands), -1, dtype=np.int64)
    for band in range(bands):
        keys = np.ascontiguousarray(signatures[:, band * rows : (band + 1) * rows])
        packed = keys.view(np.dtype((np.void, keys.dtype.itemsize * rows))).ravel()
        _, inverse, sizes = np.unique(packed, return_inverse=True, return_counts=True)
        shared = sizes[inverse] > 1
        buckets[shared, band] = inverse[shared] * bands + band
    return buckets


class Neighbors:
    """Compares documents with those added before them.

    Args:
        signatures: of all documents, shape (documents, permutations).
        threshold: similarity from which on pairs must be seen; less similar pairs are seen by chance.
    """

    def __init__(self, signatures: Signatures, threshold: float) -> None:
        self._signatures = signatures
        self._buckets = shared_buckets(signatures, rows_per_band(signatures.shape[1], threshold))
        self._members: dict[int, list[int]] = defaultdict(list)

    def of(self, document: int) -> list[tuple[int, float]]:
        """Added documents that share a bucket with `document`, in order, with their estimated similarity."""
        near = sorted({other for bucket in self._shared(document) for other in self._members[bucket]})
        values = similarity(self._signatures[document], self._signatures[near]).tolist() if near else []
        return list(zip(near, values, strict=True))

    def add(self, document: int) -> None:
        """Compare later documents with this one."""
        for bucket in self._shared(document):
            self._members[bucket].append(document)

    def _shared(self, document: int) -> list[int]:
        own = self._buckets[document]
        shared: list[int] = own[own >= 0].tolist()
        return shared


def near_pairs(texts: Sequence[str], threshold: float) -> list[tuple[int, int]]:
    """Index pairs (earlier, later) of texts whose estimated similarity of 5-word shingles reaches `threshold`."""
    neighbors = Neighbors(_signatures(texts), threshold)
    pairs: list[tuple[int, int]] = []
    for number in range(len(texts)):
        pairs += [(other, number) for other, value in neighbors.of(number) if value >= threshold]
        neighbors.add(number)
    return pairs


def repeated(texts: Sequence[str], limit: float) -> list[bool]:
    """Whether the similarity of each text with a text kept before it exceeds `limit`; flagged texts are not kept."""
    neighbors = Neighbors(_signatures(texts), limit)
    flags: list[bool] = []
    for number in range(len(texts)):
        flags.append(any(value > limit for _, value in neighbors.of(number)))
        if not flags[-1]:
            neighbors.add(number)
    return flags


def _signatures(texts: Sequence[str]) -> Signatures:
    signatures = [sign(words(text), _SHINGLE_WORDS, _PERMUTATIONS, _SEED) for text in texts]
    return np.array(signatures, dtype=np.uint32).reshape(len(texts), _PERMUTATIONS)
