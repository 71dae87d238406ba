"""Rows to Parquet bytes and back: the schema check, and deterministic files."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from resources.errors import DataError

CHUNK = 256
"""Rows that are in memory as Python objects at one time."""
ROW_GROUP, ROW_GROUP_BYTES = 16_384, 8 * 2**20
"""A row group ends with the chunk that reaches either limit, which bounds the memory of writing and reading."""
ZSTD_LEVEL = 3
_MISFITS = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError, ValueError)


def write(rows: Iterable[dict[str, Any]], schema: pa.Schema, sink: BinaryIO, where: str) -> int:
    """Check `rows` against `schema`, write them to one Parquet file as they come, and return their number.

    Equal rows give equal bytes.

    Raises:
        DataError: names the column, the problem and a count of the affected rows in the first chunk; never a value.
    """
    written = 0
    with pq.ParquetWriter(
        sink, schema, compression="zstd", compression_level=ZSTD_LEVEL, write_statistics=True
    ) as writer:
        for group in _groups(rows, schema, where):
            writer.write_table(group, row_group_size=group.num_rows)
            written += group.num_rows
    return written


def batches(source: BinaryIO, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file, or some of its columns, with one row group in memory at a time."""
    with pq.ParquetFile(source, pre_buffer=False) as file:
        yield from file.iter_batches(batch_size=CHUNK, columns=list(columns) if columns is not None else None)


def _groups(rows: Iterable[dict[str, Any]], schema: pa.Schema, where: str) -> Iterator[pa.Table]:
    waiting = iter(rows)
    group: list[pa.Table] = []
    while chunk := list(islice(waiting, CHUNK)):
        group.append(_table(chunk, schema, where))
        if len(group) * CHUNK >= ROW_GROUP or sum(part.nbytes for part in group) >= ROW_GROUP_BYTES:
            yield pa.concat_tables(group)
            group = []
    if group:
        yield pa.concat_tables(group)


def _table(rows: Sequence[dict[str, Any]], schema: pa.Schema, where: str) -> pa.Table:
    known = set(schema.names)
    unknown = sorted({name for row in rows for name in row if name not in known})
    if unknown:
        raise DataError(f"{where}: columns that the schema does not declare: {unknown}")
    return pa.Table.from_arrays([_column(rows, field, where) for field in schema], schema=schema)


def from_bytes(data: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The table of a Parquet file, or some of its columns in the given order."""
    return pq.read_table(pa.BufferReader(data), columns=list(columns) if columns is not None else None)


def _column(rows: Sequence[dict[str, Any]], field: pa.Field, where: str) -> pa.Array:
    missing = sum(field.name not in row for row in rows)
    if missing and not field.nullable:
        raise DataError(f"{where}: column {field.name!r} is missing in {missing} of {len(rows)} rows")
    values = [row.get(field.name) for row in rows]
    try:
        array = _array(values, field.type)
    except _MISFITS:
        wrong = sum(not _fits(value, field.type) for value in values)
        # The parser's message quotes the value, so it is dropped.
        raise DataError(f"{where}: column {field.name!r} is not {field.type} in {wrong} of {len(rows)} rows") from None
    if array.null_count and not field.nullable:
        raise DataError(f"{where}: column {field.name!r} has {array.null_count} nulls and must have none")
    if _hidden_nulls(array, field.type):
        raise DataError(f"{where}: column {field.name!r} has a null inside, where its type allows none")
    return array


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """An array; map cells are sorted by key, so that insertion order never changes the bytes."""
    if pa.types.is_map(kind):
        values = [v if v is None else sorted(v.items() if isinstance(v, dict) else v) for v in values]
    return pa.array(values, kind)


def _fits(value: Any, kind: pa.DataType) -> bool:
    try:
        _array([value], kind)
    except _MISFITS:
        return False
    return True


def _hidden_nulls(array: pa.Array, kind: pa.DataType) -> bool:
    """Whether a list or struct column has a null in an inner field that must not be null."""
    if pa.types.is_list(kind):
        inner = array.flatten()
        return (not kind.value_field.nullable and inner.null_count > 0) or _hidden_nulls(inner, kind.value_type)
    if pa.types.is_struct(kind):
        whole = array.drop_null()
        children = [whole.field(i) for i in range(kind.num_fields)]
        return any(
            (not field.nullable and child.null_count > 0) or _hidden_nulls(child, field.type)
            for field, child in zip(kind.fields, children, strict=True)
        )
    return False
