"""What was computed once: a keyed, encrypted result store in one SQLite file.

A row's name is a keyed hash of (fingerprint, method, parameters, input) and its value is encrypted,
so the file holds no text and a different key finds nothing. Nothing of the policy enters the name:
an unrelated edit of the configuration keeps every result.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resources.errors import IntegrityError
from resources.keys import Keys

_BUSY_SECONDS = 120.0
_LOOKUP = 500
_SCHEMA = "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value BLOB NOT NULL, created REAL NOT NULL)"


class ResultCache:
    """JSON values by key. Each `put` is one transaction, so a killed process loses one batch at most."""

    def __init__(self, path: Path, keys: Keys) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._keys = keys
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)

    def key(self, fingerprint: str, method: str, params: str, item: str) -> str:
        """Name of a result: HMAC over length-prefixed parts, useless without the project's key."""
        return self._keys.hash("cache", fingerprint, method, params, item)

    def get(self, names: Sequence[str]) -> dict[str, Any]:
        """The stored values among `names`; raise IntegrityError for altered bytes."""
        found: dict[str, Any] = {}
        for i in range(0, len(names), _LOOKUP):
            part = names[i : i + _LOOKUP]
            marks = ",".join("?" * len(part))
            with self._lock:
                rows = self._db.execute(f"SELECT key, value FROM results WHERE key IN ({marks})", part).fetchall()  # noqa: S608
            found |= {name: self._open(name, value) for name, value in rows}
        return found

    def put(self, values: Mapping[str, Any]) -> None:
        """Store values in one transaction; the first result of a name stays."""
        now = time.time()
        rows = [(name, self._keys.encrypt(json.dumps([name, v]).encode()), now) for name, v in values.items()]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO results VALUES (?, ?, ?)", rows)
            self._db.execute("COMMIT")

    def prune(self, keep_days: float) -> int:
        """Delete what is older than `keep_days` and give the space back; returns the number of rows."""
        with self._lock:
            gone = self._db.execute(
                "DELETE FROM results WHERE created < ?", (time.time() - keep_days * 86400,)
            ).rowcount
            self._db.execute("VACUUM")
        return gone

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._db.close()

    def _open(self, name: str, value: bytes) -> Any:
        stored, result = json.loads(self._keys.decrypt(value))
        if stored != name:  # a valid value moved under another name
            raise IntegrityError("a cached result does not belong to its key: delete the model cache")
        return result
