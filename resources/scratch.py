"""Values too many for memory, on disk while a run needs them: encrypted, and gone with the process.

What the values are belongs to whoever keeps them. The key is drawn anew for each scratch and never written; the file
is removed from its folder as soon as it is open, so that a killed process leaves nothing behind.
"""

import json
import secrets
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from resources.keys import SECRET_BYTES, Keys

_PAGE = 256


class Scratch:
    """JSON values on named shelves, by key, read in the order of keys.

    Keys are stored as they are: take hashes. One thread at a time.

    Args:
        folder: where the file is made; none: in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._keys = Keys.from_secret(secrets.token_bytes(SECRET_BYTES))
        self._path = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._path = folder / f".{uuid.uuid4().hex}.scratch"
            self._path.touch(mode=0o600)
        self._db = sqlite3.connect(self._path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE items (shelf TEXT, key TEXT, value BLOB, PRIMARY KEY (shelf, key))")
        self._remove()

    def put(self, shelf: str, items: Iterable[tuple[str, Any]]) -> None:
        """Keep values; the last one of a key stays."""
        sealed = ((shelf, key, self._keys.encrypt(json.dumps(value).encode())) for key, value in items)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", sealed)
        self._db.execute("COMMIT")

    def get(self, shelf: str, key: str) -> Any:
        """The value of a key, or None."""
        query = "SELECT value FROM items WHERE shelf = ? AND key = ?"
        found = self._db.execute(query, (shelf, key)).fetchone()
        return self._open(found[0]) if found else None

    def items(self, shelf: str) -> Iterator[tuple[str, Any]]:
        """(key, value) in the order of keys; other shelves may be written meanwhile."""
        query = "SELECT key, value FROM items WHERE shelf = ? AND key > ? ORDER BY key LIMIT ?"
        last = ""
        while page := self._db.execute(query, (shelf, last, _PAGE)).fetchall():
            yield from ((key, self._open(value)) for key, value in page)
            last = page[-1][0]

    def count(self, shelf: str) -> int:
        """How many keys a shelf has."""
        return int(self._db.execute("SELECT count(*) FROM items WHERE shelf = ?", (shelf,)).fetchone()[0])

    def close(self) -> None:
        """Give the space back; safe to call twice."""
        self._db.close()
        self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _remove(self) -> None:
        """Windows keeps an open file: there it goes when it is closed."""
        try:
            if self._path is not None:
                self._path.unlink(missing_ok=True)
        except PermissionError:
            pass

    def _open(self, sealed: bytes) -> Any:
        return json.loads(self._keys.decrypt(sealed))
