"""Where a factory keeps its things: one folder with sources, lake, cache, keys, settings and releases.

Paths only; what is in them belongs to the parts that write them.
"""

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The folder of one factory.

    `lake_url` may point to an object store; everything else is local.
    """

    root: Path
    lake_url: str = ""

    @classmethod
    def find(cls) -> "Home":
        """The home named by SYNTH_ASSETS_HOME (and SYNTH_ASSETS_LAKE), or `data/` beside the package."""
        root = Path(os.environ.get("SYNTH_ASSETS_HOME", "") or REPOSITORY / "data")
        return cls(root.expanduser().absolute(), os.environ.get("SYNTH_ASSETS_LAKE", ""))

    @property
    def sources(self) -> Path:
        """One folder a source."""
        return self.root / "sources"

    @property
    def sources_file(self) -> Path:
        """Optional settings of the sources."""
        return self.root / "sources.yaml"

    @property
    def policy_file(self) -> Path:
        """Optional policy; what it does not say keeps its default."""
        return self.root / "policy.yaml"

    @property
    def guarantees_file(self) -> Path:
        """Optional statements of differential privacy, by partition."""
        return self.root / "guarantees.yaml"

    @property
    def models_file(self) -> Path:
        """Optional model registry; roles it does not name keep the embedded model."""
        return self.root / "models.yaml"

    @property
    def suites(self) -> Path:
        """Optional expectation suites; a file here replaces the packaged suite of its stage."""
        return self.root / "suites"

    @property
    def lake(self) -> str:
        """Root of the lake, a path or a URL."""
        return self.lake_url or str(self.root / "lake")

    @property
    def index(self) -> Path:
        """Keyed hashes and MinHash signatures of earlier days."""
        return self.root / "index"

    @property
    def cache(self) -> Path:
        """Encrypted results of model calls, and the encrypted scratch of a run, which goes with it."""
        return self.root / "cache"

    @property
    def adapters(self) -> Path:
        """Adapters of the masked LM by source and day. Weights can hold what they were trained on: keep them inside."""
        return self.root / "adapters"

    @property
    def keys(self) -> Path:
        """The secret. Whoever has it can recompute pseudonyms; keep it apart from the data."""
        return self.root / "keys"

    @property
    def mappings(self) -> Path:
        """Encrypted mappings of surrogates, one a source and purpose; empty unless a policy asks for one."""
        return self.root / "mappings"

    @property
    def releases(self) -> Path:
        """What may leave the house."""
        return self.root / "releases"
