"""What surrogates depend on: keyed draws of a document, the set of real values, and the mapping of a source."""

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np

from resources.errors import IntegrityError
from resources.folders import private_folder
from resources.keys import Keys

_ATTEMPTS = 64
_MERGED = 65_536
_PURPOSE = "masking_mapping"


class DocumentKey:
    """Numbers that depend on the secret, the seed, the document and the parts named, on nothing else.

    K_doc = HMAC(K, seed, document): surrogates agree inside a document and never across documents. With
    `purpose` "masking_source", `document` names a source, and what is drawn agrees in all its documents.
    """

    def __init__(self, keys: Keys, seed: int, document: str, purpose: str = "masking_document") -> None:
        self._key = bytes.fromhex(keys.hash(purpose, str(seed), document))

    def part(self, *parts: str | int) -> Self:
        """An independent key for a part of the document."""
        part = copy(self)
        part._key = self._digest(parts, 16)
        return part

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

    With a million values, the chance that another value is taken for one of them is 10^-13.
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

    def _hash(self, value: str) -> int:
        folded = " ".join(value.casefold().split())
        digest = hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big")


def first_fresh(draw: Callable[[int], str], is_taken: Callable[[str], bool]) -> str | None:
    """The first drawn value that is not taken; `draw` gets a counter. None when all attempts are taken."""
    return next((value for value in map(draw, range(_ATTEMPTS)) if value and not is_taken(value)), None)


class SourceMapping:
    """Surrogates of one source for one purpose, so that its later documents repeat them; only scope "corpus" has one.

    It holds keyed hashes of values and their surrogates, no value, and is encrypted on disk, apart from everything that
    is published. With the secret and the mapping one can test a guess, but not list the values.

    Args:
        keys: the secret; another one knows none of the values and draws other surrogates.
        seed: of the policy.
        source: the source's name.
        purpose: as the policy states it; another purpose draws other surrogates, so that the two cannot be joined.
        entries: keyed hash of (kind, value) -> surrogate.
    """

    def __init__(self, keys: Keys, seed: int, source: str, purpose: str, entries: dict[str, str] | None = None) -> None:
        self._keys = keys
        self._entries = {} if entries is None else entries
        self._used = {surrogate.casefold() for surrogate in self._entries.values()}
        self.key = DocumentKey(keys, seed, keys.hash(_PURPOSE, source, purpose), "masking_source")

    def get(self, kind: str, value: str) -> str | None:
        """The surrogate of a casefolded value; None where none was made yet."""
        return self._entries.get(self._keys.hash(_PURPOSE, kind, value))

    def put(self, kind: str, value: str, surrogate: str) -> None:
        """Keep the surrogate of a value."""
        self._entries[self._keys.hash(_PURPOSE, kind, value)] = surrogate
        self._used.add(surrogate.casefold())

    def is_made(self, surrogate: str) -> bool:
        """Whether it is the surrogate of some value already."""
        return surrogate.casefold() in self._used

    def encrypted(self) -> bytes:
        """All entries, AES-256-GCM."""
        return self._keys.encrypt(json.dumps(self._entries, sort_keys=True).encode())


@contextmanager
def open_mapping(folder: Path, keys: Keys, seed: int, source: str, purpose: str) -> Iterator[SourceMapping]:
    """The mapping kept in `folder`, written back when the block ends without an error; one block at a time.

    A rotated secret, another seed or another purpose starts a new file; the old one can be deleted.

    Raises:
        IntegrityError: the file was altered.
    """
    from filelock import FileLock

    private_folder(folder)
    path = folder / f"{keys.hash(_PURPOSE, str(seed), source, purpose)}.vault"
    with FileLock(path.with_suffix(".lock")):
        entries = json.loads(keys.decrypt(path.read_bytes())) if path.exists() else {}
        if not isinstance(entries, dict):
            raise IntegrityError("a mapping of surrogates holds something else")
        mapping = SourceMapping(keys, seed, source, purpose, entries)
        yield mapping
        _write(path, mapping.encrypted())


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{uuid.uuid4().hex}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
