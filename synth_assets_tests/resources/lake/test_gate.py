"""What a reader gets, and what it is refused, in one process."""

import json
import random
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction

from resources.errors import DataError, IntegrityError, PolicyError, SynthAssetsError, UnpublishedError
from resources.keys import Keys
from resources.lake import encoding
from resources.lake.model import OverrideNote, Partition
from resources.lake.overrides import Override, Overrides
from resources.lake.store import Lake
from synth_assets.records import MASKED_CORPUS, REJECTED
from synth_assets_tests.resources.lake import cases

PART = Partition("letters", cases.DAY)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", cases.KEYS)


def fresh(lake: Lake) -> Lake:
    return Lake(lake.root, lake.keys)


def texts(lake: Lake) -> set[str]:
    return set(lake.read(cases.STAGE, PART, ["text"])["text"].to_pylist())


def test_staged_rows_are_unseen_until_published(lake: Lake):
    staged = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
    assert lake.published(cases.STAGE, PART) is None
    assert lake.stages() == []
    with pytest.raises(UnpublishedError, match=r"masked_corpus/2026-01-01\|letters has no published version"):
        lake.read(cases.STAGE, PART)
    number = lake.publish(staged, cases.manifest_of(staged, seed=7, upstream={"raw_corpus": "0" * 16}))
    version = fresh(lake).published(cases.STAGE, PART)
    assert version and version.manifest
    assert (version.number, version.data_version, version.manifest.rows) == (number, staged.digest, 20)
    assert version.manifest.upstream == {"raw_corpus": "0" * 16}
    table = lake.read(cases.STAGE, PART)
    assert table.schema.equals(MASKED_CORPUS)
    assert table["scores"].to_pylist()[0] == [("a", 0.5), ("b", 1.0)]


def test_slice_key_round_trips_and_is_strict():
    assert Partition.parse(PART.key) == PART
    assert PART.key == "2026-01-01|letters"
    for source, day in [("..", "2026-01-01"), ("a/b", "2026-01-01"), ("a", "2026-1-1"), ("a", "20260101"), ("", "x")]:
        with pytest.raises(DataError):
            Partition(source, day)


def test_equal_rows_give_equal_bytes_whatever_the_map_order(lake: Lake):
    rows = cases.rows_of("a")
    turned = [{**dict(reversed(row.items())), "scores": {"a": 0.5, "b": 1.0}} for row in rows]
    first = lake.stage(cases.STAGE, PART, rows, MASKED_CORPUS)
    time.sleep(1.1)  # a time stamp in the file would show
    second = lake.stage(cases.STAGE, PART, turned, MASKED_CORPUS)
    assert first.sha256 == second.sha256
    assert first.path != second.path
    assert Path(first.uri).name.startswith(first.sha256)


