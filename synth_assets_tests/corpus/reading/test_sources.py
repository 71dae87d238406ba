import os
from datetime import UTC, datetime

import pytest

from resources.errors import DataError, PolicyError
from synth_assets.corpus.reading.records import Problem, Record
from synth_assets.corpus.reading.sources import PartitionFiles, SourceConfig, discover, load_sources
from synth_assets.corpus.scan import Document, to_document
from synth_assets_tests.corpus.helpers import build, documents, write_jsonl

TEXT = "The committee met on Tuesday and agreed on the plan."


def test_discover_day_folders_modification_times_and_other_places(tmp_path):
    root, elsewhere = tmp_path / "corpora", tmp_path / "elsewhere" / "x.jsonl"
    direct = write_jsonl(root / "notes" / "b.jsonl", [{"text": TEXT}])
    os.utime(direct, (0, datetime(2024, 3, 1, 23, 30, tzinfo=UTC).timestamp()))
    dayed = write_jsonl(root / "notes" / "2024-03-01" / "deep" / "a.jsonl", [{"text": TEXT}])
    second = write_jsonl(root / "notes" / "2024-03-02" / "a.jsonl", [{"text": TEXT}])
    write_jsonl(root / "notes" / ".hidden" / "a.jsonl", [{"text": TEXT}])
    (root / "notes" / "readme.md").write_text("unknown kind")
    (root / "empty").mkdir()
    fixed = write_jsonl(root / "mail" / "a.jsonl", [{"text": TEXT}])
    write_jsonl(elsewhere, [{"text": TEXT}])
    sources = {
        "mail": SourceConfig(day="2020-02-02"),
        "other": SourceConfig(path=str(elsewhere), day="2021-01-01"),
    }
    assert discover(root, sources) == [
        PartitionFiles("mail", "2020-02-02", (fixed,)),
        PartitionFiles("notes", "2024-03-01", (dayed, direct)),
        PartitionFiles("notes", "2024-03-02", (second,)),
        PartitionFiles("other", "2021-01-01", (elsewhere,)),
    ]


def test_discover_says_what_it_looked_for(tmp_path):
    with pytest.raises(DataError, match="no corpus folder"):
        discover(tmp_path / "missing")
    with pytest.raises(DataError, match=r"<source>/\[<YYYY-MM-DD>/\]"):
        discover(tmp_path)
    (tmp_path / "bad name").mkdir()
    with pytest.raises(DataError, match="1 folders"):
        discover(tmp_path)
    with pytest.raises(DataError, match=r"correct its path in sources\.yaml"):
        (tmp_path / "bad name").rmdir()
        discover(tmp_path, {"x": SourceConfig(path=str(tmp_path / "nothing"))})


def test_load_sources(tmp_path):
    path = tmp_path / "sources.yaml"
    path.write_text("court:\n  subject: applicant\n  id: false\n  day: 2024-01-01\nplain:\n")
    loaded = load_sources(path)
    assert list(loaded) == ["court", "plain"]
    assert loaded["court"].subject == "applicant"
    assert loaded["court"].id is False
    assert loaded["plain"] == SourceConfig()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("court: {subjct: x}", "did you mean 'subject'"),
        ("court: {path: relative}", "absolute"),
        ("court: {encoding: klingon}", "encoding"),
        ("court: {subject_pattern: '(a'}", "regular expression"),
        ("court: {subject_pattern: 'a+'}", "group"),
        ("court: {format: docx}", "format"),
        ("'a b': {}", "source name"),
        ("- a\n- b", "must map"),
        ("a: [", "line"),
    ],
)
def test_load_sources_is_strict(tmp_path, content, said):
    path = tmp_path / "sources.yaml"
    path.write_text(content)
    with pytest.raises(PolicyError, match=said):
        load_sources(path)


def test_a_home_without_the_file_configures_no_source(tmp_path):
    assert load_sources(tmp_path / "sources.yaml") == {}


@pytest.mark.parametrize(
    ("fields", "source", "expected"),
    [
        ({"Text": "a", "doc_id": 7, "Author": " Ann  Lee ", "topic": "x"}, {}, ("a", "7", "ann lee", "x")),
        ({"body": "a", "patient_id": 7.0}, {}, ("a", None, "7", None)),
        ({"text": "a", "id": 1, "user": "u"}, {"id": False, "subject": False}, ("a", None, None, None)),
        ({"t": "a", "text": "b", "l": True}, {"text": "t", "label": "l"}, ("a", None, None, "True")),
        ({"text": "a", "user": float("nan")}, {}, ("a", None, None, None)),
        ({"text": "case no. 12/9 of"}, {"subject_pattern": r"no\. (\S+)"}, ("case no. 12/9 of", None, "12/9", None)),
        ({"text": "a", "file": "p7_x"}, {"subject": "file", "subject_pattern": r"^(\w+?)_"}, ("a", None, "p7", None)),
    ],
)
def test_columns(fields, source, expected):
    found = to_document(Record(3, fields), SourceConfig(**source))
    assert isinstance(found, Document)
    assert (found.text, found.native_id, found.subject, found.label) == expected


def test_a_subject_that_is_no_key_is_refused():
    assert to_document(Record(0, {"text": "a", "author": ["x", "y"]}), SourceConfig()) == Problem(
        0, "invalid_subject", "neither a string nor a number", "a"
    )


def test_namespaces_decide_who_shares_subjects(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": TEXT, "patient": "7"}])
    own = documents(build(path, tmp_path / "i"))[0]["subject"]
    shared = documents(build(path, tmp_path / "i", source=SourceConfig(subject_namespace="clinic")))[0]["subject"]
    assert own != shared


def test_format_overrides_the_suffix(tmp_path):
    path = tmp_path / "logs" / "a.log"
    path.parent.mkdir()
    path.write_text(TEXT)
    assert discover(tmp_path, {"logs": SourceConfig(format="txt")})[0].files == (path,)
    assert documents(build(path, tmp_path / "i", source=SourceConfig(format="txt")))[0]["text"] == TEXT
