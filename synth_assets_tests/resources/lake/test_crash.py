"""Writers that race, readers in flight, and processes that die."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from resources.lake.model import Partition
from resources.lake.store import Lake
from synth_assets_tests.resources.lake import cases

REPOSITORY = Path(__file__).parents[3]
WRITER = str(Path(__file__).with_name("cases.py"))

# Dies by SIGKILL exactly before or after the named step of its second publication.
CRASHER = """
import os, signal, sys
from pathlib import Path
from synth_assets_tests.resources.lake import cases
from deltalake import DeltaTable
from resources.lake.model import Partition
from resources.lake.store import Lake

def deadly(owner, name, after):
    real = getattr(owner, name)
    def step(*args, **kwargs):
        if not after:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, name, step)

root, source, point = sys.argv[1:4]
lake, part = Lake(root, cases.KEYS), Partition(source, cases.DAY)
cases.put(lake, part, cases.rows_of("old"))
name, when = point.split()
deadly(*{"rename": (Path, "replace"), "commit": (DeltaTable, "create_write_transaction")}[name], when == "after")
cases.put(lake, part, cases.rows_of("new"))
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}


def writer(root: Path, sources: str, tag: str, rounds: int) -> subprocess.Popen:
    command = [sys.executable, WRITER, str(root), "{}", sources, tag, str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())


def whole(lake: Lake, part: Partition) -> str:
    """The one text of a partition that has all its rows."""
    table = lake.read(cases.STAGE, part)
    (text,) = set(table["text"].to_pylist())
    assert table.num_rows == 20
    assert len(set(table["id"].to_pylist())) == 20
    return text


def test_a_table_is_made_once_however_many_begin(tmp_path: Path):
    """Ten times four first publications at one instant: no commit but the creation and the four."""
    for attempt in range(10):
        lakes = [Lake(tmp_path / str(attempt), cases.KEYS) for _ in range(4)]
        start = Barrier(4)

        def publish(number: int, lake: Lake, start: Barrier = start) -> None:
            start.wait()
            cases.put(lake, Partition(f"w{number}", cases.DAY), cases.rows_of(f"text {number}"))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(publish, range(4), lakes))
        assert lakes[0].log(cases.STAGE).table().version() == len(lakes[0].versions(cases.STAGE)) == 4


def test_four_writers_on_their_own_and_on_one_partition(tmp_path: Path):
    """All begin with the shared partition: with no file to replace, only the commit's number separates them."""
    own = {f"w{i}": [f"w{i}-{j}" for j in range(5)] for i in range(4)}
    running = [writer(tmp_path, ",".join(["shared", *sources]), tag, 2) for tag, sources in own.items()]
    outputs = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert [len(output.splitlines()) for output in outputs] == [12] * 4
    lake = Lake(tmp_path, cases.KEYS)
    for tag, sources in own.items():
        assert {whole(lake, Partition(source, cases.DAY)) for source in sources} == {f"text {tag}1"}
    assert whole(lake, Partition("shared", cases.DAY)) in {f"text {tag}1" for tag in own}
    assert len(lake.log(cases.STAGE).table().file_uris()) == len(lake.files(cases.STAGE)) == 21
    assert lake.log(cases.STAGE).table().version() == len(lake.versions(cases.STAGE)) == 48
    assert not any(version.problem for version in lake.versions())


def test_readers_in_flight_never_see_a_torn_partition(tmp_path: Path):
    part = Partition("letters", cases.DAY)
    lake = Lake(tmp_path, cases.KEYS)
    cases.put(lake, part, cases.rows_of("start"))
    with writer(tmp_path, "letters", "w", 30) as process:
        seen = []
        while process.poll() is None:
            seen.append(whole(lake, part))
            pinned = lake.files(cases.STAGE, part)
            first, second = (Path(pinned[0]).read_bytes() for _ in range(2))
            assert len(pinned) == 1
            assert first == second
        assert process.wait(timeout=60) == 0
    assert whole(lake, part) == "text w29"
    assert len(set(seen)) > 3, "the loop has to read while partitions are replaced"


@pytest.mark.crash
def test_death_before_and_after_each_step_leaves_old_or_new(tmp_path: Path):
    expected = {"rename before": "old", "rename after": "old", "commit before": "old", "commit after": "new"}
    running = {}
    for number, point in enumerate(expected):
        command = [sys.executable, "-c", CRASHER, str(tmp_path / f"{number}"), "letters", point]
        running[point] = subprocess.Popen(command, env=environment())
    for number, (point, process) in enumerate(running.items()):
        assert process.wait(timeout=120) == -signal.SIGKILL
        lake = Lake(tmp_path / f"{number}", cases.KEYS)
        assert whole(lake, Partition("letters", cases.DAY)) == f"text {expected[point]}"
        time.sleep(0.05)
        assert lake.vacuum(retention_hours=0).files == 1  # the orphan, or the replaced file
        cases.put(lake, Partition("letters", cases.DAY), cases.rows_of("next"))
        assert whole(lake, Partition("letters", cases.DAY)) == "text next"


@pytest.mark.crash
def test_death_at_random_instants_leaves_old_or_new(tmp_path: Path):
    moments = random.Random(7)
    lake = Lake(tmp_path, cases.KEYS)
    for turn in range(2):
        running = {source: writer(tmp_path, source, f"{turn}-", 100_000) for source in ("a", "b", "c")}
        acknowledged = {}
        for process in running.values():
            assert process.stdout and process.stdout.readline()
        for source, process in running.items():
            time.sleep(moments.uniform(0.01, 0.3))
            process.kill()
            lines = process.communicate(timeout=60)[0].splitlines()
            acknowledged[source] = int(lines[-2].split()[1]) if len(lines) > 1 else 0  # the last line may be cut
        for source, least in acknowledged.items():
            text = whole(lake, Partition(source, cases.DAY))
            assert int(text.removeprefix(f"text {turn}-")) >= least
    assert not any(version.problem for version in lake.versions())
    time.sleep(0.05)
    lake.vacuum(retention_hours=0)
    assert len(list(tmp_path.rglob("source=*/**/*.*"))) == 3
