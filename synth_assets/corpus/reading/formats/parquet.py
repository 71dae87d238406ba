"""The Parquet reader: row group by row group, in batches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from resources.errors import DataError
from synth_assets.corpus.reading.formats.text import undecodable
from synth_assets.corpus.reading.records import Problem, Reader, Record, Records

BATCH_ROWS = 256


def read_parquet(path: Path, encoding: str | None, max_chars: int) -> Records:
    """Yield the rows of a Parquet file. The format defines its encoding, and the batches bound the memory.

    Raises:
        DataError: The file is truncated or otherwise not Parquet.
    """
    try:
        with pq.ParquetFile(path) as file:
            yield from _batches(file)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        raise DataError("not a complete Parquet file: write it again, or remove it") from None


def _batches(file: pq.ParquetFile) -> Iterator[Record | Problem]:
    position = 0
    for batch in file.iter_batches(batch_size=BATCH_ROWS):
        columns = [_values(column) for column in batch.columns]
        for values in zip(*columns, strict=True):
            yield _record(position, dict(zip(batch.schema.names, values, strict=True)))
            position += 1


def _values(column: pa.Array) -> list[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return list(column.to_pylist())
    # Parquet does not guarantee valid UTF-8 in strings, and one bad value must not lose its whole batch
    values = column.cast(pa.large_binary()).to_pylist()
    return [None if value is None else value.decode("utf-8", "surrogateescape") for value in values]


def _record(position: int, fields: dict[str, Any]) -> Record | Problem:
    broken = [value for value in fields.values() if isinstance(value, str) and undecodable(value)]
    return Problem(position, "undecodable", text=max(broken, key=len)) if broken else Record(position, fields)


PARQUET = Reader("parquet", "Parquet", (".parquet",), read_parquet)
