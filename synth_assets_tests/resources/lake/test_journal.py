"""A journal forgets nothing, notices what was changed, and lets one of two writers through."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resources.errors import IntegrityError
from resources.keys import Keys
from resources.lake.journal import Journal
from resources.lake.store import Lake

Change = Callable[[list[Path]], object]


@pytest.fixture
def lake(tmp_path: Path, keys: Keys) -> Lake:
    return Lake(tmp_path, keys)


def filled(lake: Lake, count: int = 4) -> Journal:
    journal = Journal(lake, "letters")
    assert all(journal.append({"number": number, "name": "é"}, after=number) for number in range(count))
    return journal


def test_entries_come_back_in_order_and_apart_from_other_journals(lake: Lake) -> None:
    journal = filled(lake)
    assert journal.entries() == [{"number": number, "name": "é"} for number in range(4)]
    assert Journal(lake, "notes").entries() == []
    assert not journal.append({}, after=3)
    assert not journal.append({}, after=5)
    assert len(journal.entries()) == 4


def test_one_of_many_writers_is_first(lake: Lake) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: Journal(lake, "letters").append({"writer": n}, after=0), range(8)))
    assert sum(won) == 1
    assert Journal(lake, "letters").entries() == [{"writer": won.index(True)}]


def rewrite(path: Path) -> None:
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, "entry": whole["entry"].replace("1", "7")}))


@pytest.mark.parametrize(
    "change",
    [
        lambda files: rewrite(files[1]),
        lambda files: files[1].unlink(),
        lambda files: files[1].write_bytes(files[2].read_bytes()),
        lambda files: files[2].write_text("{"),
        lambda files: files[0].write_text("null"),
    ],
    ids=["altered", "removed", "moved", "torn", "emptied"],
)
def test_what_was_changed_is_noticed(lake: Lake, tmp_path: Path, change: Change) -> None:
    journal = filled(lake)
    change(sorted((tmp_path / "_journals" / "letters").iterdir()))
    with pytest.raises(IntegrityError, match="journal letters: entry"):
        journal.entries()
    with pytest.raises(IntegrityError):
        journal.append({}, after=4)


def test_other_keys_cannot_continue_a_journal(lake: Lake, tmp_path: Path) -> None:
    filled(lake)
    with pytest.raises(IntegrityError):
        Journal(Lake(tmp_path, Keys.from_secret(b"1" * 32)), "letters").append({}, after=4)


def test_a_journal_is_private_and_outlives_vacuum(lake: Lake, tmp_path: Path) -> None:
    journal = filled(lake)
    assert (tmp_path / "_journals").stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / "_journals" / "letters").iterdir())
    lake.vacuum(retention_hours=0)
    assert len(journal.entries()) == 4
    assert lake.stages() == []
