import pytest

from resources.errors import PolicyError
from synth_assets.corpus.reading.records import Problem, Record
from synth_assets.corpus.reading.sources import SourceConfig, load_sources
from synth_assets.corpus.scan import Document, to_document
from synth_assets_tests.corpus.helpers import build, documents, write_jsonl

TEXT = "The committee met on Tuesday and agreed on the plan."


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
