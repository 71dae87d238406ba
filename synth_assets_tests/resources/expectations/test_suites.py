"""Suites are read strictly, and without Great Expectations."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from resources.errors import PolicyError
from resources.expectations.suites import Suite
from synth_assets.lineage import STAGES
from synth_assets_tests.resources.expectations.cases import SUITES, suite

ROWS = {
    "name": "has_rows",
    "type": "expect_table_row_count_to_be_between",
    "kwargs": {"min_value": 1},
    "severity": "critical",
    "description": "There is at least one row.",
}
PRESENT = ROWS | {
    "name": "ids_are_present",
    "type": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "id"},
}
UNIQUE = ROWS | {"name": "ids_are_unique", "type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}
SQL = ROWS | {
    "name": "nothing_odd",
    "type": "unexpected_rows_expectation",
    "kwargs": {"unexpected_rows_query": "SELECT id FROM {batch}"},
}


def load(path: Path, *items: Any) -> Suite:
    path.write_text(yaml.safe_dump(list(items)))
    return Suite.load(path)


def test_every_stage_has_a_suite_that_loads() -> None:
    assert {path.stem for path in SUITES.glob("*.yaml")} == {*STAGES, "every_stage"}
    for stage in STAGES:
        loaded = suite(stage)
        assert loaded.stage == stage
        assert any(e.critical for e in loaded.expectations)
        assert all(e.description.endswith(".") for e in loaded.expectations)


def test_loading_imports_no_great_expectations() -> None:
    code = (
        "import sys; from pathlib import Path; from resources.expectations.suites import Suite;"
        "from resources.expectations.validation import validate;"
        f"folder = Path({str(SUITES)!r});"
        "Suite.load(folder / 'raw_corpus.yaml', folder / 'every_stage.yaml');"
        "sys.exit(bool({'great_expectations', 'sqlalchemy', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=SUITES.parents[1], check=False).returncode == 0


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (ROWS | {"severty": "critical"}, "did you mean 'severity'"),
        (UNIQUE | {"type": "expect_column_values_to_be_uniqe"}, "did you mean 'expect_column_values_to_be_unique'"),
        (UNIQUE | {"kwargs": {"colum": "id"}}, "did you mean 'column'"),
        (UNIQUE | {"kwargs": {}}, "needs column"),
        (UNIQUE | {"severity": "fatal"}, "severity"),
        (UNIQUE | {"name": "Ids are unique"}, "name"),
        (UNIQUE | {"key": "text"}, "key"),
        (UNIQUE | {"name": "has_rows"}, "names used twice: has_rows"),
        (UNIQUE | {"kwargs": {"column": "label"}}, "an all-null column would pass"),
        (SQL | {"kwargs": {"unexpected_rows_query": "SELECT id FROM t"}}, "must read from {batch}"),
        (
            UNIQUE | {"type": "expect_no_identifier_shapes", "kwargs": {"columns": ["id"], "shape": "iba"}},
            "did you mean 'iban'",
        ),
        (
            UNIQUE | {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "id", "regex": "(?!a)b"}},
            "look-around",
        ),
        (
            UNIQUE | {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "id", "regex": "(a"}},
            "regex is not valid",
        ),
    ],
)
def test_a_mistake_is_named(item: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load(tmp_path / "raw_corpus.yaml", ROWS, PRESENT, item)
    assert message in str(caught.value)
    assert "raw_corpus.yaml" in str(caught.value)


def test_a_suite_that_an_empty_file_would_pass_is_refused(tmp_path: Path) -> None:
    for items in ([PRESENT], [PRESENT, ROWS | {"kwargs": {"max_value": 9}}], [PRESENT, ROWS | {"severity": "warning"}]):
        with pytest.raises(PolicyError, match="an empty file would pass"):
            load(tmp_path / "raw_corpus.yaml", *items)


def test_what_is_not_a_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw_corpus.yaml").write_text("")
    with pytest.raises(PolicyError, match="list of expectations"):
        Suite.load(tmp_path / "raw_corpus.yaml")


def test_the_digest_follows_the_meaning_only(tmp_path: Path) -> None:
    first = load(tmp_path / "raw_corpus.yaml", ROWS, PRESENT)
    assert load(tmp_path / "raw_corpus.yaml", ROWS, PRESENT).digest == first.digest
    (tmp_path / "raw_corpus.yaml").write_text("# a remark\n" + yaml.safe_dump([ROWS, PRESENT]))
    assert Suite.load(tmp_path / "raw_corpus.yaml").digest == first.digest
    assert load(tmp_path / "raw_corpus.yaml", ROWS, PRESENT | {"severity": "critical"}).digest == first.digest
    assert load(tmp_path / "raw_corpus.yaml", ROWS, PRESENT, UNIQUE).digest != first.digest
    assert load(tmp_path / "raw_corpus.yaml", ROWS | {"kwargs": {"min_value": 2}}, PRESENT).digest != first.digest


SHARED = [
    ROWS | {"key": ["parent", "id"]},
    PRESENT,
    PRESENT | {"name": "splits_are_present", "kwargs": {"column": "split"}},
    ROWS
    | {
        "name": "no_ibans",
        "type": "expect_no_identifier_shapes",
        "kwargs": {"columns": ["a", "b"], "shape": "iban"},
        "except_stages": ["raw_corpus"],
    },
]


@pytest.mark.parametrize(
    ("stage", "columns", "names", "key"),
    [
        ("raw_corpus", ["id", "split", "a"], ["has_rows", "ids_are_present", "splits_are_present"], "id"),
        ("masked_corpus", ["id", "parent", "a"], ["has_rows", "ids_are_present", "no_ibans"], "parent"),
        ("augmented_corpus", ["id", "split", "c"], ["has_rows", "ids_are_present", "splits_are_present"], "id"),
    ],
)
def test_shared_expectations_apply_where_the_stage_has_their_columns(
    stage: str, columns: list[str], names: list[str], key: str, tmp_path: Path
) -> None:
    (tmp_path / "every_stage.yaml").write_text(yaml.safe_dump(SHARED))
    (tmp_path / f"{stage}.yaml").write_text(yaml.safe_dump([{"shared": columns}, UNIQUE]))
    loaded = Suite.load(tmp_path / f"{stage}.yaml", tmp_path / "every_stage.yaml")
    assert [e.name for e in loaded.expectations] == [*names, "ids_are_unique"]
    assert loaded.expectations[0].key == key
    shapes = [e.kwargs["columns"] for e in loaded.expectations if e.name == "no_ibans"]
    assert shapes == ([["a"]] if stage == "masked_corpus" else [])


@pytest.mark.parametrize("stage", STAGES)
def test_a_suite_includes_all_that_is_said_of_its_columns(stage: str) -> None:
    kwargs = [item["kwargs"] for item in yaml.safe_load((SUITES / "every_stage.yaml").read_text())]
    said = {column for k in kwargs for column in k.get("columns", [k.get("column")])}
    (included,) = [
        item["shared"] for item in yaml.safe_load((SUITES / f"{stage}.yaml").read_text()) if "shared" in item
    ]
    assert set(included) == said & set(STAGES[stage].schema.names)


@pytest.mark.parametrize("stage", STAGES)
def test_a_suite_written_as_one_file_means_the_same(stage: str, tmp_path: Path) -> None:
    (tmp_path / f"{stage}.yaml").write_text(suite(stage).to_yaml())
    assert Suite.load(tmp_path / f"{stage}.yaml") == suite(stage)


def test_a_mistake_in_the_shared_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "every_stage.yaml").write_text(yaml.safe_dump([ROWS | {"severty": "critical"}]))
    (tmp_path / "raw_corpus.yaml").write_text(yaml.safe_dump([{"shared": ["id"]}, PRESENT]))
    with pytest.raises(PolicyError, match=r"every_stage\.yaml: expectation 1: .*did you mean 'severity'"):
        Suite.load(tmp_path / "raw_corpus.yaml", tmp_path / "every_stage.yaml")