def test_rows_are_taken_written_and_read_a_row_group_at_a_time(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    """Neither the rows nor the file are ever in memory as a whole."""
    monkeypatch.setattr(encoding, "ROW_GROUP", 2 * encoding.CHUNK)
    count = 5 * encoding.CHUNK + 1
    staged = cases.put(lake, PART, (cases.row(f"{i:05d}") for i in range(count)))
    file = pq.ParquetFile(staged.uri)
    groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert groups == [2 * encoding.CHUNK] * 2 + [encoding.CHUNK + 1]
    rows = lake.scan(cases.STAGE, PART, ["id"])
    assert [row["id"] for row in rows] == [f"{i:05d}" for i in range(count)] and staged.rows == count
    long = [cases.row(str(i), f"{i} " * 5000) for i in range(3 * encoding.CHUNK)]
    monkeypatch.setattr(encoding, "ROW_GROUP_BYTES", 2**20)
    assert pq.ParquetFile(lake.stage(cases.STAGE, PART, long, MASKED_CORPUS).uri).num_row_groups == 3


def test_a_row_that_fails_late_leaves_no_file(lake: Lake):
    rows = [*cases.rows_of("a", 1000), {**cases.row("late"), "text": None}]
    with pytest.raises(DataError, match="'text' has 1 nulls"):
        lake.stage(cases.STAGE, PART, iter(rows), MASKED_CORPUS)
    assert not [path for path in Path(lake.root).rglob("*") if path.is_file()]


def test_scan_verifies_before_the_first_row(lake: Lake):
    staged = cases.put(lake, PART, cases.rows_of("a", 3))
    assert [row["id"] for row in lake.scan(cases.STAGE, PART)] == ["a-0", "a-1", "a-2"]
    assert next(lake.rows_of(cases.STAGE, staged.stored))["scores"] == [("a", 0.5), ("b", 1.0)]
    data = bytearray(Path(staged.uri).read_bytes())
    data[-20] ^= 1
    Path(staged.uri).write_bytes(data)
    with pytest.raises(IntegrityError):
        next(lake.scan(cases.STAGE, PART))
    Path(staged.uri).unlink()
    with pytest.raises(UnpublishedError, match="was removed"):
        next(lake.scan(cases.STAGE, PART))


def test_identical_content_twice_is_one_live_file(lake: Lake):
    cases.put(lake, PART, cases.rows_of("a"))
    cases.put(lake, PART, cases.rows_of("a"))
    assert len(lake.log(cases.STAGE).table().file_uris()) == 1
    assert len(lake.versions(cases.STAGE, PART)) == 2
    assert lake.read(cases.STAGE, PART).num_rows == 20


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"scores": {"a": cases.SECRET_TEXT}}, "scores"),
        ({"masks": [{"start": 0, "end": 1, "kind": None, "unit": 0, "corruption": "mask"}]}, "masks"),
        ({"masks": [None]}, "masks"),
        ({"spans": cases.SECRET_TEXT}, "spans"),
        ({"surprise": cases.SECRET_TEXT}, "surprise"),
    ],
)
def test_schema_errors_name_the_column_and_no_value(lake: Lake, change: dict, column: str):
    rows = [cases.row("1"), {**cases.row("2"), **change}]
    with pytest.raises(DataError) as caught:
        lake.stage(cases.STAGE, PART, rows, MASKED_CORPUS)
    assert repr(column) in str(caught.value)
    assert "Novak" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_missing_column_is_counted(lake: Lake):
    rows = [cases.row("1"), {k: v for k, v in cases.row("2").items() if k != "text"}]
    with pytest.raises(DataError, match="'text' is missing in 1 of 2 rows"):
        lake.stage(cases.STAGE, PART, rows, MASKED_CORPUS)


def test_failed_check_cannot_be_published(lake: Lake):
    staged = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
    with pytest.raises(PolicyError, match="no_direct_identifiers"):
        lake.publish(staged, cases.manifest_of(staged, verdicts={"no_direct_identifiers": False}))
    assert lake.published(cases.STAGE, PART) is None


def test_manifest_must_describe_the_candidate(lake: Lake):
    staged = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
    for wrong in ({"rows": 19}, {"data_version": "0" * 16}, {"source": "other"}, {"stage": "raw_corpus"}):
        with pytest.raises(DataError, match="another candidate"):
            lake.publish(staged, cases.manifest_of(staged, **wrong))


def test_candidate_changed_after_the_audit_is_refused(lake: Lake):
    staged = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
    Path(staged.uri).write_bytes(b"other")
    with pytest.raises(IntegrityError):
        lake.publish(staged, cases.manifest_of(staged))


def test_failing_gate_goes_to_quarantine_and_head_stays(lake: Lake):
    good = cases.put(lake, PART, cases.rows_of("good"))
    bad = lake.stage(cases.STAGE, PART, [cases.row("x", cases.SECRET_TEXT)], MASKED_CORPUS)
    rejected = lake.stage_rejected(bad, [cases.rejected_row("r")], REJECTED)
    head = lake.log(cases.STAGE).table().version()
    name = lake.quarantine(bad, cases.manifest_of(bad, verdicts={"gate": False}), ["gate"], rejected)
    assert lake.log(cases.STAGE).table().version() == head
    assert texts(lake) == {"text good"}
    (entry,) = lake.quarantined()
    assert (entry.name, entry.stage, entry.partition, entry.reasons) == (name, cases.STAGE, PART, ("gate",))
    assert "Novak" not in repr(entry)
    assert not Path(bad.uri).exists()
    assert Path(entry.uri).exists()
    assert lake.files(cases.STAGE) == lake.files(cases.STAGE, PART) == [good.uri]
    lake.drop_quarantined(name)
    assert lake.quarantined() == []
    assert list(Path(lake.root, "_quarantine").iterdir()) == []


