"""Releases, cleaning and the DuckDB catalog."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from resources.errors import DataError, IntegrityError, UnpublishedError
from resources.keys import Keys
from resources.lake.catalog import open_catalog, write_catalog
from resources.lake.model import Partition, Staged
from resources.lake.store import Lake
from synth_assets.records import MASKED_CORPUS, REJECTED
from synth_assets_tests.resources.lake import cases

PART = Partition("letters", cases.DAY)
OTHER = Partition("notes", cases.DAY)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", cases.KEYS)


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return connection.sql(f"SELECT count(*) FROM ({query})").fetchall()[0][0]


def data_files(lake: Lake) -> int:
    return len(list(Path(lake.root).rglob("source=*/**/*.parquet")))


def test_release_pins_signs_and_is_written_once(lake: Lake):
    first = cases.put(lake, PART, cases.rows_of("a"))
    where = lake.pin("2026.1", {PART: {cases.STAGE: first.digest}})
    cases.put(lake, PART, cases.rows_of("b"))
    assert lake.releases() == ["2026.1"]
    (version,) = lake.release("2026.1").versions
    assert (version.stage, version.partition, version.data_version) == (cases.STAGE, PART, first.digest)
    assert lake.verify_release("2026.1").files == 1
    assert lake.verify_release("2026.1", lake.keys.public_key_pem()).files == 1
    with pytest.raises(IntegrityError):
        lake.verify_release("2026.1", Keys.from_secret(b"1" * 32).public_key_pem())
    with pytest.raises(DataError, match="never changed"):
        lake.pin("2026.1", {PART: {cases.STAGE: first.digest}})
    with pytest.raises(UnpublishedError, match="never published"):
        lake.pin("other", {PART: {cases.STAGE: "0" * 16}})
    for name, pins in [("../x", {PART: {cases.STAGE: first.digest}}), ("empty", {})]:
        with pytest.raises(DataError):
            lake.pin(name, pins)
    assert json.loads(Path(where).read_text())["public_key"].startswith("-----BEGIN PUBLIC KEY")


def test_altered_release_and_altered_file_are_refused(lake: Lake):
    staged = cases.put(lake, PART, cases.rows_of("a"))
    where = Path(lake.pin("one", {PART: {cases.STAGE: staged.digest}}))
    data = Path(staged.uri).read_bytes()
    Path(staged.uri).write_bytes(data + b"x")
    with pytest.raises(IntegrityError):
        lake.verify_release("one")
    Path(staged.uri).write_bytes(data)
    where.with_name("two.json").write_text(where.read_text())
    with pytest.raises(IntegrityError, match="is the release 'one'"):
        lake.release("two")
    where.write_text(where.read_text().replace("letters", "lettres"))
    with pytest.raises(IntegrityError, match="signature"):
        lake.release("one")


def test_vacuum_keeps_what_is_serving_pinned_or_recent(lake: Lake):
    pinned = cases.put(lake, PART, cases.rows_of("pinned"), attachments={"card": lake.attach(b"pinned", ".md")})
    cases.put(lake, PART, cases.rows_of("replaced"), attachments={"card": lake.attach(b"replaced", ".md")})
    cases.put(lake, PART, cases.rows_of("serving"), attachments={"card": lake.attach(b"serving", ".md")})
    lake.stage(cases.STAGE, PART, cases.rows_of("orphan"), MASKED_CORPUS)
    Path(lake.root, cases.STAGE, PART.directory, ".crashed.tmp").write_bytes(b"half")
    lake.pin("one", {PART: {cases.STAGE: pinned.digest}})
    nothing = lake.vacuum(retention_hours=1)
    assert (nothing.files, nothing.attachments) == (0, 0)
    assert data_files(lake) == 4
    time.sleep(0.05)
    done = lake.vacuum(retention_hours=0)
    assert (done.files, done.attachments) == (3, 1)
    assert done.bytes > 0
    assert data_files(lake) == 2
    assert lake.verify_release("one").files == 1
    assert lake.attachment(lake.release("one").versions[0].manifest.attachments["card"]) == b"pinned"
    assert set(lake.read(cases.STAGE, PART)["text"].to_pylist()) == {"text serving"}
    assert lake.log(cases.STAGE).table().version() == 3


def test_discard_deletes_what_was_never_decided_on(lake: Lake):
    def stage(tag: str) -> tuple[Staged, Staged]:
        staged = lake.stage(cases.STAGE, PART, cases.rows_of(tag), MASKED_CORPUS)
        return staged, lake.stage_rejected(staged, [cases.rejected_row("r")], REJECTED)

    (good, beside), (refused, with_it), _forgotten = stage("a"), stage("b"), stage("c")
    agreed = cases.manifest_of(good)
    with pytest.raises(DataError, match="another candidate"):
        lake.publish(refused, agreed, with_it)
    lake.publish(good, agreed, beside)
    lake.quarantine(refused, cases.manifest_of(refused), ["test"], with_it)
    files = data_files(lake)
    assert lake.discard() == 2
    assert data_files(lake) == files - 2
    assert lake.discard() == 0
    assert lake.read(cases.STAGE, PART).num_rows == 20
    assert len(lake.quarantined()) == 1
    stage("d")
    assert Lake(lake.root, lake.keys).discard() == 0  # another run's


def test_retention_counts_from_the_end_of_serving(lake: Lake):
    """A file written long ago and replaced just now may still be in some reader's hands."""
    old = cases.put(lake, PART, cases.rows_of("old"))
    long_ago = time.time() - 90 * 86400
    os.utime(old.uri, (long_ago, long_ago))
    cases.put(lake, PART, cases.rows_of("new"))
    assert lake.vacuum(retention_hours=24).files == 0
    assert Path(old.uri).exists()


