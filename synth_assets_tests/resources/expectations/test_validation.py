"""Verdicts: equal on both engines, free of values, closed on errors, quiet, and offline."""

import copy
import logging
import socket
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from resources.errors import DataError
from resources.expectations.suites import TYPES, Suite, Verdict
from resources.expectations.validation import validate
from synth_assets_tests.resources.expectations.cases import MARKER, clean, suite, write


@pytest.fixture
def planted(tmp_path: Path) -> str:
    """A masked corpus with several errors of each kind at once."""
    rows = copy.deepcopy(clean("masked_corpus"))
    for row in rows[:40]:
        row["text"] += f" Write to {MARKER}@corp-mail.co.uk or ring (212) 736-5000, SSN 219-09-9999."
    for row in rows[10:13]:
        row["language"] = MARKER
        row["role"] = MARKER
    rows[20]["text"] = None
    rows[21]["refilled_text"] = " "
    rows[22]["id"] = rows[23]["id"]
    rows[24]["spans"][0]["out_end"] = 10_000
    rows[25]["masks"] = None
    return write(tmp_path / "planted.parquet", "masked_corpus", rows)


def by_name(verdicts: list[Verdict]) -> dict[str, Verdict]:
    return {v.name: v for v in verdicts}


def test_engines_agree_on_planted_errors(planted: str) -> None:
    # Column expectations run in pandas or in DuckDB; SQL ones run in DuckDB for both.
    on_duckdb, on_pandas = (validate(suite("masked_corpus"), planted, engine) for engine in ("duckdb", "pandas"))
    assert on_duckdb == on_pandas
    found = {v.name: v.unexpected for v in on_duckdb if not v.passed}
    assert found == {
        "ids_are_unique": 2,
        "roles_are_known": 3,
        "texts_are_present": 1,
        "refilled_texts_are_not_blank": 1,
        "no_email_addresses": 39,
        "no_phone_numbers": 39,
        "no_social_security_numbers": 39,
        "spans_lie_inside_texts": 1,
        "refills_lie_inside_texts": 1,
        "masks_are_present": 1,
        "languages_are_codes": 3,
    }
    assert {TYPES[e.type].scope for e in suite("masked_corpus").expectations} == {"row", "table", "sql"}


def test_verdicts_name_rows_and_never_values(planted: str) -> None:
    verdicts = validate(suite("masked_corpus"), planted)
    found = by_name(verdicts)
    assert found["roles_are_known"].keys == ("m0010", "m0011", "m0012")
    assert found["ids_are_unique"].keys == ("d0022", "d0023")
    assert found["roles_are_known"].sentence.endswith("This is not so for 3 of 60 rows.")
    mails = found["no_email_addresses"]
    assert len(mails.keys) == 20
    assert list(mails.keys) == sorted(mails.keys)
    assert mails.critical
    for secret in (MARKER, "corp-mail", "736-5000", "219-09"):
        assert secret not in repr(verdicts)