def test_altered_quarantine_report_is_refused(lake: Lake):
    bad = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
    name = lake.quarantine(bad, cases.manifest_of(bad), ["gate"])
    report = Path(lake.root, "_quarantine", name, "report.json")
    report.write_text(report.read_text().replace("gate", "fate"))
    with pytest.raises(IntegrityError):
        lake.quarantined()


def test_rejected_rows_are_tied_to_their_candidate(lake: Lake):
    first = cases.put_raw(lake, PART, [cases.raw_row("a")])
    assert lake.read_rejected("raw_corpus", PART)["text"].to_pylist() == [cases.SECRET_TEXT]
    entry = lake.log("raw_corpus__rejected").versions()[-1]
    assert entry.manifest and entry.manifest.data_version == first.digest
    assert lake.stages() == ["raw_corpus"]
    with pytest.raises(UnpublishedError, match="read_rejected"):
        lake.read("raw_corpus__rejected", PART)
    cases.put(lake, PART, cases.rows_of("a"))
    with pytest.raises(UnpublishedError, match="without rejected rows"):
        lake.read_rejected(cases.STAGE, PART)


def forge(lake: Lake, path: str, metadata: dict[str, str]) -> None:
    """A commit by someone who can write to the lake and does not have the key."""
    table = DeltaTable(str(Path(lake.root, cases.STAGE)))
    values = {"source": PART.source, "day": PART.day}
    add = AddAction(path, 10, values, int(time.time() * 1000), True, json.dumps({"numRecords": 1}))
    table.create_write_transaction(
        [add],
        mode="overwrite",
        schema=table.schema(),
        partition_by=["source", "day"],
        partition_filters=[("source", "=", PART.source), ("day", "=", PART.day)],
        commit_properties=CommitProperties(custom_metadata=metadata),
    )


def commit_info(lake: Lake, number: int) -> dict[str, str]:
    text = Path(lake.root, cases.STAGE, "_delta_log", f"{number:020d}.json").read_text()
    return next(json.loads(line)["commitInfo"] for line in text.splitlines() if "commitInfo" in line)


def test_forged_commits_are_refused_and_a_roll_back_heals(lake: Lake):
    good = cases.put(lake, PART, cases.rows_of("good"))
    bad = lake.stage(cases.STAGE, PART, cases.rows_of("bad"), MASKED_CORPUS)
    genuine = commit_info(lake, 1)
    sealed = {k: genuine[k] for k in ("synth_assets.entry", "synth_assets.mac")}
    altered = {**sealed, "synth_assets.entry": sealed["synth_assets.entry"].replace("true", "false")}
    for metadata, sentence in [({}, "carries no manifest"), (altered, "altered"), (sealed, "altered")]:
        forge(lake, bad.path, metadata)  # the last one replays a genuine entry under another number
        with pytest.raises(UnpublishedError, match=sentence):
            fresh(lake).read(cases.STAGE, PART)
        assert fresh(lake).files(cases.STAGE) == []
    lake.roll_back(cases.STAGE, PART, good.digest, "a.person", "forged entry")
    assert texts(lake) == {"text good"}


def test_removal_by_another_tool_is_refused(lake: Lake):
    cases.put(lake, PART, cases.rows_of("a"))
    DeltaTable(str(Path(lake.root, cases.STAGE))).delete()
    with pytest.raises(UnpublishedError, match="carries no manifest"):
        lake.read(cases.STAGE, PART)


