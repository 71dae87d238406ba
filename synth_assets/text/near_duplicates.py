"""MinHash signatures and the bands that make likely neighbors meet (Broder, 1997; Leskovec et al., ch. 3)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from synth_assets.text.words import shingles

RECALL = 0.99  # share of pairs at the threshold that must meet in a band
ROWS = range(8, 0, -1)  # longer bands meet less often by chance

Signatures = npt.NDArray[np.uint32]


def sign(words: Sequence[str], shingle_words: int, permutations: int, seed: int) -> Signatures:
    """Signature of a text's shingles, shape (permutations,). The seed is secret, so signatures betray no phrase."""
    sketch = RMinHash(permutations, seed)  # the class's bulk methods hand every call to a thread pool
    sketch.update(shingles(words, shingle_words))
    return np.array(sketch.digest(), dtype=np.uint32)


def similarity(one: Signatures, many: Signatures) -> npt.NDArray[np.float64]:
    """Estimated Jaccard similarity of one signature with each of many; standard error sqrt(s(1-s)/permutations)."""
    return np.asarray((many == one).mean(axis=1))


def rows_per_band(permutations: int, threshold: float) -> int:
    """The longest band for which pairs at `threshold` still meet with probability RECALL: 1-(1-t^r)^(p/r)."""
    fitting = (r for r in ROWS if 1 - (1 - threshold**r) ** (permutations // r) >= RECALL)
    return next(fitting, 1)


def shared_buckets(signatures: Signatures, rows: int) -> npt.NDArray[np.int64]:
    """Bucket of every document in every band, shape (documents, bands); -1 where it would be alone."""
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
