"""The real webserver and daemon on loopback, started once for all tests of this folder."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from synth_assets.partitions import SOURCES
from synth_assets_tests.graph.homes import make_dagster_home
from synth_assets_tests.web.client import Client
from synth_assets_tests.web.servers import BROKEN, CLI, GOOD, Processes, Served, environment, free_port, key, web_home


@pytest.fixture(scope="session")
def served(mixed: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`synth-assets ui` on a home with three days. The backfill of `mixed` runs meanwhile; it mostly waits."""
    root = tmp_path_factory.mktemp("web")
    home, dagster_home = web_home(root / "home"), make_dagster_home(root / "dagster")
    port = free_port()
    processes = Processes([[CLI, "ui", "--port", str(port)]], environment(home, dagster_home), root)
    client = Client(port)
    try:
        processes.wait_for(client)
        yield Served(client, home, dagster_home)
    finally:
        left = processes.stop()
    assert not left
    assert processes.returncodes() == [0]


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A location whose assets have different backfill policies, with a backfill of two days in progress."""
    root = tmp_path_factory.mktemp("mixed")
    home, dagster_home = web_home(root / "home"), make_dagster_home(root / "dagster")
    workspace = root / "workspace.yaml"
    module = {"relative_path": str(Path(__file__).with_name("mixed_policies.py")), "location_name": "synth_assets"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"python_file": module}]}), encoding="utf-8")
    env, port = environment(home, dagster_home), free_port()
    with contextlib.chdir(dagster_home), dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        instance.add_dynamic_partitions(SOURCES, ["tickets"])
    webserver = [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), "-w", str(workspace)]
    daemon = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(workspace)]
    processes = Processes([webserver, daemon], env, dagster_home)
    client = Client(port)
    try:
        processes.wait_for(client)
        backfill = client.backfill([key(GOOD), key(BROKEN)], "raw_corpus", "masked_corpus")
        yield Served(client, home, dagster_home, backfill)
    finally:
        left = processes.stop()
    assert not left
