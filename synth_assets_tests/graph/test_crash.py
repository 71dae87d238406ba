"""SIGKILL at 20 random instants over a whole run, then a re-run.

Nothing lost, nothing twice, the same data versions as an undisturbed run, at most one batch of model work
repeated for each kill.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from resources.lake.overrides import Override
from synth_assets.lineage import STAGES
from synth_assets.release.build import GATE, RELEASE
from synth_assets.release.signing import verify_release
from synth_assets.sample.documents import generate
from synth_assets_tests.graph.homes import DAY, make_dagster_home, make_home

pytestmark = [pytest.mark.graph, pytest.mark.models, pytest.mark.crash]
KILLS = 20
PIECE = Partition(source="tickets", day=DAY)


class Server:
    """Starts runs of one home and kills them."""

    def __init__(self, home: Home, root: Path) -> None:
        self.home, self.batches = home, root / "batches.log"
        dagster_home = make_dagster_home(root / "dagster")
        script = str(Path(__file__).with_name("factory_server.py"))
        self._process = subprocess.Popen(
            [sys.executable, script, str(home.root), str(dagster_home), PIECE.key, str(self.batches)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self._line() == "ready"

    def run(self, kill_after: float | None = None) -> tuple[int, float]:
        """Exit status and seconds of one run."""
        begin = time.monotonic()
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        child = int(self._line())
        if kill_after is not None:
            timer = threading.Timer(kill_after, os.kill, (child, signal.SIGKILL))
            timer.start()
        status = int(self._line())
        if kill_after is not None:
            timer.cancel()
        return status, time.monotonic() - begin

    def begun(self) -> list[str]:
        return self.batches.read_text().split("\n")[:-1] if self.batches.exists() else []

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _line(self) -> str:
        return next(line for line in iter(self._process.stdout.readline, "") if line.strip() and len(line) < 12).strip()


def home_with_override(root: Path, documents: list[dict]) -> Home:
    """So few documents measure nothing, and the report rightly says no: an override opens the last door."""
    home = make_home(root, documents)
    overrides = Factory.open(home).overrides
    overrides.add(Override(RELEASE, PIECE, GATE, "a crash test of made-up people", "tests", "2999-01-01"))
    return home


def versions(home: Home) -> dict[str, str]:
    return Factory.open(home).pins(list(STAGES), PIECE)


@pytest.mark.timeout(1500)
def test_twenty_kills(tmp_path: Path) -> None:
    documents = generate(14, seed=21)
    calm = Server(home_with_override(tmp_path / "calm", documents), tmp_path / "a")
    status, seconds = calm.run()
    calm.stop()
    assert status == 0
    expected = versions(calm.home)

    stormy = Server(home_with_override(tmp_path / "stormy", documents), tmp_path / "b")
    fractions, killed = random.Random(20), 0
    for _ in range(3 * KILLS):
        if killed == KILLS:
            break
        status, took = stormy.run(kill_after=seconds * fractions.random())
        if os.WIFSIGNALED(status):
            killed += 1
        else:  # done before the kill: what is left takes shorter now
            seconds = min(seconds, took)
        lake = Factory.open(stormy.home).lake
        for stage in STAGES:
            version = lake.published(stage, PIECE)
            assert version is None or lake.read(stage, PIECE).num_rows == version.manifest.rows
            assert version is None or version.data_version == expected[stage]
    status, _ = stormy.run()
    begun = stormy.begun()
    stormy.stop()

    assert status == 0
    assert killed == KILLS
    assert versions(stormy.home) == expected
    assert len(begun) - len(set(begun)) <= killed
    assert set(begun) == set(calm.begun())
    lake = Factory.open(stormy.home).lake
    for stage in STAGES:
        ids = lake.read(stage, PIECE).column("id").to_pylist()
        assert len(ids) == len(set(ids))
        assert len(lake.files(stage)) == 1
    (folder,) = [p for p in stormy.home.releases.iterdir() if not p.name.startswith(".")]
    assert verify_release(folder, Factory.open(stormy.home).keys.fingerprint()).files > 5
