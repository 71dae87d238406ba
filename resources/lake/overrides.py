"""Overrides of failed checks: who let which check pass, why, and until when, under a seal.

The lake writes the override into the manifest of the version it lets through. An override that was altered or has
expired has no effect.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from resources.errors import PolicyError
from resources.lake.model import OverrideNote, Partition, parse_time
from resources.lake.reader import Reader

TREE = "_overrides"
STORED_AS = "slice"
"""Key of the partition in a stored override; never changes, so that old files stay readable."""
WORD = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Override:
    """Lets one failed check of one stage's partition pass until `expires` (ISO date or time, UTC)."""

    stage: str
    partition: Partition
    check: str
    reason: str
    author: str
    expires: str

    @property
    def note(self) -> OverrideNote:
        """The override as the manifest records it."""
        return OverrideNote(check=self.check, reason=self.reason, author=self.author, expires=self.expires)


class Overrides:
    """The overrides kept beside a lake."""

    def __init__(self, lake: Reader) -> None:
        self._files = lake.files_under_root
        self._keys = lake.keys

    def add(self, override: Override) -> str:
        """Store an override; return its name.

        Raises:
            PolicyError: no reason, no author, or it has expired already.
        """
        if not override.reason.strip() or not override.author.strip():
            raise PolicyError("an override needs a reason and an author")
        if not WORD.fullmatch(override.stage) or not WORD.fullmatch(override.check):
            raise PolicyError("an override needs the name of a stage and of a check")
        if override.note.expired(datetime.now(UTC)):
            raise PolicyError("an override must expire in the future")
        content = asdict(override)
        content[STORED_AS] = content.pop("partition")
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        seal = self._keys.mac(_bound(text))
        name = f"{override.stage}-{override.partition.day}-{override.partition.source}-{seal[:16]}"
        self._files.put(f"{TREE}/{name}.json", json.dumps({"override": text, "mac": seal}).encode())
        return name

    def all(self) -> list[Override]:
        """Every override with a valid seal, expired ones included, by expiry."""
        genuine = (override for _, override in self._read() if override is not None)
        return sorted(genuine, key=lambda o: (parse_time(o.expires), o.stage, o.partition, o.check))

    def active(self, stage: str, partition: Partition, now: datetime | None = None) -> list[Override]:
        """Overrides in effect for a partition at `now`."""
        moment = now or datetime.now(UTC)
        mine = (o for o in self.all() if (o.stage, o.partition) == (stage, partition))
        return [override for override in mine if not override.note.expired(moment)]

    def tampered(self) -> list[str]:
        """Names of override files with an invalid seal."""
        return sorted(name for name, override in self._read() if override is None)

    def _read(self) -> Iterator[tuple[str, Override | None]]:
        for file in self._files.list(TREE):
            if file.key.endswith(".json"):
                name = file.key.rpartition("/")[2].removesuffix(".json")
                yield name, self._parse(self._files.get(file.key))

    def _parse(self, data: bytes | None) -> Override | None:
        try:
            whole: Any = json.loads(data or b"null")
        except ValueError:
            return None
        if not isinstance(whole, dict) or not self._keys.verify_mac(
            _bound(str(whole.get("override"))), str(whole.get("mac"))
        ):
            return None
        content = json.loads(whole["override"])
        return Override(partition=Partition(**content.pop(STORED_AS)), **content)


def _bound(text: str) -> bytes:
    return f"override\n{text}".encode()
