"""One reader a file format, each streaming. Which columns mean what belongs to `columns`."""

import csv
import json
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from resources.errors import DataError
from synth_assets.corpus.reading.encoding import bounded_lines, detect_encoding, open_text, undecodable
from synth_assets.corpus.reading.parquet import read_parquet
from synth_assets.corpus.reading.records import Problem, Record, Records

ESCAPED = 8  # a character may take six in JSON; fields other than the text need room too


def read_file(path: Path, kind: str, encoding: str | None, max_chars: int) -> Records:
    """Yield the records of a file and the problems among them.

    Raises:
        DataError: the file as a whole cannot be read; the message says what to do.
    """
    if not path.is_file():
        raise DataError("the file is gone: look for partitions again")
    if path.stat().st_size == 0:
        raise DataError("the file is empty: remove it")
    if kind == "parquet":
        return read_parquet(path)
    reader = {"jsonl": _jsonl, "csv": _csv, "txt": _txt}[kind]
    return _text(path, encoding or detect_encoding(path), reader, max_chars)


def _text(path: Path, encoding: str, reader: Any, max_chars: int) -> Records:
    with open_text(path, encoding) as file:
        yield from reader(file, path, max_chars)


def _txt(file: TextIOWrapper, path: Path, max_chars: int) -> Records:
    text = file.read(ESCAPED * max_chars)
    if undecodable(text):
        yield Problem(0, "undecodable", text=text[:max_chars])
    else:
        yield Record(0, {"text": text, "file": path.stem})


def _jsonl(file: TextIOWrapper, path: Path, max_chars: int) -> Records:
    for position, (line, size) in enumerate(bounded_lines(file, ESCAPED * max_chars)):
        if not line:
            yield Problem(position, "too_long", f"{size} characters in the line")
        elif not line.isspace():
            yield _json(line, position)


def _json(line: str, position: int) -> Record | Problem:
    if undecodable(line):
        return Problem(position, "undecodable", text=line)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Problem(position, "invalid_json", text=line)
    if not isinstance(value, dict):
        return Problem(position, "not_an_object", text=line)
    return Record(position, value)


def _csv(file: TextIOWrapper, path: Path, max_chars: int) -> Records:
    limit = ESCAPED * max_chars
    csv.field_size_limit(max(csv.field_size_limit(), limit))  # the library's own limit is below a long document
    first = file.readline(limit)
    if undecodable(first):
        raise DataError("the header does not decode: convert the file to UTF-8, or name its encoding in sources.yaml")
    delimiter = max(",;\t|", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    if len(set(header)) < len(header):
        raise DataError("two columns have the same name: name every column once in the header")
    rows = csv.reader(_pieces(file, limit), delimiter=delimiter, strict=True)
    for position, row in enumerate(_rows(rows)):
        if isinstance(row, csv.Error):
            yield Problem(position, "invalid_csv")
        elif row:
            yield _row(header, row, position)


def _pieces(file: TextIOWrapper, limit: int) -> Iterator[str]:
    while piece := file.readline(limit):
        yield piece


def _rows(rows: Any) -> Iterator[list[str] | csv.Error]:
    while True:
        try:
            yield from rows
        except csv.Error as error:
            yield error
        else:
            return


def _row(header: list[str], row: list[str], position: int) -> Record | Problem:
    if any(undecodable(value) for value in row):
        return Problem(position, "undecodable", text=max(row, key=len))
    if len(row) != len(header):
        return Problem(position, "wrong_columns", f"{len(row)} instead of {len(header)}", max(row, key=len))
    return Record(position, dict(zip(header, row, strict=True)))
