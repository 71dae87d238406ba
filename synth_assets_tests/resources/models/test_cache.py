"""Results survive what they must survive, and say nothing to who has no key."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from resources.errors import IntegrityError, MachineError
from resources.keys import Keys
from resources.models.batching import Counters, Limits, Runner, Work, text_work
from resources.models.cache import RESULTS, ResultCache, prune_results

MARKER = "marker-of-a-secret-document"


def runner(path: Path, keys: Keys, fingerprint: str = "f") -> Runner:
    return Runner(fingerprint, ResultCache(path / "results.sqlite", keys), Counters(), lambda *_: None)


def edit(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / RESULTS)) as db, db:
        db.execute(sql)


def upper(size: int = 2) -> Work[str]:
    return text_work("upper", {"p": 1}, lambda batch: [text.upper() for text in batch], Limits(size))


def test_results_come_in_order_and_each_input_is_computed_once(tmp_path: Path, keys: Keys) -> None:
    seen: list[list[str]] = []

    def compute(batch: list[str]) -> list[str]:
        seen.append(batch)
        return [text.upper() for text in batch]

    run = runner(tmp_path, keys)
    work = text_work("upper", {}, compute, Limits(2))
    assert run.run(work, ["ccc", "a", "bb", "a"]) == ["CCC", "A", "BB", "A"]
    assert seen == [["a", "bb"], ["ccc"]]
    assert run.run(work, ["bb", "a"]) == ["BB", "A"]
    assert len(seen) == 2
    assert (run.counters.cache_hits, run.counters.cache_misses) == (2, 3)


def test_the_plan_does_not_depend_on_what_is_cached(tmp_path: Path, keys: Keys) -> None:
    run = runner(tmp_path, keys)
    run.run(upper(), ["a"])
    seen: list[list[str]] = []
    work = text_work("upper", {"p": 1}, lambda batch: seen.append(batch) or [t.upper() for t in batch], Limits(2))
    assert run.run(work, ["a", "b", "c", "d"]) == ["A", "B", "C", "D"]
    assert seen == [["a", "b"], ["c", "d"]]


def test_a_batch_is_bounded_by_size_too(tmp_path: Path, keys: Keys) -> None:
    seen: list[int] = []
    work = text_work("n", {}, lambda batch: seen.append(len(batch)) or batch, Limits(10, size=6))
    runner(tmp_path, keys).run(work, ["aa", "bb", "cc", "dd", "x" * 50])
    assert seen == [3, 1, 1]


def test_progress_is_told_after_every_batch_without_text(tmp_path: Path, keys: Keys) -> None:
    told: list[tuple[str, int, int]] = []
    run = Runner("f", ResultCache(tmp_path / "c.sqlite", keys), Counters(), lambda *args: told.append(args))
    run.run(upper(), [MARKER, "b", "c"])
    assert told == [("upper", 2, 3), ("upper", 3, 3)]


def test_another_fingerprint_parameter_or_key_finds_nothing(tmp_path: Path, keys: Keys) -> None:
    runner(tmp_path, keys).run(upper(), ["a"])
    for run in (runner(tmp_path, keys, "g"), runner(tmp_path, Keys.from_secret(b"1" * 32))):
        run.run(upper(), ["a"])
        assert run.counters.cache_hits == 0
    other = runner(tmp_path, keys)
    other.run(text_work("upper", {"p": 2}, lambda batch: batch, Limits(1)), ["a"])
    assert other.counters.cache_hits == 0


def test_the_files_hold_no_plain_text_and_are_the_owner_s(tmp_path: Path, keys: Keys) -> None:
    runner(tmp_path, keys).run(upper(), [MARKER])
    files = list(tmp_path.iterdir())
    assert files
    for file in files:
        content = file.read_bytes()
        assert MARKER.encode() not in content
        assert MARKER.upper().encode() not in content
        assert file.stat().st_mode & 0o077 == 0


def test_a_value_moved_to_another_key_is_noticed(tmp_path: Path, keys: Keys) -> None:
    cache = ResultCache(tmp_path / RESULTS, keys)
    cache.put({"a": 1, "b": 2})
    edit(tmp_path, "UPDATE results SET value = (SELECT value FROM results WHERE key = 'b') WHERE key = 'a'")
    with pytest.raises(IntegrityError):
        cache.get(["a"])


def test_pruning_deletes_only_old_results_and_returns_their_space(tmp_path: Path, keys: Keys) -> None:
    assert prune_results(tmp_path, keep_days=7) == (0, 0)
    cache = ResultCache(tmp_path / RESULTS, keys)
    cache.put({"old": "x" * 100_000})
    edit(tmp_path, "UPDATE results SET created = created - 86400 * 10")
    cache.put({"new": 2})
    results, size = prune_results(tmp_path, keep_days=7)
    assert results == 1
    assert size > 100_000
    assert cache.get(["old", "new"]) == {"new": 2}
    assert prune_results(tmp_path, keep_days=7) == (0, 0)


def test_too_little_memory_halves_the_batch(tmp_path: Path, keys: Keys) -> None:
    import torch

    sizes: list[int] = []

    def compute(batch: list[str]) -> list[str]:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return [text.upper() for text in batch]

    run = runner(tmp_path, keys)
    assert run.run(text_work("m", {}, compute, Limits(8)), list("abcdefgh")) == list("ABCDEFGH")
    assert sizes == [8, 4, 2, 2, 4, 2, 2]
    assert run.counters.halvings == 3


def test_the_cpu_allocator_s_refusal_halves_too_and_one_item_is_the_end(tmp_path: Path, keys: Keys) -> None:
    import torch

    def compute(batch: list[str]) -> list[str]:
        torch.empty(2**60 if len(batch) > 1 else 1)
        return batch

    run = runner(tmp_path, keys)
    assert run.run(text_work("m", {}, compute, Limits(4)), list("abcd")) == list("abcd")
    with pytest.raises(MachineError, match="one item of size 1 does not fit"):
        run.run(text_work("n", {}, lambda batch: [torch.empty(2**60)], Limits(4)), ["a"])


def test_other_errors_are_not_taken_for_memory(tmp_path: Path, keys: Keys) -> None:
    def broken(batch: list[str]) -> list[str]:
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        runner(tmp_path, keys).run(text_work("m", {}, broken, Limits(4)), ["a", "b"])


_ENDLESS = """
import sys, time
from pathlib import Path
from resources.models.batching import Counters, Limits, Runner, text_work
from resources.models.cache import ResultCache
from resources.keys import Keys

def compute(batch):
    time.sleep(0.02)
    return [text.upper() for text in batch]

def told(task, done, total):
    print(done, flush=True)

cache = ResultCache(Path(sys.argv[1]) / "results.sqlite", Keys.from_secret(b"0" * 32))
Runner("f", cache, Counters(), told).run(text_work("upper", {"p": 1}, compute, Limits(5)),
                                         [f"{i:06d}" for i in range(100_000)])
"""


@pytest.mark.crash
def test_a_killed_process_loses_one_batch_at_most(tmp_path: Path, keys: Keys) -> None:
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    time.sleep(0.3)
    for _ in range(4):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    told = [20, *map(int, process.stdout.read().split())][-1]
    process.wait()
    items = [f"{i:06d}" for i in range(told + 10)]
    run = runner(tmp_path, keys)
    assert run.run(upper(5), items) == [item.upper() for item in items]
    assert run.counters.cache_hits >= told
    assert run.counters.cache_misses <= 10
