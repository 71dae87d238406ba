"""Two versions of a partition: what differs between them, and going back from one to the other."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from resources.errors import DataError, UnpublishedError
from resources.lake.model import REJECTED, Partition

if TYPE_CHECKING:
    from resources.lake.store import Lake


@dataclass(frozen=True)
class Diff:
    """Ids (keyed hashes) of the rows that two versions do not share; never their content."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    same: int

    @property
    def counts(self) -> dict[str, int]:
        """The sizes of the four groups."""
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "changed": len(self.changed),
            "same": self.same,
        }


def diff(lake: "Lake", stage: str, partition: Partition, a: str, b: str) -> Diff:
    """What has to happen to the rows of data version `a` to give those of `b`."""
    old, new = ({row["id"]: row for row in lake.read_version(stage, partition, v).to_pylist()} for v in (a, b))
    added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    both = old.keys() & new.keys()
    changed = sorted(key for key in both if old[key] != new[key])
    return Diff(tuple(added), tuple(removed), tuple(changed), len(both) - len(changed))


def roll_back(lake: "Lake", stage: str, partition: Partition, data_version: str, author: str, reason: str) -> int:
    """Publish an older version again.

    The file is copied under a new name: the old one may be due for removal at this very moment.

    Raises:
        DataError: author or reason is empty, or the version is already serving.
        UnpublishedError: the version is unknown or was removed.
    """
    if not author.strip() or not reason.strip():
        raise DataError("a roll back needs an author and a reason")
    target = lake.find(stage, partition, data_version)
    newest = lake.versions(stage, partition)[-1]
    if newest.data_version == data_version and not newest.problem:
        raise DataError(f"{stage}/{partition.key} already serves the data version {data_version}")
    if target.manifest is None or target.file is None:
        raise UnpublishedError(f"{stage}/{partition.key} has no file of the data version {data_version}")
    note = {
        "author": author,
        "reason": reason,
        "replaced": newest.data_version,
        "at": datetime.now(UTC).isoformat(),
    }
    staged = lake.restage(stage, partition, target.file)
    rejected = lake.restage(stage + REJECTED, partition, target.rejected) if target.rejected else None
    return lake.publish(staged, target.manifest.model_copy(update={"rollback": note}), rejected)