def test_validation_is_quiet_offline_and_writes_nothing(
    planted: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with caplog.at_level(logging.DEBUG):
        for engine in ("duckdb", "pandas"):
            assert any(not v.passed for v in validate(suite("masked_corpus"), planted, engine))
    assert list(home.iterdir()) == []
    assert capfd.readouterr().out == ""
    assert MARKER not in caplog.text


def custom(path: Path, *items: dict[str, Any]) -> Suite:
    rows = {"name": "has_rows", "type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
    present = {
        "name": "texts_are_present",
        "type": "expect_column_values_to_not_be_null",
        "kwargs": {"column": "text"},
    }
    shared = {"severity": "critical", "description": "A statement for a test."}
    path.write_text(yaml.safe_dump([shared | item for item in (rows, present, *items)]))
    return Suite.load(path)


def sql(name: str, query: str) -> dict[str, Any]:
    return {"name": name, "type": "unexpected_rows_expectation", "kwargs": {"unexpected_rows_query": query}}


def test_an_error_inside_an_expectation_fails_it_alone_and_tells_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "rows.parquet", "raw_corpus", clean("raw_corpus"))
    wrong = custom(
        tmp_path / "raw_corpus.yaml",
        sql("casts", "SELECT id FROM {batch} WHERE CAST(text AS INTEGER) > 3"),
        sql("misspelled", "SELEKT id FROM {batch}"),
        sql("fine", "SELECT id FROM {batch} WHERE text IS NULL"),
    )
    with caplog.at_level(logging.DEBUG):
        verdicts = by_name(validate(wrong, path))
    assert {name for name, v in verdicts.items() if not v.passed} == {"casts", "misspelled"}
    assert verdicts["casts"] == Verdict(
        "casts", False, True, 0, 0, (), "A statement for a test. Not shown: it could not be evaluated."
    )
    printed = capfd.readouterr()
    assert MARKER not in repr(verdicts) + caplog.text + printed.out + printed.err


def test_only_keys_leave_a_query_whatever_it_selects(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.parquet", "raw_corpus", clean("raw_corpus"))
    greedy = custom(tmp_path / "raw_corpus.yaml", sql("greedy", "SELECT * FROM {batch} WHERE id = 'r0003';"))
    assert by_name(validate(greedy, path))["greedy"].keys == ("r0003",)


def test_braces_and_colons_of_a_query_arrive_unchanged(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.parquet", "raw_corpus", clean("raw_corpus"))
    query = (
        r"SELECT id FROM {batch} WHERE regexp_matches(id, '^(?:r0{3}[12])$') AND len({'a': 1::INTEGER}::VARCHAR) > 3"
    )
    braces = custom(tmp_path / "raw_corpus.yaml", sql("braces", query))
    assert by_name(validate(braces, path))["braces"].keys == ("r0001", "r0002")


def test_a_regex_matches_anywhere_in_a_text(tmp_path: Path) -> None:
    # `~`, which Great Expectations would use, is a full match in DuckDB 1.5: a gate would pass silently.
    path = write(tmp_path / "rows.parquet", "raw_corpus", clean("raw_corpus"))
    kind = {"name": "no_marker", "type": "expect_column_values_to_not_match_regex"}
    gate = custom(tmp_path / "raw_corpus.yaml", kind | {"kwargs": {"column": "text", "regex": "[XYZ]yxw"}})
    assert by_name(validate(gate, path))["no_marker"].unexpected == 60


@pytest.mark.parametrize("engine", ["duckdb", "pandas"])
def test_a_missing_column_fails_what_needs_it(engine: Any, tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "language"} for row in clean("masked_corpus")]
    path = tmp_path / "short.parquet"
    pq.write_table(pa.Table.from_pylist([{k: row[k] for k in ("id", "text")} for row in rows]), path)
    verdicts = by_name(validate(suite("masked_corpus"), str(path), engine))
    assert verdicts["texts_are_present"].passed
    assert not verdicts["languages_are_codes"].passed
    assert "column language is missing" in verdicts["languages_are_codes"].sentence
    assert not verdicts["spans_lie_inside_texts"].passed


def test_what_is_no_parquet_file_is_an_error_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "it's text.parquet").write_text(MARKER)
    for name in ("it's text.parquet", "absent.parquet"):
        with pytest.raises(DataError) as caught:
            validate(suite("raw_corpus"), str(tmp_path / name))
        assert MARKER not in str(caught.value)


def test_a_path_with_a_quote_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "it's fine.parquet", "raw_corpus", clean("raw_corpus"))
    assert all(v.passed for v in validate(suite("raw_corpus"), path))


def test_a_share_may_be_tolerated(tmp_path: Path) -> None:
    rows = clean("augmented_corpus")
    rows[0]["sentences_changed"] = 0
    path = write(tmp_path / "rows.parquet", "augmented_corpus", rows)
    verdict = by_name(validate(suite("augmented_corpus"), path))["texts_differ_from_their_parents"]
    assert verdict.passed
    assert not verdict.critical
    assert verdict.unexpected == 1
    assert verdict.sentence.endswith("This is not so for 1 of 60 rows, which is tolerated.")
