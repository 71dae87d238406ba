"""Overrides of a failed gate: who let what through, why, and until when, under a seal.

Publishing under an override belongs to the lake, which writes it into the manifest; an override
that was altered or has expired counts for nothing.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from resources.errors import PolicyError
from resources.lake.model import OverrideNote, Partition, parse_time
from resources.lake.store import Lake

TREE = "_overrides"
STORED_AS = "slice"
"""The key of the partition in a stored override: files written by earlier versions stay readable."""
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
        """What the manifest says about it."""
        return OverrideNote(check=self.check, reason=self.reason, author=self.author, expires=self.expires)


class Overrides:
    """The overrides kept beside a lake."""

    def __init__(self, lake: Lake) -> None:
        self._files = lake.files_under_root
        self._keys = lake.keys

    def add(self, override: Override) -> str:
        """Keep an override; return its name.

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
        """Every override whose seal holds, expired ones included, in the order of their end."""
        genuine = (override for _, override in self._read() if override is not None)
        return sorted(genuine, key=lambda o: (parse_time(o.expires), o.stage, o.partition, o.check))

    def active(self, stage: str, partition: Partition, now: datetime | None = None) -> list[Override]:
        """Overrides that count for a partition at `now`."""
        moment = now or datetime.now(UTC)
        mine = (o for o in self.all() if (o.stage, o.partition) == (stage, partition))
        return [override for override in mine if not override.note.expired(moment)]

    def tampered(self) -> list[str]:
        """Names of override files whose seal does not hold."""
        return sorted(name for name, override in self._read() if override is None)

    def _read(self) -> Iterator[tuple[str, Override | None]]:
        for found in self._files.list(TREE):
            if found.key.endswith(".json"):
                name = found.key.rpartition("/")[2].removesuffix(".json")
                yield name, self._parse(self._files.get(found.key))

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
