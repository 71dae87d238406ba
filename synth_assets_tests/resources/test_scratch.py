"""Scratch: what is kept comes back in the order of keys, no text is on the disk, and nothing stays behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.scratch import Scratch

SECRET = "Anna Novak, 555-01-1234"
KILLED = """
import os, signal, sys
from pathlib import Path
from resources.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
scratch.put("raw", ((str(i), sys.argv[2] * 100) for i in range(5000)))
os.kill(os.getpid(), signal.SIGKILL)
"""

leaves = st.none() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=9)
values = leaves | st.lists(leaves, max_size=3) | st.dictionaries(st.text(max_size=3), leaves, max_size=3)


@given(st.dictionaries(st.text("abAé𝄞", min_size=1, max_size=4), values, max_size=8))
def test_values_come_back_in_the_order_of_keys(kept: dict) -> None:
    with Scratch() as scratch:
        scratch.put("one", kept.items())
        scratch.put("two", [("a", "other")])
        assert list(scratch.items("one")) == sorted(kept.items(), key=lambda pair: pair[0])
        assert scratch.count("one") == len(kept) and list(scratch.items("two")) == [("a", "other")]
        assert all(scratch.get("one", key) == value for key, value in kept.items())
        assert scratch.get("two", "b") is None


def test_more_than_a_page_while_another_shelf_is_written(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        scratch.put("raw", ((f"{i:04d}", i) for i in range(1000)))
        for key, value in scratch.items("raw"):
            scratch.put("done", [(key, value + 1)])
        assert [value for _, value in scratch.items("done")] == list(range(1, 1001))
        scratch.put("done", [("0000", "last")])
        assert scratch.get("done", "0000") == "last" and scratch.count("done") == 1000


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_folder_shows_nothing_and_the_file_holds_no_text(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        scratch.put("raw", ((str(i), SECRET * 100) for i in range(5000)))
        assert not list(tmp_path.iterdir())
        (held,) = [path for path in Path("/proc/self/fd").iterdir() if str(tmp_path) in os.path.realpath(path)]
        data = held.read_bytes()
        assert len(data) > 10_000_000 and b"Novak" not in data and b"555" * 2 not in data


@pytest.mark.crash
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", KILLED, str(tmp_path), SECRET]
    died = subprocess.run(command, env={**os.environ, "PYTHONPATH": root}, check=False)
    assert died.returncode == -signal.SIGKILL
    assert not list(tmp_path.iterdir())
