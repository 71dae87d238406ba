"""Keyed draws of one document, and the keyed set of real values that no surrogate may equal.

What is drawn belongs to the surrogate modules.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from itertools import islice
from typing import Self

import numpy as np

from resources.keys import Keys

_ATTEMPTS = 64
_MERGED = 65_536


class DocumentKey:
    """Numbers that depend on the secret, the seed, the document and the parts named, on nothing else.

    K_doc = HMAC(K, seed, document): surrogates agree inside a document and never across documents. With
    `purpose` "masking_source", `document` names a source, and what is drawn agrees in all its documents.
    """

    def __init__(self, keys: Keys, seed: int, document: str, purpose: str = "masking_document") -> None:
        self._key = bytes.fromhex(keys.hash(purpose, str(seed), document))

    def part(self, *parts: str | int) -> Self:
        """An independent key for a part of the document."""
        made = copy(self)
        made._key = self._digest(parts, 16)
        return made

    def draw(self, *parts: str | int) -> int:
        """A 63-bit number."""
        return int.from_bytes(self._digest(parts, 8), "big") >> 1

    def chance(self, *parts: str | int) -> float:
        """A number in [0, 1)."""
        return self.draw(*parts) / 2**63

    def pick(self, pool: Sequence[str], *parts: str | int) -> str:
        """One element of a non-empty pool."""
        return pool[self.draw(*parts) % len(pool)]

    def _digest(self, parts: Sequence[str | int], size: int) -> bytes:
        encoded = (str(part).encode("utf-8", "surrogatepass") for part in parts)
        message = b"".join(len(p).to_bytes(4, "big") + p for p in encoded)
        return hashlib.blake2b(message, digest_size=size, key=self._key).digest()


class RealValues:
    """Keyed hashes of values detected in the raw rows, 8 bytes each; membership only, nothing can be read back.

    Of a million values, one in 10^13 others is taken for one of them.
    """

    def __init__(self, keys: Keys, values: Iterable[str] = ()) -> None:
        self._key = keys.derive("masking_real_values")
        self._hashes = np.zeros(0, np.uint64)
        waiting = map(self._hash, values)
        while (fresh := np.fromiter(islice(waiting, _MERGED), np.uint64)).size:
            self._hashes = np.union1d(self._hashes, fresh)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, str):
            return False
        number = np.uint64(self._hash(value))
        place = int(np.searchsorted(self._hashes, number))
        return place < len(self._hashes) and bool(self._hashes[place] == number)

    def __len__(self) -> int:
        return len(self._hashes)

    def _hash(self, value: str) -> int:
        folded = " ".join(value.casefold().split())
        digest = hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big")


def first_fresh(draw: Callable[[int], str], is_taken: Callable[[str], bool]) -> str | None:
    """The first drawn value that is not taken, re-drawing with a counter; None when all are."""
    return next((value for value in map(draw, range(_ATTEMPTS)) if value and not is_taken(value)), None)
