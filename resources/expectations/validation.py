"""Validate a staged file against a suite with Great Expectations; keep counts and keys only.

Great Expectations copies offending values into its results unless told otherwise, so its results never leave this
module. Nothing of Great Expectations is patched.
"""

import heapq
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from resources.errors import DataError
from resources.expectations.shapes import rows_with_shape
from resources.expectations.suites import (
    NO_IDENTIFIER_SHAPES,
    ROW_COUNT,
    TYPES,
    UNEXPECTED_ROWS,
    Expectation,
    Suite,
    Verdict,
)

_MAX_KEYS = 20
Engine = Literal["duckdb", "pandas"]


def validate(suite: Suite, path: str, engine: Engine = "duckdb") -> list[Verdict]:
    """Validate one Parquet file; return a verdict for each expectation, in suite order.

    Column expectations run on `engine`; SQL ones always run on DuckDB. An expectation that cannot be evaluated fails.
    Nothing is printed, written, or sent.

    Raises:
        DataError: `path` is not a readable Parquet file.
    """
    expectations = suite.expectations
    rows, columns = _shape(path)
    impossible = {e.name: reason for e in expectations if (reason := _obstacle(e, rows, columns))}
    ready = [e for e in expectations if e.name not in impossible]
    on_pandas = [e for e in ready if engine == "pandas" and TYPES[e.type].scope != "sql"]
    on_duckdb = [e for e in ready if e not in on_pandas]
    results = _results(on_pandas, path, "pandas") | _results(on_duckdb, path, "duckdb")
    return [
        _unevaluated(e, impossible[e.name]) if e.name in impossible else _verdict(e, results.get(e.name), rows)
        for e in expectations
    ]


def _shape(path: str) -> tuple[int, list[str]]:
    try:
        metadata = pq.ParquetFile(path)
    except (OSError, pa.ArrowException):
        raise DataError("the staged file is missing or is not a Parquet file") from None
    return metadata.metadata.num_rows, metadata.schema_arrow.names


def _obstacle(expectation: Expectation, rows: int, columns: Sequence[str]) -> str | None:
    """Why an expectation cannot be evaluated, or None: without rows every statement is true and proves nothing."""
    kwargs = expectation.kwargs
    used = [expectation.key, *([kwargs["column"]] if "column" in kwargs else []), *kwargs.get("columns", [])]
    missing = [column for column in used if column not in columns]
    if missing:
        return f"column {missing[0]} is missing"
    return "there are no rows" if not rows and expectation.type != ROW_COUNT else None


def _results(expectations: Sequence[Expectation], path: str, engine: Engine) -> dict[str, Any]:
    """Great Expectations' results by name, because it returns them in another order."""
    if not expectations:
        return {}
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = _duckdb_batch(context, path) if engine == "duckdb" else _pandas_batch(context, path, expectations)
    results = {}
    for key in sorted({e.key for e in expectations}):
        chosen = [_configuration(e) for e in expectations if e.key == key]
        suite = gx.ExpectationSuite(name=f"by_{key}", expectations=chosen)
        form = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "unexpected_index_column_names": [key]}
        outcome = batch.validate(suite, result_format=form)
        results.update({r.expectation_config.meta["name"]: r for r in outcome.results})
    return results


def _duckdb_batch(context: Any, path: str) -> Any:
    duckdb_datasource()
    source = context.data_sources.add_duckdb("staged", connection_string="duckdb:///:memory:")
    query = "SELECT * FROM read_parquet('{}')".format(path.replace("'", "''"))  # noqa: S608  # quoted
    asset = source.add_query_asset("staged", query=query)
    return asset.add_batch_definition_whole_table("staged").get_batch()


def _pandas_batch(context: Any, path: str, expectations: Sequence[Expectation]) -> Any:
    used = {e.kwargs["column"] for e in expectations if "column" in e.kwargs} | {e.key for e in expectations}
    frame = pq.read_table(path, columns=sorted(used)).to_pandas()
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset("staged")
    return asset.add_batch_definition_whole_dataframe("staged").get_batch({"dataframe": frame})


