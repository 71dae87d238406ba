"""The real webserver and daemon on loopback, started once for all tests of this folder, and a real browser."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml

from resources.home import Home
from synth_assets.factory.plan import load_suites
from synth_assets.partitions import SOURCES
from synth_assets.sample.documents import generate
from synth_assets_tests.graph.conftest import NO_REFILL, add_documents, make_dagster_home, make_home
from synth_assets_tests.web.client import Client

REPOSITORY = Path(__file__).resolve().parents[2]
CLI = str(Path(sys.executable).with_name("synth-assets"))
GOOD, SMALL, BROKEN = "2026-01-05", "2026-01-06", "2026-01-07"
ENOUGH = 7
MARKER = "xylomarkerphone"


def key(day: str) -> str:
    return f"{day}|tickets"


@dataclass(frozen=True)
class Served:
    """A webserver and a daemon that run, and whose."""

    client: Client
    home: Home
    dagster_home: Path
    backfill: str = ""


def web_home(root: Path) -> Home:
    """Three days: enough documents, too few for this home's suite of masked_corpus, and none that can be read."""
    documents = generate(30, seed=11)
    marked = [{**d, "text": f"{d['text']} The {MARKER} broke."} for d in documents[:24]]
    home = make_home(root, marked, day=GOOD, policy=NO_REFILL)
    add_documents(home, documents[24:], day=SMALL)
    add_documents(home, [{"id": f"b{i}", "subject": MARKER, "text": None} for i in range(12)], day=BROKEN)
    suite = yaml.safe_load(load_suites(home)["masked_corpus"].to_yaml())
    for item in suite:
        if item["type"] == "expect_table_row_count_to_be_between":
            item["kwargs"]["min_value"] = ENOUGH
    home.suites.mkdir()
    (home.suites / "masked_corpus.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    return home


def environment(home: Home, dagster_home: Path) -> dict[str, str]:
    paths = {"SYNTH_ASSETS_HOME": str(home.root), "DAGSTER_HOME": str(dagster_home)}
    return {**os.environ, **paths, "OMP_NUM_THREADS": "1", "DAGSTER_DISABLE_TELEMETRY": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Processes:
    """Commands that run until they are stopped, with everything they started."""

    def __init__(self, commands: Sequence[Sequence[str]], env: Mapping[str, str], cwd: Path) -> None:
        self._log = (cwd / "servers.log").open("ab")
        self._children = [
            subprocess.Popen(c, env=env, cwd=cwd, stdout=self._log, stderr=self._log, start_new_session=True,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            for c in commands
        ]  # fmt: skip

    def wait_for(self, client: Client, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not client.ready():
            assert all(c.poll() is None for c in self._children), "a server ended while it was starting"
            assert time.monotonic() < deadline, f"no answer after {seconds} s"
            time.sleep(0.3)

    def stop(self, how: signal.Signals = signal.SIGINT, seconds: float = 45) -> list[str]:
        """Stop; the commands that are still there after `seconds`, which are then killed."""
        roots = [psutil.Process(c.pid) for c in self._children if c.poll() is None]
        everybody = [p for root in roots for p in (root, *root.children(recursive=True))]
        for root in roots:
            root.send_signal(how)
        _, left = psutil.wait_procs(everybody, timeout=seconds)
        names = [" ".join(p.cmdline()) for p in left]
        for process in left:
            process.kill()
        self._log.close()
        return names

    def returncodes(self) -> list[int]:
        return [c.wait(timeout=5) for c in self._children]


@pytest.fixture(scope="session")
def served(mixed: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`synth-assets ui`, on a home with three days; the backfill of `mixed` goes on meanwhile, mostly waiting."""
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
    """Webserver and daemon on a location whose assets differ in their backfill policies, and a backfill of two days."""
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
