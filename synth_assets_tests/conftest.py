"""Fixtures for every test: keys, the real engine, the public corpora."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry

if "PYTEST_XDIST_WORKER" in os.environ:  # threads of several workers on the same cores wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

SLOWER = ("models", "graph", "web", "crash")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first: one that fails is known within a minute."""
    items.sort(
        key=lambda item: max((SLOWER.index(m.name) + 1 for m in item.iter_markers() if m.name in SLOWER), default=0)
    )


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.from_secret(b"0" * 32)


@pytest.fixture(scope="session")
def models(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The embedded models. Results are cached for the session; converted public weights in `weights_dir()`."""
    with Engine(load_registry(), keys, tmp_path_factory.mktemp("model-cache")) as engine:
        yield engine


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of public corpora, or a skip that says where it was looked for."""
    default = Path(__file__).parents[2] / "shared" / "corpora"
    folder = Path(os.environ.get("SYNTH_ASSETS_CORPORA") or default)
    if not folder.is_dir():
        pytest.skip(f"no public corpora: set SYNTH_ASSETS_CORPORA ({folder} does not exist)")
    return folder
