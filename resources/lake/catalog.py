"""A catalog: DuckDB views over the published versions, a disposable way to query them.

The views list their files, so they show the same rows while others publish; open a new catalog to see newer versions.
From an object store, the rows are loaded into memory.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from resources.errors import DataError
from resources.lake.encoding import from_bytes
from resources.lake.model import Version
from resources.lake.reader import Reader
from resources.lake.releases import is_retired, load

VERSION_COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in ("stage", "source", "day")),
        ("number", pa.int64()),
        ("published_at", pa.timestamp("us", "UTC")),
        ("data_version", pa.string()),
        ("rows", pa.int64()),
        ("serving", pa.bool_()),
        *((name, pa.string()) for name in ("problem", "run_id", "code_version", "policy_digest", "manifest")),
    ]
)


def open_catalog(
    lake: Reader, release: str | None = None, at: datetime | int | None = None
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with a view for each stage and a view `versions`.

    The bytes of every file are verified first. Each view adds the columns `source`, `day` and `data_version`.

    Args:
        lake: the published versions.
        release: show the versions that this release pins.
        at: show the versions of this time, or of this Delta version of each stage.

    Raises:
        DataError: both `release` and `at` are given.
        IntegrityError: a file's bytes are not those that were published.
    """
    shown = _shown(lake, release, at)
    connection = duckdb.connect()
    for stage in lake.stages():
        versions = [v for v in shown if v.stage == stage]
        if "://" in lake.root:  # without the httpfs extension DuckDB cannot open the files itself
            connection.register(stage, _loaded(lake, stage, versions))
        else:
            connection.execute(f'CREATE VIEW "{stage}" AS {_select(lake, stage, versions)}')
    connection.register("versions", _history(lake, shown))
    return connection


def write_catalog(lake: Reader, path: Path, release: str | None = None) -> Path:
    """Write a DuckDB file with the same views, replaced atomically; for notebooks on the same machine.

    Raises:
        DataError: the lake is on an object store, whose files such views cannot open.
    """
    if "://" in lake.root:
        raise DataError("a catalog file needs a lake on a local disk; use open_catalog")
    shown = _shown(lake, release, None)
    temporary = path.with_name(f".{uuid.uuid4().hex}.duckdb")
    connection = duckdb.connect()
    connection.execute(f"ATTACH {_text(str(temporary))} AS catalog (STORAGE_VERSION 'v1.2.0')")
    for stage in lake.stages():
        versions = [v for v in shown if v.stage == stage]
        connection.execute(f'CREATE VIEW catalog."{stage}" AS {_select(lake, stage, versions)}')
    connection.register("history", _history(lake, shown))
    connection.execute("CREATE TABLE catalog.versions AS SELECT * FROM history")
    connection.execute("DETACH catalog")
    connection.close()
    temporary.replace(path)
    return path


def _shown(lake: Reader, release: str | None, at: datetime | int | None) -> list[Version]:
    if release is not None and at is not None:
        raise DataError("a catalog shows a release or a moment, not both")
    if release is not None:
        return [v for v in load(lake, release).versions if not is_retired(lake, v)]
    number, moment = (at, None) if isinstance(at, int) else (None, at)
    return [v for stage in lake.stages() for v in lake.serving(stage, number, moment)]


def _select(lake: Reader, stage: str, versions: list[Version]) -> str:
    """SQL over the pinned files, or a typed empty result; DuckDB reads the Hive columns from the paths."""
    if not versions:
        scratch = duckdb.connect()
        scratch.register("empty", _empty(lake, stage))
        kinds = scratch.sql("SELECT column_name, column_type FROM (DESCRIBE empty)").fetchall()
        return "SELECT " + ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in kinds) + " WHERE false"
    for version in versions:
        lake.verify(version)
    files = ", ".join(_text(lake.uri_of(v)) for v in versions)
    hive = "hive_partitioning = true, hive_types = {'source': VARCHAR, 'day': VARCHAR}"
    named = "substr(parse_filename(filename), 1, 16) AS data_version"
    return (
        f"SELECT * EXCLUDE (filename), {named} "  # noqa: S608  (quoted paths of our own files)
        f"FROM read_parquet([{files}], {hive}, union_by_name = true, filename = true)"
    )


def _loaded(lake: Reader, stage: str, versions: list[Version]) -> pa.Table:
    """The rows of a stage in memory."""
    tables = [_empty(lake, stage)]
    for v in versions:
        table = from_bytes(lake.verify(v))
        for name, value in (*asdict(v.partition).items(), ("data_version", v.data_version)):
            table = table.append_column(name, pa.repeat(value, table.num_rows))
        tables.append(table)
    return pa.concat_tables(tables, promote_options="default")


def _empty(lake: Reader, stage: str) -> pa.Table:
    schema = lake.log(stage).schema()
    own = [field.with_nullable(True) for field in schema if field.name not in ("source", "day")]
    more = [pa.field(name, pa.string()) for name in ("source", "day", "data_version")]
    return pa.schema([*own, *more]).empty_table()


def _history(lake: Reader, shown: Iterable[Version]) -> pa.Table:
    serving = {(v.stage, v.number, v.partition) for v in shown}
    rows = []
    for v in lake.versions():
        recorded = v.manifest.model_dump() if v.manifest else {}
        row = {"stage": v.stage, **asdict(v.partition), "number": v.number}
        row |= {"published_at": v.at, "data_version": v.data_version, "rows": recorded.get("rows", 0)}
        row |= {"serving": (v.stage, v.number, v.partition) in serving, "problem": v.problem}
        row |= {name: recorded.get(name, "") for name in ("run_id", "code_version", "policy_digest")}
        rows.append(row | {"manifest": json.dumps(recorded, sort_keys=True) if recorded else ""})
    return pa.Table.from_pylist(rows, VERSION_COLUMNS)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
