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


class _Place:
    """A file or folder of the home, as an attribute of `Home`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, home: "Home", owner: type) -> Path:
        return home.root / self._name


@dataclass(frozen=True)
class Home:
    """The folder of one factory.

    Attributes:
        root: The folder.
        lake_url: URL of the lake if it is on an object store. Everything else is always local.
    """

    root: Path
    lake_url: str = ""

    sources = _Place("sources")
    """Documents, one folder per source."""
    sources_file = _Place("sources.yaml")
    """Optional settings of the sources."""
    policy_file = _Place("policy.yaml")
    """Optional policy. A key it leaves out keeps its default."""
    models_file = _Place("models.yaml")
    """Optional model registry. Roles it leaves out keep the embedded model."""
    suites = _Place("suites")
    """Optional expectation suites. A file here replaces the packaged suite of its stage."""
    index = _Place("index")
    """Keyed hashes and MinHash signatures of earlier days, for deduplication."""
    cache = _Place("cache")
    """Encrypted results of model calls, and the encrypted scratch files of runs in progress."""
    adapters = _Place("adapters")
    """Masked-LM adapters by source and day. Weights can memorize their training text: never release them."""
    keys = _Place("keys")
    """The secret. Anyone who has it can recompute pseudonyms: store backups of it apart from the data."""
    mappings = _Place("mappings")
    """Encrypted surrogate mappings, one per source and purpose. Empty unless a policy asks for one."""
    releases = _Place("releases")
    """Releases: the only files meant to be shared."""

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
    def lake(self) -> str:
        """Root of the lake, as a path or a URL."""
        return self.lake_url or str(self.root / "lake")

    @property
    def private(self) -> tuple[Path, ...]:
        """The local folders with documents, or with what tells about them; first the root."""
        lake = () if "://" in self.lake else (Path(self.lake),)
        folders = (self.sources, *lake, self.index, self.cache, self.adapters, self.keys, self.mappings)
        return (self.root, *folders, self.root / "dagster")
