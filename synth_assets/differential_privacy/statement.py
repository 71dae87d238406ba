"""The statement attached to a version that an accounted draw made, and the draw behind what was made from it."""

import json
from typing import Self

from pydantic import Field, model_validator

from resources.config import StrictModel
from resources.errors import UnpublishedError
from resources.lake.model import Manifest
from resources.lake.reader import Reader
from synth_assets.differential_privacy.ledger import Guarantee
from synth_assets.differential_privacy.shifts import Shift

STATEMENT = "dp_synthesis.json"
"""Name of the attachment."""


class Statement(StrictModel):
    """What a draw cost, stored with the version that it made."""

    partition: str = Field(description='"day|source"')
    draw: int = Field(ge=0, description="Number of the draw in the journal of the source")
    guarantee: Guarantee = Field(description="One person of the source added or removed, with all documents")
    executed: tuple[Shift, ...] = Field(description="(coordinates, variance) of the counts as they were made, in order")
    reproducible: bool = Field(False, description="Draws have no seed: the version cannot be reproduced")

    @model_validator(mode="after")
    def _executed_is_accounted(self) -> Self:
        if self.executed != self.guarantee.shifts:
            raise ValueError("the counts that were made are not those accounted for: no epsilon can be stated")
        return self


def draw_behind(lake: Reader, released: Manifest, written: str) -> int | None:
    """Number of the draw that made all texts of a version; None where any text comes from elsewhere.

    Args:
        lake: the lake of both versions.
        released: manifest of a version whose rows name the row that they are about as `parent`.
        written: the stage whose version carries the statement.
    """
    try:
        source = lake.find(written, released.partition, released.upstream.get(written, ""))
        attached = source.manifest.attachments.get(STATEMENT) if source.manifest else None
        if attached is None:
            return None
        ids = set(lake.read_version(written, released.partition, source.data_version).column("id").to_pylist())
        rows = lake.read_version(released.stage, released.partition, released.data_version)
        statement = Statement.parse(json.loads(lake.attachment(attached)), STATEMENT)
    except UnpublishedError:  # removed: nothing can be shown
        return None
    return statement.draw if ids.issuperset(rows.column("parent").to_pylist()) else None
