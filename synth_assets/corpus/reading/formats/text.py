"""The readers of text formats: CSV with a header, JSON Lines, and plain text."""

import csv
import json
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path

from resources.errors import DataError
from synth_assets.corpus.reading.encoding import ESCAPED, bounded_lines, open_text, undecodable
from synth_assets.corpus.reading.records import Problem, Reader, Record, Records


def read_jsonl(path: Path, encoding: str | None, max_chars: int) -> Records:
    """Yield the objects of a JSON Lines file."""
    with open_text(path, encoding) as file:
        for position, (line, size) in enumerate(bounded_lines(file, ESCAPED * max_chars)):
            if not line:
                yield Problem(position, "too_long", f"{size} characters in the line")
            elif not line.isspace():
                yield _parse(line, position)


def _parse(line: str, position: int) -> Record | Problem:
    if undecodable(line):
        return Problem(position, "undecodable", text=line)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Problem(position, "invalid_json", text=line)
    if not isinstance(value, dict):
        return Problem(position, "not_an_object", text=line)
    return Record(position, value)


JSONL = Reader("jsonl", "JSON Lines", (".jsonl", ".ndjson"), read_jsonl)


def read_text(path: Path, encoding: str | None, max_chars: int) -> Records:
    """Yield the text of a file and, as the field `file`, its name."""
    with open_text(path, encoding) as file:
        text = file.read(ESCAPED * max_chars)
    if undecodable(text):
        yield Problem(0, "undecodable", text=text[:max_chars])
    else:
        yield Record(0, {"text": text, "file": path.stem})


TXT = Reader("txt", "plain text", (".txt",), read_text)


def read_csv(path: Path, encoding: str | None, max_chars: int) -> Records:
    """Yield the rows of a CSV file, with columns separated by comma, semicolon, tab or bar.

    Raises:
        DataError: The header does not decode or repeats a name.
    """
    limit = ESCAPED * max_chars
    csv.field_size_limit(max(csv.field_size_limit(), limit))  # the library's own limit is below a long document
    with open_text(path, encoding) as file:
        header, delimiter = _header(file.readline(limit))
        rows = csv.reader(_lines(file, limit), delimiter=delimiter, strict=True)
        for position, row in enumerate(_rows_and_errors(rows)):
            if isinstance(row, csv.Error):
                yield Problem(position, "invalid_csv")
            elif row:
                yield _record(header, row, position)


def _header(line: str) -> tuple[list[str], str]:
    """Return the column names and the delimiter."""
    if undecodable(line):
        raise DataError("the header does not decode: convert the file to UTF-8, or name its encoding in sources.yaml")
    delimiter = max(",;\t|", key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    if len(set(names)) < len(names):
        raise DataError("two columns have the same name: name every column once in the header")
    return names, delimiter


def _lines(file: TextIOWrapper, limit: int) -> Iterator[str]:
    """Yield lines in pieces of at most `limit` characters."""
    while piece := file.readline(limit):
        yield piece


def _rows_and_errors(rows: Iterable[list[str]]) -> Iterator[list[str] | csv.Error]:
    """Yield rows, and errors in the place of rows that do not parse."""
    while True:
        try:
            yield from rows
        except csv.Error as error:
            yield error
        else:
            return


def _record(header: list[str], row: list[str], position: int) -> Record | Problem:
    if any(undecodable(value) for value in row):
        return Problem(position, "undecodable", text=max(row, key=len))
    if len(row) != len(header):
        return Problem(position, "wrong_columns", f"{len(row)} instead of {len(header)}", max(row, key=len))
    return Record(position, dict(zip(header, row, strict=True)))


CSV = Reader("csv", "CSV", (".csv", ".tsv"), read_csv)