def _configuration(expectation: Expectation) -> dict[str, Any]:
    kwargs, type_ = dict(expectation.kwargs), expectation.type
    if type_ == NO_IDENTIFIER_SHAPES:
        kwargs = {"unexpected_rows_query": rows_with_shape(kwargs["shape"], kwargs["columns"], expectation.key)}
        type_ = UNEXPECTED_ROWS
    if type_ == UNEXPECTED_ROWS:
        kwargs["unexpected_rows_query"] = _only_keys(kwargs["unexpected_rows_query"], expectation.key)
    return {"type": type_, "kwargs": kwargs, "meta": {"name": expectation.name}}


def _only_keys(query: str, key: str) -> str:
    """Wrap a query so that it returns nothing but keys, and escape it.

    Great Expectations formats the query with `str.format` and SQLAlchemy reads `:word` as a parameter.
    """
    formatted = query.strip().rstrip(";").replace("{", "{{").replace("}", "}}").replace("{{batch}}", "{batch}")
    escaped = re.sub(r"(?<![:\\]):(?=\w)", r"\\:", formatted)
    return f"SELECT {key} FROM ({escaped}) AS unexpected ORDER BY {key}"  # noqa: S608  # the suite is code


def _verdict(expectation: Expectation, outcome: Any, rows: int) -> Verdict:
    result: Mapping[str, Any] = outcome.result if outcome is not None else {}
    scope = TYPES[expectation.type].scope
    if ("unexpected_count" if scope == "row" else "observed_value") not in result:
        return _unevaluated(expectation, "it could not be evaluated")
    passed = bool(outcome.success)
    if scope == "row":
        checked, unexpected = int(result["element_count"]), int(result["unexpected_count"])
        keys = _keys(result.get("unexpected_index_list") or [], expectation.key)
    elif scope == "sql":
        checked, unexpected = rows, int(result["observed_value"])
        keys = _keys(result["details"]["unexpected_rows"], expectation.key)
    else:
        checked, unexpected, keys = rows, int(not passed), ()
    sentence = _sentence(expectation, passed, scope, unexpected, checked)
    return Verdict(expectation.name, passed, expectation.critical, checked, unexpected, keys, sentence)


def _sentence(expectation: Expectation, passed: bool, scope: str, unexpected: int, checked: int) -> str:
    if not unexpected:
        return expectation.description
    if scope == "table":
        return f"{expectation.description} This is not so (rows: {checked})."
    excuse = ", which is tolerated" if passed else ""
    return f"{expectation.description} This is not so for {unexpected} of {checked} rows{excuse}."


def _unevaluated(expectation: Expectation, reason: str) -> Verdict:
    sentence = f"{expectation.description} Not shown: {reason}."
    return Verdict(expectation.name, False, expectation.critical, 0, 0, (), sentence)


def _keys(entries: Iterable[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    lists = (value if isinstance(value := entry[key], list) else [value] for entry in entries)
    return tuple(heapq.nsmallest(_MAX_KEYS, {str(v) for values in lists for v in values if v is not None}))


@cache
def duckdb_datasource() -> type:
    """Return the fluent datasource class, registered as `context.data_sources.add_duckdb`.

    Three things differ from the PostgreSQL dialect that Great Expectations would assume:
    `~` is a full match in DuckDB before 2.0, so a regex gate would pass silently; a result is
    gone once its connection is back in the pool; Great Expectations has no branch for its dialect.
    """
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.ext.compiler import compiles
    from sqlalchemy.sql.elements import BinaryExpression

    @compiles(BinaryExpression, "duckdb")
    def _regex(element: Any, compiler: Any, **options: Any) -> str:
        operator = getattr(element.operator, "opstring", None)
        if operator not in ("~", "!~"):
            return str(compiler.visit_binary(element, **options))
        left, right = compiler.process(element.left, **options), compiler.process(element.right, **options)
        return f"{'NOT ' if operator == '!~' else ''}regexp_matches({left}, {right})"

    class DuckDBEngine(SqlAlchemyExecutionEngine):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.dialect_module = postgresql

        def execute_query(self, query: Any) -> Any:
            with self.get_connection() as connection:
                return _buffered(self._execute_query_with_recovery(connection, query))

        def execute_query_in_transaction(self, query: Any) -> Any:
            with self.engine.begin() as connection:
                return _buffered(connection.execute(query))

    class DuckDBDatasource(SQLDatasource):
        type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

        @property
        def execution_engine_type(self) -> Any:
            return DuckDBEngine

    return DuckDBDatasource


def _buffered(result: Any) -> Any:
    return result.freeze()() if result.returns_rows else result