def test_vacuum_with_other_keys_or_after_a_forgery_loses_nothing(lake: Lake):
    good = cases.put(lake, PART, cases.rows_of("a"))
    raw = cases.put_raw(lake, PART, [cases.raw_row("a")])
    time.sleep(0.05)
    assert Lake(lake.root, Keys.from_secret(b"1" * 32)).vacuum(retention_hours=0).files == 0
    DeltaTable(str(Path(lake.root, cases.STAGE))).delete()  # an entry without a seal
    time.sleep(0.05)
    assert lake.vacuum(retention_hours=0).files == 0
    lake.roll_back(cases.STAGE, PART, good.digest, "a.person", "forged entry")
    assert lake.read(cases.STAGE, PART).num_rows == 20
    assert Path(raw.uri).exists()


def test_stage_that_never_published_is_cleaned(lake: Lake):
    staged = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
    time.sleep(0.05)
    assert lake.vacuum(retention_hours=0).files == 1
    assert not Path(staged.uri).exists()


def test_raw_text_goes_when_its_retention_ends_even_when_pinned(lake: Lake):
    raw = cases.put_raw(lake, PART, [cases.raw_row("a", cases.SECRET_TEXT)])
    masked = cases.put(lake, PART, cases.rows_of("a"))
    lake.pin("one", {PART: {"raw_corpus": raw.digest, cases.STAGE: masked.digest}})
    assert lake.vacuum(raw_retention_days=1).raw_partitions == 0
    assert lake.read("raw_corpus", PART).num_rows == 1
    time.sleep(0.05)
    done = lake.vacuum(raw_retention_days=0)
    assert (done.raw_partitions, done.files) == (1, 2)
    assert not list(Path(lake.root, "raw").rglob("source=*/**/*.parquet"))
    assert lake.published("raw_corpus", PART) is None
    with pytest.raises(UnpublishedError, match="no published version"):
        lake.read("raw_corpus", PART)
    assert lake.log("raw_corpus").table().file_uris() == []
    assert lake.verify_release("one") == type(lake.verify_release("one"))(1, ("raw_corpus/2026-01-01|letters",))
    assert count(open_catalog(lake, release="one"), f"SELECT * FROM {cases.STAGE}") == 20
    assert count(open_catalog(lake), "SELECT id, split FROM raw_corpus") == 0
    assert lake.vacuum(raw_retention_days=0).raw_partitions == 0


