"""An opened factory: its home, keys, lake and overrides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from resources.errors import UnpublishedError
from resources.home import Home
from resources.keys import Keys
from resources.lake.model import Manifest, Partition
from resources.lake.overrides import Overrides
from resources.lake.reader import ATTACHMENTS
from resources.lake.store import Lake


@dataclass(frozen=True)
class Factory:
    """An opened home."""

    home: Home
    keys: Keys
    lake: Lake
    overrides: Overrides

    @classmethod
    def open(cls, home: Home) -> Self:
        """Open the keys and the lake of `home`; create them on first use."""
        keys = Keys.open(home.keys)
        lake = Lake(home.lake, keys)
        return cls(home, keys, lake, Overrides(lake))

    def read(self, stage: str, partition: Partition) -> list[dict[str, Any]]:
        """Rows of the published version. Raises UnpublishedError where the gate has not let one through."""
        rows: list[dict[str, Any]] = self.lake.read(stage, partition).to_pylist()
        return rows

    def scan(self, stage: str, partition: Partition, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Some columns of what `read` returns, row by row. Raises UnpublishedError as `read`."""
        return self.lake.scan(stage, partition, columns)

    def manifest(self, stage: str, partition: Partition) -> Manifest:
        """What the published version says about itself. Raises UnpublishedError where there is none."""
        version = self.lake.published(stage, partition)
        if version is None or version.manifest is None:
            raise UnpublishedError(f"{stage}/{partition.key} has no published version: materialize it first")
        return version.manifest

    def attachment_uri(self, digest: str) -> str:
        """Where an attached file (a page, a card) can be opened."""
        return self.lake.files_under_root.uri(f"{ATTACHMENTS}/{digest}")

    def pins(self, stages: Sequence[str], partition: Partition) -> dict[str, str]:
        """Data versions of the published versions of `stages`. Raises UnpublishedError for a missing one."""
        return {stage: self.manifest(stage, partition).data_version for stage in stages}
