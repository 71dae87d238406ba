"""Journals: what must never be forgotten, one sealed entry after another in the lake; nothing removes an entry.

An entry is a file that is created only if it does not exist, so that of two writers one succeeds, and it is on disk
before `append` returns. Its seal binds it to its number and to the entry before it: an entry that was altered, moved or
removed from the middle is noticed. A journal that loses its last entries, as when an older copy of a lake is restored,
is not.
"""

import json
from collections.abc import Mapping
from typing import Any

from resources.errors import IntegrityError
from resources.lake.reader import Reader

TREE = "_journals"


class Journal:
    """The journal `name` of a lake. A name is a plain word, such as that of a source."""

    def __init__(self, lake: Reader, name: str) -> None:
        self.name = name
        self._files, self._keys = lake.files_under_root, lake.keys

    def entries(self) -> list[dict[str, Any]]:
        """Every entry, oldest first.

        Raises:
            IntegrityError: an entry was altered or removed, or was sealed by other keys.
        """
        return [entry for entry, _ in self._read()]

    def append(self, entry: Mapping[str, Any], after: int) -> bool:
        """Write an entry after the first `after`; False where another writer was first: read again.

        Raises:
            IntegrityError: as `entries`.
        """
        sealed = self._read()
        if len(sealed) != after:
            return False
        text = json.dumps(entry, sort_keys=True, ensure_ascii=False)
        seal = self._keys.mac(self._bound(after, sealed[-1][1] if sealed else "", text))
        return self._files.create(self._key(after), json.dumps({"entry": text, "mac": seal}).encode())

    def _read(self) -> list[tuple[dict[str, Any], str]]:
        """Entries with their seals, up to the first number that has no file; files after a gap are an error."""
        found = sum(file.key.endswith(".json") for file in self._files.list(f"{TREE}/{self.name}"))
        sealed: list[tuple[dict[str, Any], str]] = []
        previous = ""
        for number in range(found):
            try:
                whole: Any = json.loads(self._files.get(self._key(number)) or b"null")
                text, seal = str(whole["entry"]), str(whole["mac"])
                genuine = self._keys.verify_mac(self._bound(number, previous, text), seal)
                entry = json.loads(text) if genuine else None
            except (ValueError, KeyError, TypeError):
                entry = None
            if entry is None:
                raise IntegrityError(
                    f"journal {self.name}: entry {number} was altered, removed, or sealed by other keys"
                )
            sealed.append((entry, seal))
            previous = seal
        return sealed

    def _bound(self, number: int, previous: str, text: str) -> bytes:
        return f"journal\n{self.name}@{number}\n{previous}\n{text}".encode()

    def _key(self, number: int) -> str:
        return f"{TREE}/{self.name}/{number:08d}.json"
