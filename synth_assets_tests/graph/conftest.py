"""Fixtures of the graph tests: a runner on a small home, and one factory that ran to its end under watch."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
import yaml

from synth_assets.cli.run import REFUSED
from synth_assets.factory.plan import load_suites
from synth_assets.sample.documents import generate
from synth_assets_tests.graph.homes import (
    DAY,
    NO_REFILL,
    WATCH,
    Runner,
    Watched,
    make_dagster_home,
    make_home,
    planted_home,
    run_factory,
)


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """The planted home through all stages; connections but to loopback are noted in `root`/sockets.log."""
    root = tmp_path_factory.mktemp("watched")
    home = planted_home(root / "home")
    site = root / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(WATCH.format(log=root / "sockets.log"))
    done = run_factory(home, make_dagster_home(root / "dagster"), f"{DAY}|tickets", path=str(site))
    # So few documents measure nothing: the report says no, the release is refused, and nothing else failed.
    assert done.returncode == REFUSED, done.stderr[-3000:]
    return Watched(home, root, done.stdout + done.stderr)


@pytest.fixture
def instance() -> dg.DagsterInstance:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def documents() -> list[dict]:
    return generate(16, seed=11)


@pytest.fixture
def runner(tmp_path: Path, documents: list[dict], instance: dg.DagsterInstance) -> Runner:
    return Runner(make_home(tmp_path / "home", documents, policy=NO_REFILL), instance)


@pytest.fixture
def break_suite(runner: Runner) -> Callable[[str], None]:
    """Give the home a suite for a stage that no data of this size can pass."""

    def edit(stage: str) -> None:
        suite = yaml.safe_load(load_suites(runner.home)[stage].to_yaml())
        for item in suite:
            if item["type"] == "expect_table_row_count_to_be_between":
                item["kwargs"]["min_value"] = 1_000_000
        runner.home.suites.mkdir(exist_ok=True)
        (runner.home.suites / f"{stage}.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")

    return edit
