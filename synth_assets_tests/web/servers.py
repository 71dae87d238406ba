"""A home to serve, and servers that run as processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from resources.home import Home
from synth_assets.factory.plan import load_suites
from synth_assets.sample.documents import generate
from synth_assets_tests.graph.homes import NO_REFILL, add_documents, make_home
from synth_assets_tests.web.client import Client

CLI = str(Path(sys.executable).with_name("synth-assets"))
GOOD, SMALL, BROKEN = "2026-01-05", "2026-01-06", "2026-01-07"
ENOUGH = 7
MARKER = "xylomarkerphone"


def key(day: str) -> str:
    return f"{day}|tickets"


@dataclass(frozen=True)
class Served:
    """A running webserver and daemon, and the folders they serve."""

    client: Client
    home: Home
    dagster_home: Path
    backfill: str = ""


def web_home(root: Path) -> Home:
    """Make a home with three days: enough documents, too few for its masked_corpus suite, and no readable ones."""
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
    """Commands that run until `stop`, and all processes they start."""

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
        """Stop all processes, kill those still alive after `seconds`, and return the command lines of the killed."""
        roots = [psutil.Process(c.pid) for c in self._children if c.poll() is None]
        processes = [p for root in roots for p in (root, *root.children(recursive=True))]
        for root in roots:
            root.send_signal(how)
        _, left = psutil.wait_procs(processes, timeout=seconds)
        names = [" ".join(p.cmdline()) for p in left]
        for process in left:
            process.kill()
        self._log.close()
        return names

    def returncodes(self) -> list[int]:
        return [c.wait(timeout=5) for c in self._children]