def test_unreadable_log_entry_is_refused(lake: Lake):
    cases.put(lake, PART, cases.rows_of("a"))
    Path(lake.root, cases.STAGE, "_delta_log", f"{1:020d}.json").write_text('{"commitInfo": 5}')
    with pytest.raises(IntegrityError, match="entry 1 of the log"):
        lake.read(cases.STAGE, PART)


def test_other_keys_do_not_read(lake: Lake):
    cases.put(lake, PART, cases.rows_of("a"))
    with pytest.raises(UnpublishedError, match="sealed by other keys"):
        Lake(lake.root, Keys.from_secret(b"1" * 32)).read(cases.STAGE, PART)


def test_tampered_and_missing_files_are_refused(lake: Lake):
    staged = cases.put(lake, PART, cases.rows_of("a"))
    data = Path(staged.uri).read_bytes()
    Path(staged.uri).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(IntegrityError, match=staged.digest):
        lake.read(cases.STAGE, PART)
    Path(staged.uri).unlink()
    with pytest.raises(UnpublishedError, match="was removed"):
        lake.read(cases.STAGE, PART)


def test_override_lets_pass_until_it_expires(lake: Lake):
    soon = (datetime.now(UTC) + timedelta(seconds=60)).isoformat()
    note = OverrideNote(check="gate", reason="known false alarm", author="a.person", expires=soon)
    cases.put(lake, PART, cases.rows_of("a"), verdicts={"gate": False}, overrides=(note,))
    version = lake.published(cases.STAGE, PART)
    assert version and version.manifest and version.manifest.overrides == (note,)
    with pytest.raises(UnpublishedError, match="override of 'gate' that expired"):
        lake.published(cases.STAGE, PART, now=datetime.now(UTC) + timedelta(seconds=61))
    past = note.model_copy(update={"expires": "2020-01-01"})
    with pytest.raises(PolicyError, match="expired"):
        cases.put(lake, PART, cases.rows_of("b"), verdicts={"gate": False}, overrides=(past,))


def test_reading_after_an_override_has_expired(lake: Lake):
    soon = (datetime.now(UTC) + timedelta(seconds=0.5)).isoformat()
    note = OverrideNote(check="gate", reason="r", author="a", expires=soon)
    cases.put(lake, PART, cases.rows_of("a"), verdicts={"gate": False}, overrides=(note,))
    time.sleep(0.6)
    for attempt in (lambda: lake.read(cases.STAGE, PART), lambda: lake.files(cases.STAGE, PART)):
        with pytest.raises(UnpublishedError, match="expired"):
            attempt()
    assert lake.serving(cases.STAGE) == []


def test_override_store(lake: Lake):
    store = Overrides(lake)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    good = Override(cases.STAGE, PART, "gate", "known false alarm", "a.person", later)
    name = store.add(good)
    assert store.active(cases.STAGE, PART) == store.all() == [good]
    assert store.active("raw_corpus", PART) == []
    assert store.active(cases.STAGE, Partition("other", cases.DAY)) == []
    assert store.active(cases.STAGE, PART, datetime.now(UTC) + timedelta(days=2)) == []
    for change in ({"reason": " "}, {"author": ""}, {"expires": "2020-01-01"}, {"check": "a b"}):
        with pytest.raises(SynthAssetsError):
            store.add(Override(**{**vars(good), **change}))
    path = Path(lake.root, "_overrides", f"{name}.json")
    path.write_text(path.read_text().replace("2026", "2036").replace("2027", "2037"))
    assert store.all() == []
    assert store.tampered() == [name]


def test_attachments_are_content_addressed_and_verified(lake: Lake):
    digest = lake.attach(b"<html>", ".html")
    assert lake.attach(b"<html>", ".html") == digest
    assert lake.attachment(digest) == b"<html>"
    Path(lake.root, "_attachments", digest).write_bytes(b"other")
    with pytest.raises(IntegrityError):
        lake.attachment(digest)
    with pytest.raises(UnpublishedError):
        lake.attachment("0" * 64)


