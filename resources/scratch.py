"""Temporary storage on disk for values that do not fit into memory: encrypted, and gone with the process.

Each `Scratch` has a new key that is never written; its file is removed from the folder as soon as it is open, so that a
killed process leaves nothing behind.
"""

import json
import secrets
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from resources.folders import private_folder
from resources.keys import SECRET_BYTES, Keys

_PAGE = 256


class Scratch:
    """JSON values on named shelves, by key, read in key order. For one thread at a time.

    Keys are stored in plain text, so use hashes.

    Args:
        folder: folder of the file; None keeps values in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._keys = Keys.from_secret(secrets.token_bytes(SECRET_BYTES))
        self._path = None
        if folder is not None:
            private_folder(folder)
            self._path = folder / f".{uuid.uuid4().hex}.scratch"
            self._path.touch(mode=0o600)
        self._db = sqlite3.connect(self._path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE items (shelf TEXT, key TEXT, value BLOB, PRIMARY KEY (shelf, key))")
        self._remove()

    def put(self, shelf: str, items: Iterable[tuple[str, Any]]) -> None:
        """Store values; the last value of a key stays."""
        sealed = ((shelf, key, self._keys.encrypt(json.dumps(value).encode())) for key, value in items)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", sealed)
        self._db.execute("COMMIT")

    def get(self, shelf: str, key: str) -> Any:
        """The value of a key, or None."""
        query = "SELECT value FROM items WHERE shelf = ? AND key = ?"
        row = self._db.execute(query, (shelf, key)).fetchone()
        return self._open(row[0]) if row else None

    def items(self, shelf: str) -> Iterator[tuple[str, Any]]:
        """(key, value) in key order; other shelves may be written meanwhile."""
        query = "SELECT key, value FROM items WHERE shelf = ? AND key > ? ORDER BY key LIMIT ?"
        last = ""
        while page := self._db.execute(query, (shelf, last, _PAGE)).fetchall():
            yield from ((key, self._open(value)) for key, value in page)
            last = page[-1][0]

    def count(self, shelf: str) -> int:
        """Number of keys on a shelf."""
        return int(self._db.execute("SELECT count(*) FROM items WHERE shelf = ?", (shelf,)).fetchone()[0])

    def close(self) -> None:
        """Release the space; safe to call twice."""
        self._db.close()
        self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _remove(self) -> None:
        """Remove the file; Windows refuses while it is open, so there `close` does it."""
        with suppress(PermissionError):
            if self._path is not None:
                self._path.unlink(missing_ok=True)

    def _open(self, sealed: bytes) -> Any:
        return json.loads(self._keys.decrypt(sealed))
