"""DuckDB under Great Expectations 1.24: a datasource, its engine, and one SQLAlchemy compile hook.

Only the adapter belongs here; suites and verdicts are in `resources.expectations.suites`. Nothing of
Great Expectations is patched. Importing the classes costs seconds, so they are made on request.
"""

from functools import cache
from typing import Any, Literal


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
