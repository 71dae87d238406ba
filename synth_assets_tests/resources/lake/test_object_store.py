"""The same lake on an S3 server on the loopback interface (moto)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.errors import DataError, IntegrityError, UnpublishedError
from resources.lake.catalog import open_catalog, write_catalog
from resources.lake.log import table_key
from resources.lake.model import Partition
from resources.lake.store import Lake
from synth_assets.records import MASKED_CORPUS, REJECTED
from synth_assets_tests.resources.lake import cases

PART = Partition("letters", cases.DAY)


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, str]]:
    pytest.importorskip("obstore", reason="the object-store extra is not installed")
    server_module = pytest.importorskip("moto.server", reason="moto, a development dependency, is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "aws_endpoint_url": f"http://{host}:{port}",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "aws_region": "us-east-1",
        "allow_http": "true",
    }
    server.stop()


@pytest.fixture
def lake(options: dict[str, str], request: pytest.FixtureRequest) -> Lake:
    import boto3

    bucket = request.node.name.replace("_", "-")[:60]
    boto3.client(
        "s3",
        endpoint_url=options["aws_endpoint_url"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    ).create_bucket(Bucket=bucket)
    return Lake(f"s3://{bucket}/lake", cases.KEYS, options)


def test_publish_read_quarantine_and_vacuum(lake: Lake):
    first = cases.put(lake, PART, cases.rows_of("a", 3))
    raw = cases.put_raw(lake, PART, [cases.raw_row("a")])
    cases.put(lake, PART, cases.rows_of("b", 5))
    assert first.uri.startswith("s3://")
    assert lake.stages() == [cases.STAGE, "raw_corpus"]
    assert lake.read(cases.STAGE, PART).num_rows == 5
    assert lake.read_rejected("raw_corpus", PART).num_rows == 1
    assert lake.read_version(cases.STAGE, PART, first.digest).num_rows == 3
    bad = lake.stage(cases.STAGE, PART, cases.rows_of("bad"), MASKED_CORPUS)
    rejected = lake.stage_rejected(bad, [cases.rejected_row("r")], REJECTED)
    name = lake.quarantine(bad, cases.manifest_of(bad), ["gate"], rejected)
    assert [entry.name for entry in lake.quarantined()] == [name]
    lake.drop_quarantined(name)
    assert lake.quarantined() == []
    assert lake.attachment(lake.attach(b"card", ".md")) == b"card"
    lake.pin("one", {PART: {"raw_corpus": raw.digest}})
    with pytest.raises(DataError, match="never changed"):
        lake.pin("one", {PART: {"raw_corpus": raw.digest}})
    time.sleep(1.1)  # the store's clock has whole seconds
    assert lake.vacuum(retention_hours=0).files == 1
    assert lake.verify_release("one").files == 1
    with pytest.raises(UnpublishedError, match="was removed"):
        lake.read_version(cases.STAGE, PART, first.digest)


def test_tampered_object_is_refused(lake: Lake):
    staged = cases.put(lake, PART, cases.rows_of("a"))
    lake.files_under_root.put(f"{table_key(cases.STAGE)}/{staged.path}", b"other")
    with pytest.raises(IntegrityError):
        lake.read(cases.STAGE, PART)


def test_rows_are_sent_and_read_in_pieces_and_a_row_that_fails_late_leaves_nothing(lake: Lake):
    staged = cases.put(lake, PART, iter(cases.rows_of("a", 1000)))
    assert [row["id"] for row in lake.scan(cases.STAGE, PART, ["id"])] == [f"a-{i}" for i in range(1000)]
    bad = [*cases.rows_of("b", 1000), {**cases.row("late"), "text": None}]
    with pytest.raises(DataError, match="'text' has 1 nulls"):
        lake.stage(cases.STAGE, PART, iter(bad), MASKED_CORPUS)
    kept = [f.key for f in lake.files_under_root.list(cases.STAGE) if "_delta_log" not in f.key]
    assert kept == [f"{cases.STAGE}/{staged.path}"]


def test_catalog_without_any_extension(lake: Lake, tmp_path: Path):
    cases.put(lake, PART, cases.rows_of("a", 3))
    connection = open_catalog(lake)
    query = f"SELECT source, day, count(*), count(data_version) FROM {cases.STAGE} GROUP BY ALL"
    assert connection.sql(query).fetchall() == [("letters", cases.DAY, 3, 3)]
    with pytest.raises(DataError, match="local disk"):
        write_catalog(lake, tmp_path / "catalog.duckdb")


def test_four_writers(lake: Lake):
    script = str(Path(__file__).with_name("cases.py"))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    running = []
    for i in range(4):
        sources = f"w{i}-0,w{i}-1,shared"
        command = [sys.executable, script, lake.root, json.dumps(lake.storage_options), sources, f"w{i}-", "2"]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment))
    assert [process.wait(timeout=200) for process in running] == [0] * 4
    versions = lake.versions(cases.STAGE)
    assert len(versions) == 24
    assert not any(version.problem for version in versions)
    assert len(lake.log(cases.STAGE).table().file_uris()) == len(lake.files(cases.STAGE)) == 9
    for part in {version.partition for version in versions}:
        table = lake.read(cases.STAGE, part)
        assert table.num_rows == 20
        assert len(set(table["text"].to_pylist())) == 1
