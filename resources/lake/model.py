"""Partitions, staged files, manifests and versions: what the operations of the lake take and return."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Self

import pyarrow as pa
from pydantic import Field

from resources.config import StrictModel
from resources.errors import DataError

LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
REJECTED = "__rejected"


@dataclass(frozen=True, order=True)
class Partition:
    """One partition: a corpus and the day its documents arrived (YYYY-MM-DD)."""

    source: str
    day: str

    def __post_init__(self) -> None:
        check_name(self.source, "source")
        try:
            good = date.fromisoformat(self.day).isoformat() == self.day
        except ValueError:
            good = False
        if not good:
            raise DataError(f"the day of a {self.source} partition is not of the form YYYY-MM-DD")

    @classmethod
    def parse(cls, key: str) -> Self:
        """The partition of a multi-dimensional partition key, `day|source`. Raises DataError for any other text."""
        day, bar, source = key.partition("|")
        if not bar:
            raise DataError("a partition is written 'YYYY-MM-DD|source', in a terminal with the quotes")
        return cls(source=source, day=day)

    @property
    def key(self) -> str:
        """The partition key: values in the order of their dimensions' sorted names."""
        return f"{self.day}|{self.source}"

    @property
    def directory(self) -> str:
        """Where its files are, relative to the table (Hive layout)."""
        return f"source={self.source}/day={self.day}"


@dataclass(frozen=True)
class Staged:
    """A written file that no reader sees yet.

    Attributes:
        path: relative to the stage's table.
        uri: what the audit opens.
        sha256: of the file's bytes.
    """

    stage: str
    partition: Partition
    path: str
    uri: str
    rows: int
    bytes: int
    sha256: str
    schema: pa.Schema = field(compare=False, repr=False)

    @property
    def digest(self) -> str:
        """The data version: the first 16 hex digits of the content hash."""
        return self.sha256[:16]

    @property
    def stored(self) -> "Stored":
        """Path, size and hash of the file."""
        return Stored(self.path, self.bytes, self.sha256)


class OverrideNote(StrictModel):
    """The record of an override, published with the version that it let through."""

    check: str
    reason: str = Field(min_length=1)
    author: str = Field(min_length=1)
    expires: str = Field(description="ISO date or time (UTC); the version is refused from then on")

    def expired(self, now: datetime) -> bool:
        """Whether the override has expired at `now`, a time with a time zone."""
        return parse_time(self.expires) <= now


class Manifest(StrictModel):
    """The metadata of a published version: counts, names and digests, never a value."""

    stage: str
    source: str
    day: str
    data_version: str = Field(description="First 16 hex digits of the SHA-256 of the file's bytes")
    rows: int
    rejected: dict[str, int] = Field(default={}, description="Rejected rows by reason")
    upstream: dict[str, str] = Field(default={}, description="Data version of each stage read")
    policy_digest: str = ""
    suite_digest: str = ""
    models: dict[str, str] = Field(default={}, description="Fingerprint of the model of each role")
    seed: int = 0
    code_version: str = ""
    verdicts: dict[str, bool] = Field(default={}, description="Result of every blocking check")
    overrides: tuple[OverrideNote, ...] = ()
    run_id: str = ""
    published_at: str = Field(default="", description="ISO time (UTC); set at publication")
    attachments: dict[str, str] = Field(default={}, description="Digest of each attached file")
    figures: dict[str, int | float] = Field(default={}, description="Numbers of the run that are safe to show")
    statements: dict[str, str] = Field(default={}, description="Sentences that readers of a report must know")
    release: dict[str, str] = Field(
        default={}, description="mode of the release it was made for; reason, author, expires where it needs them"
    )
    rollback: dict[str, str] = Field(default={}, description="author, reason, replaced: set by a rollback")

    @property
    def partition(self) -> Partition:
        """The partition of the version."""
        return Partition(self.source, self.day)

    def uncovered(self) -> list[str]:
        """Failed checks that no override of this manifest names."""
        covered = {note.check for note in self.overrides}
        return sorted(check for check, passed in self.verdicts.items() if not passed and check not in covered)


@dataclass(frozen=True)
class Stored:
    """A file of the lake: its path relative to its table, its size, the SHA-256 of its bytes."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Version:
    """One publication of one partition of one stage, as the log records it.

    Attributes:
        number: the Delta version of the stage's table.
        manifest: None where the partition was removed, like `file`.
        problem: why the entry cannot be trusted; empty if it can.
    """

    stage: str
    partition: Partition
    number: int
    at: datetime
    manifest: Manifest | None = None
    file: Stored | None = None
    rejected: Stored | None = None
    problem: str = ""

    @property
    def data_version(self) -> str:
        """The content hash of the file; empty where the partition was removed."""
        return self.manifest.data_version if self.manifest else ""


@dataclass(frozen=True)
class Diff:
    """Ids (keyed hashes) of the rows in which two versions differ; never their content."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    same: int


def is_name(text: str) -> bool:
    """Whether `text` can name a file or folder: it leads nowhere else, and is not hidden."""
    return _NAME.fullmatch(text) is not None


def check_name(text: str, what: str) -> None:
    """Refuse what cannot name a new source or release. Raises DataError; the message does not repeat the name."""
    if not is_name(text) or len(text) > LONGEST_NAME:
        raise DataError(
            f"the name of a {what} has up to {LONGEST_NAME} letters, digits, '_', '-' and '.', and begins with a "
            "letter or digit"
        )


def parse_time(text: str) -> datetime:
    """An ISO date or time; without a zone it is UTC.

    Raises:
        DataError: `text` is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DataError("a time is not in ISO format") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
