"""The mapping of a source: what was written for a value, so that it is written again in the source's later documents.

Only scope "corpus" has one. It holds keyed hashes of values and their surrogates, no value, and is encrypted on disk,
apart from everything that is published. Whoever has the secret and the mapping can test a guess; nobody can list.
"""

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resources.errors import IntegrityError
from resources.keys import Keys
from synth_assets.masking.keys import DocumentKey

_PURPOSE = "masking_mapping"


class SourceMapping:
    """Surrogates of one source for one purpose; the first one made for a value stays.

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
        self._made = {made.casefold() for made in self._entries.values()}
        self.key = DocumentKey(keys, seed, keys.hash(_PURPOSE, source, purpose), "masking_source")

    def get(self, kind: str, value: str) -> str | None:
        """What stands for a casefolded value; None where nothing was made yet."""
        return self._entries.get(self._keys.hash(_PURPOSE, kind, value))

    def put(self, kind: str, value: str, made: str) -> None:
        """Keep what was made for a value."""
        self._entries[self._keys.hash(_PURPOSE, kind, value)] = made
        self._made.add(made.casefold())

    def is_made(self, surrogate: str) -> bool:
        """Whether it stands for some value already."""
        return surrogate.casefold() in self._made

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

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{keys.hash(_PURPOSE, str(seed), source, purpose)}.vault"
    with FileLock(path.with_suffix(".lock")):
        mapping = SourceMapping(keys, seed, source, purpose, _read(path, keys))
        yield mapping
        _write(path, mapping.encrypted())


def _read(path: Path, keys: Keys) -> dict[str, str]:
    if not path.exists():
        return {}
    entries = json.loads(keys.decrypt(path.read_bytes()))
    if not isinstance(entries, dict):
        raise IntegrityError("a mapping of surrogates holds something else")
    return entries


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{uuid.uuid4().hex}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
