"""The lake: immutable, published versions of every stage, and the door through which readers get them."""

from resources.lake.comparison import Diff
from resources.lake.model import REJECTED, Manifest, OverrideNote, Slice, Staged, Version, parse_time
from resources.lake.quarantine import Quarantined
from resources.lake.releases import Release, Verified
from resources.lake.store import Lake
from resources.lake.vacuum import Vacuumed

__all__ = [
    "REJECTED",
    "Diff",
    "Lake",
    "Manifest",
    "OverrideNote",
    "Quarantined",
    "Release",
    "Slice",
    "Staged",
    "Vacuumed",
    "Verified",
    "Version",
    "parse_time",
]