def test_private_trees_are_closed(lake: Lake):
    staged = cases.put_raw(lake, PART, [cases.raw_row("a", cases.SECRET_TEXT)])
    bad = lake.stage(cases.STAGE, PART, cases.rows_of("a"), MASKED_CORPUS)
    rejected = lake.stage_rejected(bad, [cases.rejected_row("r")], REJECTED)
    lake.quarantine(bad, cases.manifest_of(bad), ["gate"], rejected)
    lake.attach(b"x", ".txt")
    for tree in ("raw", "rejected", "_quarantine", "_attachments"):
        assert stat.S_IMODE(Path(lake.root, tree).stat().st_mode) == 0o700, tree
    assert stat.S_IMODE(Path(staged.uri).stat().st_mode) == 0o600
    assert Path(staged.uri).relative_to(lake.root).parts[:2] == ("raw", "raw_corpus")


def test_time_travel_diff_and_roll_back(lake: Lake):
    first = cases.put(lake, PART, [cases.row("1"), cases.row("2"), cases.row("3")])
    second = cases.put(lake, PART, [cases.row("2"), cases.row("3", "changed"), cases.row("4")])
    assert [v.data_version for v in lake.versions(cases.STAGE, PART)] == [first.digest, second.digest]
    assert lake.read_version(cases.STAGE, PART, first.digest)["id"].to_pylist() == ["1", "2", "3"]
    assert lake.files(cases.STAGE, version=1) == [first.uri]
    assert lake.files(cases.STAGE, PART, version=1) == [first.uri]
    diff = lake.diff(cases.STAGE, PART, first.digest, second.digest)
    assert (diff.added, diff.removed, diff.changed, diff.same) == (("4",), ("1",), ("3",), 1)
    with pytest.raises(DataError, match="already serves"):
        lake.roll_back(cases.STAGE, PART, second.digest, "a.person", "why not")
    with pytest.raises(DataError, match="author and a reason"):
        lake.roll_back(cases.STAGE, PART, first.digest, "", "why")
    with pytest.raises(UnpublishedError, match="never published"):
        lake.roll_back(cases.STAGE, PART, "0" * 16, "a.person", "why")
    assert lake.roll_back(cases.STAGE, PART, first.digest, "a.person", "bad model") == 3
    version = lake.published(cases.STAGE, PART)
    assert version and version.manifest and version.data_version == first.digest
    assert version.manifest.rollback["author"] == "a.person"
    assert version.manifest.rollback["replaced"] == second.digest
    assert len(lake.log(cases.STAGE).table().file_uris()) == 1


def test_a_new_column_is_added_and_a_changed_type_is_refused(lake: Lake):
    cases.put(lake, PART, cases.rows_of("a"))
    wider = MASKED_CORPUS.append(pa.field("extra", pa.int32(), False))
    other = Partition("notes", cases.DAY)
    staged = lake.stage(cases.STAGE, other, [{**cases.row("1"), "extra": 1}], wider)
    lake.publish(staged, cases.manifest_of(staged))
    assert lake.read(cases.STAGE, other)["extra"].to_pylist() == [1]
    assert lake.read(cases.STAGE, PART).schema.equals(MASKED_CORPUS)
    cases.put(lake, PART, cases.rows_of("b"))
    index = MASKED_CORPUS.get_field_index("text")
    narrower = MASKED_CORPUS.set(index, pa.field("text", pa.int64(), False))
    staged = lake.stage(cases.STAGE, PART, [{**cases.row("1"), "text": 5}], narrower)
    with pytest.raises(DataError, match="'text' changed its type"):
        lake.publish(staged, cases.manifest_of(staged))


def test_manifests_survive_the_logs_checkpoint(lake: Lake):
    table_wide = [Partition(f"s{i}", cases.DAY) for i in range(105)]
    for part in table_wide:
        cases.put(lake, part, [cases.row("1")])
    assert list(Path(lake.root, cases.STAGE, "_delta_log").glob("*.checkpoint*.parquet"))
    other = fresh(lake)
    random.Random(7).shuffle(table_wide)
    assert all(other.published(cases.STAGE, part) for part in table_wide)
    assert len(other.files(cases.STAGE)) == 105