def test_expired_quarantine_is_dropped(lake: Lake):
    for days in (-1.0, 1.0):
        bad = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
        lake.quarantine(bad, cases.manifest_of(bad), ["gate"], keep_days=days)
    assert lake.vacuum(retention_hours=0).quarantined == 1
    (entry,) = lake.quarantined()
    assert Path(entry.uri).exists()


def test_negative_retention_is_refused(lake: Lake):
    with pytest.raises(DataError):
        lake.vacuum(retention_hours=-1)


def test_catalog_shows_what_is_published_then_and_now(lake: Lake):
    first = cases.put(lake, PART, cases.rows_of("a", 3))
    cases.put(lake, OTHER, cases.rows_of("o", 2))
    lake.pin("one", {PART: {cases.STAGE: first.digest}})
    time.sleep(0.05)
    between = datetime.now(UTC)
    time.sleep(0.05)
    second = cases.put(lake, PART, cases.rows_of("b", 5))
    lake.stage(cases.STAGE, PART, cases.rows_of("unseen"), MASKED_CORPUS)
    now = open_catalog(lake)
    groups = now.sql(
        f"SELECT source, day, data_version, count(*) FROM {cases.STAGE} GROUP BY ALL ORDER BY 1"
    ).fetchall()
    assert groups[0] == ("letters", cases.DAY, second.digest, 5)
    assert groups[1][3] == 2
    assert count(open_catalog(lake, at=between), f"SELECT * FROM {cases.STAGE}") == 5
    assert count(open_catalog(lake, at=1), f"SELECT * FROM {cases.STAGE}") == 3
    assert count(open_catalog(lake, at=between - timedelta(days=1)), f"SELECT id, scores FROM {cases.STAGE}") == 0
    pinned = open_catalog(lake, release="one")
    assert pinned.sql(f"SELECT DISTINCT data_version FROM {cases.STAGE}").fetchall() == [(first.digest,)]
    assert count(now, "SELECT * FROM versions") == 3
    assert count(now, "SELECT * FROM versions WHERE serving") == 2
    assert count(pinned, "SELECT * FROM versions WHERE serving") == 1
    with pytest.raises(DataError, match="not both"):
        open_catalog(lake, release="one", at=1)
    cases.put(lake, PART, [])
    assert count(now, f"SELECT * FROM {cases.STAGE}") == 7  # what was opened stays as it was
    assert count(open_catalog(lake), f"SELECT * FROM {cases.STAGE}") == 2


def test_catalog_refuses_tampered_files(lake: Lake):
    staged = cases.put(lake, PART, cases.rows_of("a"))
    Path(staged.uri).write_bytes(Path(staged.uri).read_bytes() + b"x")
    with pytest.raises(IntegrityError):
        open_catalog(lake)


def test_catalog_file_is_replaced_while_a_reader_holds_it(lake: Lake, tmp_path: Path):
    cases.put(lake, PART, cases.rows_of("a", 3))
    path = write_catalog(lake, tmp_path / "catalog.duckdb")
    reader = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input(); "
    reader += f"print(c.sql('SELECT count(*) FROM {cases.STAGE}').fetchall()[0][0])"
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdout.readline() == "open\n"
        cases.put(lake, PART, cases.rows_of("b", 5))
        write_catalog(lake, path)
        assert process.communicate("\n", timeout=60)[0] == "3\n"
    with duckdb.connect(str(path), read_only=True) as connection:
        assert count(connection, f"SELECT * FROM {cases.STAGE}") == 5
        assert count(connection, "SELECT * FROM versions") == 2
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["catalog.duckdb"]
