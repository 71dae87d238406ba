"""Expectation suites, read strictly from YAML, and verdicts, which contain no values.

A suite is a list of true statements about one stage. Great Expectations is not imported here, so that suites can be
read while definitions load. A verdict contains counts and row keys, never a value of a document.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import Field, model_validator

from resources.config import StrictModel, did_you_mean, read_yaml
from resources.errors import PolicyError
from resources.expectations.shapes import SHAPES

Scope = Literal["row", "table", "sql"]

UNEXPECTED_ROWS = "unexpected_rows_expectation"
NO_IDENTIFIER_SHAPES = "expect_no_identifier_shapes"
ROW_COUNT = "expect_table_row_count_to_be_between"
NOT_NULL = "expect_column_values_to_not_be_null"

# RE2, which DuckDB uses, has neither; Python has both, so the engines would disagree.
_NOT_IN_RE2 = re.compile(r"\(\?(?:<?[=!])|\\[1-9]")


@dataclass(frozen=True)
class ExpectationType:
    """Arguments of a type; types that skip nulls need a not-null expectation of the same column."""

    scope: Scope
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    skips_nulls: bool = False


def _row(*required: str, optional: tuple[str, ...] = (), skips_nulls: bool = True) -> ExpectationType:
    return ExpectationType("row", ("column", *required), (*optional, "mostly"), skips_nulls)


_BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")

TYPES: Mapping[str, ExpectationType] = {
    NOT_NULL: _row(skips_nulls=False),
    "expect_column_values_to_be_unique": _row(),
    "expect_column_values_to_be_in_set": _row("value_set"),
    "expect_column_values_to_match_regex": _row("regex"),
    "expect_column_values_to_not_match_regex": _row("regex"),
    "expect_column_value_lengths_to_be_between": _row(optional=_BOUNDS),
    "expect_column_values_to_be_between": _row(optional=_BOUNDS),
    "expect_column_distinct_values_to_contain_set": ExpectationType("table", ("column", "value_set")),
    ROW_COUNT: ExpectationType("table", optional=("min_value", "max_value")),
    UNEXPECTED_ROWS: ExpectationType("sql", ("unexpected_rows_query",)),
    NO_IDENTIFIER_SHAPES: ExpectationType("sql", ("columns", "shape")),
}


def _problem(type_: str, kwargs: Mapping[str, Any]) -> str | None:
    """What is wrong with an expectation's type or arguments, or None."""
    known = TYPES.get(type_)
    if known is None:
        return _unknown("type", type_, list(TYPES))
    arguments = [*known.required, *known.optional]
    for name in kwargs:
        if name not in arguments:
            return _unknown("argument", str(name), arguments)
    missing = [name for name in known.required if name not in kwargs]
    if missing:
        return f"{type_} needs {', '.join(missing)}"
    if "{batch}" not in kwargs.get("unexpected_rows_query", "{batch}"):
        return "unexpected_rows_query must read from {batch}"
    if "shape" in kwargs and kwargs["shape"] not in SHAPES:
        return _unknown("shape", str(kwargs["shape"]), list(SHAPES))
    return _regex_problem(kwargs.get("regex", ""))


def _regex_problem(regex: str) -> str | None:
    if _NOT_IN_RE2.search(regex):
        return "regex uses look-around or a back-reference, which DuckDB's RE2 does not have"
    try:
        re.compile(regex)
    except re.error as error:
        return f"regex is not valid: {error.msg} at position {error.pos}"
    return None


def _unknown(what: str, given: str, known: list[str]) -> str:
    return f"unknown {what} {given!r}" + (did_you_mean(given, known) or f", known: {sorted(known)}")


@dataclass(frozen=True)
class Verdict:
    """The result of one expectation: counts and at most 20 row keys, safe to show anywhere."""

    name: str
    passed: bool
    critical: bool
    checked: int
    unexpected: int
    keys: tuple[str, ...]
    sentence: str


