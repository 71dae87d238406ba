"""The home: the one folder that holds a factory's sources, lake, caches, keys, settings and releases.

This module only names the paths; the modules that write the files define what is in them.
"""

import os
from dataclasses import dataclass
from pathlib import Path


def checkout() -> Path | None:
    """Return the root of the repository this code runs from, or None if the package is installed."""
    root = Path(__file__).resolve().parent.parent
    return root if all((root / name).is_file() for name in ("pyproject.toml", "workspace.yaml")) else None


@dataclass(frozen=True)
class Home:
    """The folder of one factory.

    Attributes:
        root: The folder.
        lake_url: URL of the lake if it is on an object store. Everything else is always local.
    """

    root: Path
    lake_url: str = ""

    @classmethod
    def find(cls) -> "Home":
        """Return the home that SYNTH_ASSETS_HOME names (and the lake of SYNTH_ASSETS_LAKE), or the default.

        The default is `data/` in a repository checkout, and `~/synth-assets-data` once the package is installed.
        It does not depend on the current folder, so that terminals, servers and notebooks use the same home.
        """
        repository = checkout()
        default = repository / "data" if repository else Path("~/synth-assets-data")
        root = Path(os.environ.get("SYNTH_ASSETS_HOME") or default)
        return cls(root.expanduser().absolute(), os.environ.get("SYNTH_ASSETS_LAKE", ""))

    @property
    def dagster(self) -> Path:
        """Dagster's run history and settings, used if DAGSTER_HOME is not set: the checkout's, or a folder in here."""
        return checkout() or self.root / "dagster"

    @property
    def sources(self) -> Path:
        """Documents, one folder per source."""
        return self.root / "sources"

    @property
    def sources_file(self) -> Path:
        """Optional settings of the sources."""
        return self.root / "sources.yaml"

    @property
    def policy_file(self) -> Path:
        """Optional policy. A key it leaves out keeps its default."""
        return self.root / "policy.yaml"

    @property
    def guarantees_file(self) -> Path:
        """Optional differential privacy guarantees, by partition."""
        return self.root / "guarantees.yaml"

    @property
    def models_file(self) -> Path:
        """Optional model registry. Roles it leaves out keep the embedded model."""
        return self.root / "models.yaml"

    @property
    def suites(self) -> Path:
        """Optional expectation suites. A file here replaces the packaged suite of its stage."""
        return self.root / "suites"

    @property
    def lake(self) -> str:
        """Root of the lake, as a path or a URL."""
        return self.lake_url or str(self.root / "lake")

    @property
    def index(self) -> Path:
        """Keyed hashes and MinHash signatures of earlier days, for deduplication."""
        return self.root / "index"

    @property
    def cache(self) -> Path:
        """Encrypted results of model calls, and the encrypted scratch files of runs in progress."""
        return self.root / "cache"

    @property
    def adapters(self) -> Path:
        """Masked-LM adapters by source and day. Weights can memorize their training text: never release them."""
        return self.root / "adapters"

    @property
    def keys(self) -> Path:
        """The secret. Anyone who has it can recompute pseudonyms: store backups of it apart from the data."""
        return self.root / "keys"

    @property
    def mappings(self) -> Path:
        """Encrypted surrogate mappings, one per source and purpose. Empty unless a policy asks for one."""
        return self.root / "mappings"

    @property
    def releases(self) -> Path:
        """Releases: the only files meant to be shared."""
        return self.root / "releases"
