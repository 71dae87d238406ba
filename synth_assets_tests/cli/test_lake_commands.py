"""Commands on published versions change what they say and print no text of a document."""

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from resources.errors import DataError, IntegrityError, PolicyError, UnpublishedError
from resources.home import Home
from resources.keys import Keys
from resources.lake.model import Partition
from resources.lake.store import Lake
from resources.models.cache import RESULTS, ResultCache
from synth_assets.cli.app import app
from synth_assets.cli.doctor import CHECKS
from synth_assets.modes import mode_sentence
from synth_assets.records import MASKED_CORPUS, PRIVACY_REPORT
from synth_assets_tests.modes import released_in
from synth_assets_tests.resources.lake import cases

PART = Partition("letters", cases.DAY)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(tmp_path))
    return Home(tmp_path)


@pytest.fixture
def lake(home: Home) -> Lake:
    return Lake(home.lake, Keys.open(home.keys))


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    assert cases.SECRET_TEXT not in result.output
    return result.output


def publish_two(lake: Lake) -> tuple[str, str]:
    first = cases.put(lake, PART, [cases.row("1"), cases.row("2"), cases.row("3", cases.SECRET_TEXT)])
    second = cases.put(lake, PART, [cases.row("2"), cases.row("3", "changed"), cases.row("4", cases.SECRET_TEXT)])
    return first.digest, second.digest


def test_diff_prints_ids_and_counts(lake: Lake) -> None:
    assert command("diff", cases.STAGE, PART.key, *publish_two(lake)).splitlines() == [
        "added 4",
        "removed 1",
        "changed 3",
        "added: 1, removed: 1, changed: 1, same: 1",
    ]


def test_rollback_publishes_the_older_version_and_records_who(lake: Lake) -> None:
    first, second = publish_two(lake)
    why = ("--reason", "bad model", "--author", "a.person")
    assert first in command("rollback", cases.STAGE, PART.key, first, *why)
    version = lake.published(cases.STAGE, PART)
    assert version and version.manifest and version.data_version == first
    assert version.manifest.rollback["author"] == "a.person"
    assert version.manifest.rollback["replaced"] == second
    with pytest.raises(DataError, match="already serves"):
        command("rollback", cases.STAGE, PART.key, first, *why)


def test_status_names_the_mode_of_each_report_and_its_permission(lake: Lake) -> None:
    valid = released_in("rewritten").facts
    stated = {"a": {"mode": "formal"}, "b": valid, "c": {**valid, "expires": "2020-01-01"}, "d": {}}
    for source, facts in stated.items():
        staged = lake.stage("privacy_report", Partition(source, cases.DAY), [], PRIVACY_REPORT)
        lake.publish(staged, cases.manifest_of(staged, release=facts))
    shown = " ".join(command("status").split())
    kept = mode_sentence("rewritten")
    assert f"{mode_sentence('formal')} {cases.DAY}|a" in shown
    assert f"{kept} Permission (in force) until 2999-01-01, by a.tester: {cases.DAY}|b" in shown
    assert f"{kept} Permission (expired) until 2020-01-01, by a.tester: {cases.DAY}|c" in shown
    assert f"{kept} {cases.DAY}|d" in shown  # from before modes had names


def test_quarantine_is_listed_and_dropped(lake: Lake) -> None:
    bad = lake.stage(cases.STAGE, PART, [cases.row("1", cases.SECRET_TEXT)], MASKED_CORPUS)
    name = lake.quarantine(bad, cases.manifest_of(bad, verdicts={"gate": False}), ["gate"])
    listed = command("quarantine", "list")
    assert listed.startswith(f"{name}  {cases.STAGE}/{PART.key}, 1 rows, failed gate; deleted after 20")
    assert "dropped" in command("quarantine", "drop", name)
    assert "nothing is in quarantine" in command("quarantine", "list")
    with pytest.raises(UnpublishedError):
        command("quarantine", "drop", name)


def test_catalog_writes_views_of_the_published_rows(lake: Lake, tmp_path: Path) -> None:
    publish_two(lake)
    command("catalog", str(tmp_path / "catalog.duckdb"))
    with duckdb.connect(str(tmp_path / "catalog.duckdb"), read_only=True) as connection:
        assert connection.sql(f"SELECT id FROM {cases.STAGE} ORDER BY id").fetchall() == [("2",), ("3",), ("4",)]


def test_vacuum_deletes_old_model_results_and_says_how_much(home: Home, lake: Lake) -> None:
    cache = ResultCache(home.cache / RESULTS, Keys.open(home.keys))
    cache.put({"old": "x" * 100_000})
    with closing(sqlite3.connect(home.cache / RESULTS)) as db, db:
        db.execute("UPDATE results SET created = created - 86400 * 31")
    cache.put({"new": 1})
    assert "cached_results: 0, cache_bytes: 0" in command("vacuum", "--cache-days", "32")
    before, counts, _ = command("vacuum").partition("cached_results: 1, cache_bytes: ")
    assert before.startswith("files: 0")
    assert counts
    assert cache.get(["old", "new"]) == {"new": 1}


def test_doctor_verifies_pinned_files(home: Home, lake: Lake) -> None:
    examine = CHECKS["releases"]
    assert examine(Home(home.root / "empty")) == "none"
    first, second = publish_two(lake)
    for name, version in (("one", first), ("two", second)):
        lake.pin(name, {PART: {cases.STAGE: version}})
    assert examine(home) == "2 signed, 2 pinned files intact"
    (file,) = lake.files(cases.STAGE)
    Path(file).write_bytes(b"other")
    with pytest.raises(IntegrityError):
        examine(home)


def test_suite_prints_what_replaces_the_packaged_suite(home: Home) -> None:
    items = yaml.safe_load(command("suite", "masked_corpus"))
    home.suites.mkdir()
    (home.suites / "masked_corpus.yaml").write_text(yaml.safe_dump(items[:2]))
    assert [item["name"] for item in items[:2]] == ["has_rows", "ids_are_present"]
    assert yaml.safe_load(command("suite", "masked_corpus")) == items[:2]
    with pytest.raises(PolicyError, match="unknown stage 'masked'"):
        command("suite", "masked")
