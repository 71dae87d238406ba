"""Every expectation of every suite refuses what it is there to refuse, and nothing else does."""

import copy
from pathlib import Path

import pytest

from resources.expectations.suites import NOT_NULL, ROW_COUNT, Verdict
from resources.expectations.validation import validate
from synth_assets.lineage import STAGES
from synth_assets_tests.resources.expectations.cases import EDITS, MARKER, clean, edited, suite, write

PLANTED = [(stage, name) for stage, edits in EDITS.items() for name in edits]


def failed(verdicts: list[Verdict]) -> set[str]:
    return {v.name for v in verdicts if not v.passed}


@pytest.mark.parametrize("stage", STAGES)
def test_clean_rows_pass_on_both_engines(stage: str, tmp_path: Path) -> None:
    path = write(tmp_path / "clean.parquet", stage, clean(stage))
    for engine in ("duckdb", "pandas"):
        verdicts = validate(suite(stage), path, engine)
        assert [v.name for v in verdicts] == [e.name for e in suite(stage).expectations]
        assert failed(verdicts) == set()
        assert {(v.checked, v.unexpected) for v in verdicts} == {(len(clean(stage)), 0)}


@pytest.mark.parametrize("stage", STAGES)
def test_every_expectation_has_a_planted_error(stage: str) -> None:
    apart = {e.name for e in suite(stage).expectations if e.type in (NOT_NULL, ROW_COUNT)}
    assert set(EDITS[stage]) == {e.name for e in suite(stage).expectations} - apart


@pytest.mark.parametrize(("stage", "name"), PLANTED)
def test_a_planted_error_fails_exactly_its_expectation(stage: str, name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "planted.parquet", stage, edited(stage, name))
    verdicts = validate(suite(stage), path)
    assert failed(verdicts) == {name}
    verdict = next(v for v in verdicts if v.name == name)
    assert 0 < verdict.unexpected <= verdict.checked
    assert MARKER not in repr(verdicts)


@pytest.mark.parametrize("stage", STAGES)
def test_one_null_in_each_column_fails_exactly_the_presence_of_each(stage: str, tmp_path: Path) -> None:
    expected = {e.name for e in suite(stage).expectations if e.type == NOT_NULL}
    columns = [e.kwargs["column"] for e in suite(stage).expectations if e.type == NOT_NULL]
    rows = copy.deepcopy(clean(stage))
    for i, column in enumerate(columns):
        rows[-1 - i % len(rows)][column] = None
    verdicts = validate(suite(stage), write(tmp_path / "nulls.parquet", stage, rows))
    # A report has so few rows that one without a test is one without a gate.
    assert failed(verdicts) - {"every_gate_is_there", "canaries_were_measured"} == expected
    assert {v.unexpected for v in verdicts if v.name in expected} == {1}


@pytest.mark.parametrize("engine", ["duckdb", "pandas"])
@pytest.mark.parametrize("stage", STAGES)
def test_no_rows_are_refused(stage: str, engine: str, tmp_path: Path) -> None:
    verdicts = validate(suite(stage), write(tmp_path / "empty.parquet", stage, []), engine)
    assert failed(verdicts) == {e.name for e in suite(stage).expectations}


@pytest.mark.parametrize("stage", STAGES)
def test_a_column_of_nulls_only_is_refused(stage: str, tmp_path: Path) -> None:
    gated = {e.name: e.kwargs["column"] for e in suite(stage).expectations if e.type == NOT_NULL}
    rows = [row | dict.fromkeys(gated.values()) for row in clean(stage)]
    verdicts = validate(suite(stage), write(tmp_path / "null.parquet", stage, rows))
    assert set(gated) <= {v.name for v in verdicts if v.critical and not v.passed}


@pytest.mark.parametrize("stage", STAGES)
def test_every_column_that_must_not_be_null_is_gated_unless_free(stage: str) -> None:
    gated = {e.kwargs["column"] for e in suite(stage).expectations if e.type == NOT_NULL}
    free = {"params", "scores", "label", "unit", "method"}
    assert {f.name for f in STAGES[stage].schema if not f.nullable} - free <= gated