class Expectation(StrictModel):
    """One statement that is true when it passes; `name` becomes the name of a check."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="A true statement, e.g. ids_are_unique")
    type: str = Field(description="A type of `TYPES`")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="Arguments of the type")
    severity: Literal["critical", "warning"] = Field(description="critical refuses publication, warning advises")
    description: str = Field(min_length=10, description="The statement as a sentence for people")
    key: Literal["id", "source_doc", "subject", "parent", "cluster", "component"] = Field(
        default="id", description="Column that names failing rows; hashed, so safe to show"
    )

    @property
    def critical(self) -> bool:
        """Whether a failure refuses publication."""
        return self.severity == "critical"

    @model_validator(mode="after")
    def _known(self) -> Self:
        if problem := _problem(self.type, self.kwargs):
            raise ValueError(problem)
        return self


@dataclass(frozen=True)
class Suite:
    """The expectations of one stage in file order; `digest` changes whenever their meaning does."""

    stage: str
    expectations: tuple[Expectation, ...]
    digest: str

    @classmethod
    def load(cls, path: Path, shared: Path | None = None) -> "Suite":
        """Read `<stage>.yaml`, a list of expectations.

        An item `shared: [column, ...]` stands for the expectations of `shared` about these columns of the stage.

        Args:
            path: the file; its stem names the stage.
            shared: expectations that several stages have in common.

        Raises:
            PolicyError: an unknown key, type or argument, a repeated name, or a suite that an empty
                file or an all-null column would pass.
        """
        parsed: list[Expectation] = []
        for number, item in _items(path):
            if shared and isinstance(item, dict) and list(item) == ["shared"]:
                parsed += _shared(shared, path.stem, item["shared"])
            else:
                parsed.append(Expectation.parse(item, f"{path.name}: expectation {number}"))
        repeated = [name for name, count in Counter(e.name for e in parsed).items() if count > 1]
        if repeated:
            raise PolicyError(f"{path.name}: names used twice: {', '.join(repeated)}")
        _refuse_vacuous(parsed, path.name)
        return cls(path.stem, tuple(parsed), _digest(parsed))

    def to_yaml(self) -> str:
        """The suite as one file that `load` reads."""
        return yaml.safe_dump(
            [e.model_dump() for e in self.expectations], sort_keys=False, allow_unicode=True, width=110
        )


def _items(path: Path) -> Iterator[tuple[int, Any]]:
    items = read_yaml(path)
    if not isinstance(items, list):
        raise PolicyError(f"{path.name}: a suite is a list of expectations")
    yield from enumerate(items, 1)


def _shared(path: Path, stage: str, columns: Sequence[str]) -> Iterator[Expectation]:
    """The expectations of a shared file that apply to a stage with these columns, as they read for it."""
    for number, item in _items(path):
        kwargs = item["kwargs"]
        several = [column for column in kwargs.get("columns", []) if column in columns]
        absent = kwargs.get("column") not in (None, *columns) or ("columns" in kwargs and not several)
        if absent or stage in item.get("except_stages", []):
            continue
        own = {name: value for name, value in item.items() if name != "except_stages"}
        own["kwargs"] = kwargs | ({"columns": several} if several else {})
        if isinstance(own.get("key"), list):
            own["key"] = next(column for column in own["key"] if column in columns)
        yield Expectation.parse(own, f"{path.name}: expectation {number}")


def _digest(expectations: Sequence[Expectation]) -> str:
    meaning = {
        "expectations": [e.model_dump() for e in expectations],
        "shapes": {name: [s.pattern, s.reserved, s.certain] for name, s in SHAPES.items()},
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _refuse_vacuous(expectations: Sequence[Expectation], where: str) -> None:
    """To Great Expectations, every statement about no rows, or about nulls only, is true."""
    critical = [e for e in expectations if e.critical]
    if not any(e.type == ROW_COUNT and e.kwargs.get("min_value", 0) >= 1 for e in critical):
        raise PolicyError(f"{where}: an empty file would pass, add {ROW_COUNT} with min_value 1")
    present = {e.kwargs["column"] for e in critical if e.type == NOT_NULL}
    for e in expectations:
        column = e.kwargs.get("column", "")
        if TYPES[e.type].skips_nulls and column not in present:
            raise PolicyError(f"{where}: {e.name}: an all-null column would pass, add {NOT_NULL} for {column!r}")
