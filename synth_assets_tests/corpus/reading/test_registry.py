"""A reader is declared once, and everything that depends on formats knows it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import synth_assets.corpus.reading.formats as package
from resources.discovery import discover_records
from resources.errors import DataError, PolicyError
from synth_assets.corpus.reading.arrivals import PartitionFiles, discover
from synth_assets.corpus.reading.records import Reader
from synth_assets.corpus.reading.sources import (
    SourceConfig,
    file_format,
    load_sources,
    readers,
    suffixes,
)
from synth_assets_tests.corpus.helpers import build, documents, reasons

TOY = '''
"""Paragraphs, each a document."""

from synth_assets.corpus.reading.records import Problem, Reader, Record


def read_paragraphs(path, encoding, max_chars):
    for position, paragraph in enumerate(path.read_text().split("%")):
        yield Record(position, {"text": paragraph}) if paragraph.strip() else Problem(position, "blank_paragraph")


PARAGRAPHS = Reader("paragraphs", "paragraphs", (".par",), read_paragraphs)
'''
DAYS = ("2026-01-01", "2026-01-31")
FIRST, SECOND = "The committee met on Tuesday and agreed on the plan.", "Nobody had seen the river so high before."


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of readers with one module more."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "toy_paragraphs.py").write_text(TOY)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    readers.cache_clear()
    yield
    readers.cache_clear()
    sys.modules.pop("synth_assets.corpus.reading.formats.toy_paragraphs", None)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_no_two_readers_share_a_name_or_a_suffix() -> None:
    declared = discover_records("synth_assets.corpus.reading.formats", Reader)
    assert len(readers()) == len(declared) >= 4
    assert len(suffixes()) == sum(len(reader.suffixes) for reader in declared)


@pytest.mark.usefixtures("toy")
def test_a_new_reader_is_found_and_runs(tmp_path: Path) -> None:
    path = write(tmp_path / "sources" / "notes" / "2026-01-05" / "a.PAR", f"{FIRST}%{SECOND}%")
    found = discover(tmp_path / "sources", {}, *DAYS)
    assert found.partitions == (PartitionFiles("notes", "2026-01-05", (path,)),)
    output = build(path, tmp_path / "index")
    assert [row["text"] for row in documents(output)] == [FIRST, SECOND]
    assert reasons(output) == ["blank_paragraph"]


@pytest.mark.usefixtures("toy")
def test_a_new_reader_can_be_configured(tmp_path: Path) -> None:
    settings = write(tmp_path / "sources.yaml", "notes: {format: paragraphs}")
    (config,) = load_sources(settings).values()
    path = write(tmp_path / "sources" / "notes" / "2026-01-05" / "a.log", f"{FIRST}%{SECOND}")
    assert discover(tmp_path / "sources", {"notes": config}, *DAYS).partitions[0].files == (path,)
    assert len(documents(build(path, tmp_path / "index", source=config))) == 2


@pytest.mark.usefixtures("toy")
def test_error_messages_name_a_new_reader(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"csv, jsonl, paragraphs, parquet, txt\), did you mean 'paragraphs'"):
        SourceConfig.parse({"format": "paragraph"}, "sources.yaml")
    write(tmp_path / "sources" / "notes" / "a.pdf", FIRST)
    (skipped,) = discover(tmp_path / "sources", {}, *DAYS).skipped
    assert ".ndjson, .par, .parquet" in skipped.sentence


def test_a_file_of_an_unknown_kind_says_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", FIRST)
    assert file_format(path) == ""
    with pytest.raises(DataError, match=r"JSON Lines.*set its `format` in sources\.yaml"):
        build([path], tmp_path / "index")


def test_the_documentation_names_every_suffix() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "using.md").read_text(encoding="utf-8")
    assert not [suffix for suffix in suffixes() if f"`{suffix}`" not in text]
