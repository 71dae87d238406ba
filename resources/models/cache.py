"""Results of models, computed once: an encrypted store keyed by input, in one SQLite file.

The name of a row is a keyed hash of (fingerprint, method, parameters, input) and its value is encrypted, so the file
contains no text and another key finds nothing. The policy is not part of the name: editing it keeps every result.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from resources.errors import IntegrityError
from resources.folders import private_folder
from resources.keys import Keys

RESULTS = "results.sqlite"
"""Name of the file in a home's cache folder."""
_BUSY_SECONDS = 120.0
_LOOKUP = 500
_SCHEMA = "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value BLOB NOT NULL, created REAL NOT NULL)"


class ResultCache:
    """JSON values by key. Each `put` is one transaction, so a killed process loses one batch at most."""

    def __init__(self, path: Path, keys: Keys) -> None:
        private_folder(path.parent)
        path.touch(mode=0o600)
        self._keys = keys
        self._lock = threading.Lock()
        self._db = _connect(path)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)

    def key(self, fingerprint: str, method: str, params: str, item: str) -> str:
        """Name of a result: HMAC over length-prefixed parts, useless without the home's key."""
        return self._keys.hash("cache", fingerprint, method, params, item)

    def get(self, names: Sequence[str]) -> dict[str, Any]:
        """The stored values among `names`. Raises IntegrityError for altered bytes."""
        values: dict[str, Any] = {}
        for i in range(0, len(names), _LOOKUP):
            part = names[i : i + _LOOKUP]
            marks = ",".join("?" * len(part))
            with self._lock:
                rows = self._db.execute(f"SELECT key, value FROM results WHERE key IN ({marks})", part).fetchall()  # noqa: S608
            values |= {name: self._decrypt(name, value) for name, value in rows}
        return values

    def put(self, values: Mapping[str, Any]) -> None:
        """Store values in one transaction; the first result of a name stays."""
        now = time.time()
        rows = [(name, self._keys.encrypt(json.dumps([name, v]).encode()), now) for name, v in values.items()]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO results VALUES (?, ?, ?)", rows)
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._db.close()

    def _decrypt(self, name: str, value: bytes) -> Any:
        stored, result = json.loads(self._keys.decrypt(value))
        if stored != name:  # a valid value moved under another name
            raise IntegrityError("a cached result does not belong to its key: delete the model cache")
        return result


class Pruned(NamedTuple):
    """Results deleted, and the bytes that the file shrank by."""

    results: int
    bytes: int


def prune_results(cache_dir: Path, keep_days: float) -> Pruned:
    """Delete cached results older than `keep_days` and return their space; needs neither keys nor models."""
    path = cache_dir / RESULTS
    if not path.is_file():
        return Pruned(0, 0)
    before = _size(path)
    with closing(_connect(path)) as db:
        db.execute("PRAGMA secure_delete=ON")
        db.execute(_SCHEMA)
        oldest = time.time() - keep_days * 86400
        count = db.execute("DELETE FROM results WHERE created < ?", (oldest,)).rowcount
        if count:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Pruned(count, before - _size(path))


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _size(path: Path) -> int:
    """Bytes of the file and of its write-ahead log."""
    return sum(p.stat().st_size for p in (path, path.with_name(f"{path.name}-wal")) if p.exists())
