"""Keyed draws of one document, and the keyed set of real values that no surrogate may equal.

What is drawn belongs to the surrogate modules.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from resources.vault import Keys

_ATTEMPTS = 64


class DocumentKey:
    """Numbers that depend on the secret, the seed, the document and the parts named, on nothing else.

    K_doc = HMAC(K, seed, document): surrogates agree inside a document and never across documents.
    """

    def __init__(self, keys: Keys, seed: int, document: str) -> None:
        self._key = bytes.fromhex(keys.hash("masking_document", str(seed), document))

    def draw(self, *parts: str | int) -> int:
        """A 63-bit number."""
        message = b"".join(len(p).to_bytes(4, "big") + p for p in (str(part).encode() for part in parts))
        return int.from_bytes(hashlib.blake2b(message, digest_size=8, key=self._key).digest(), "big") >> 1

    def pick(self, pool: Sequence[str], *parts: str | int) -> str:
        """One element of a non-empty pool."""
        return pool[self.draw(*parts) % len(pool)]


class RealValues:
    """Keyed hashes of values detected in the raw rows; membership only, nothing can be read back."""

    def __init__(self, keys: Keys, values: Iterable[str] = ()) -> None:
        self._key = keys.derive("masking_real_values")
        self._hashes = {self._hash(value) for value in values}

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and self._hash(value) in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def _hash(self, value: str) -> bytes:
        folded = " ".join(value.casefold().split())
        return hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=16, key=self._key).digest()


def first_fresh(draw: Callable[[int], str], is_taken: Callable[[str], bool]) -> str | None:
    """The first drawn value that is not taken, re-drawing with a counter; None when all are."""
    return next((value for value in map(draw, range(_ATTEMPTS)) if value and not is_taken(value)), None)
