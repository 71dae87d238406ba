"""The expectation types that a suite may use, and their arguments.

A table, so that suites can be read and checked without importing Great Expectations.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from resources.config import did_you_mean
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


def problem(type_: str, kwargs: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an expectation's type or arguments, or None."""
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
    return _value_problem(kwargs)


def _value_problem(kwargs: Mapping[str, Any]) -> str | None:
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
