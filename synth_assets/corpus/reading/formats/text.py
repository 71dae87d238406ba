"""The readers of text formats: CSV with a header, JSON Lines, and plain text; their encoding is detected."""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from resources.errors import DataError
from synth_assets.corpus.reading.records import Problem, Reader, Record, Records

SAMPLE = 1 << 20
MOST_COMMON = "cp1252"
CLEARLY = 0.15  # difference in coherence
ESCAPED = 8
"""Characters to read per character of a document: JSON may use six, and other fields need room too."""
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect_encoding(path: Path) -> str:
    """Detect the encoding by byte-order mark, NUL bytes, valid UTF-8, or statistics (charset-normalizer).

    A file whose non-ASCII lines are mostly valid UTF-8 counts as UTF-8 with some undecodable lines.

    Raises:
        DataError: No encoding fits.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    marked = next((name for mark, name in BOMS if sample.startswith(mark)), None)
    return marked or _wide(sample) or _utf8(sample) or _statistics(sample)


def open_text(path: Path, encoding: str | None) -> io.TextIOWrapper:
    """Open a file in an encoding, detected if None. Bytes that do not decode become lone surrogates.

    Raises:
        DataError: No encoding fits.
    """
    encoding = encoding or detect_encoding(path)
    wide = "16" in encoding or "32" in encoding  # these decoders cannot escape half a code unit
    return path.open(encoding=encoding, errors="replace" if wide else "surrogateescape", newline="\n")


def undecodable(text: str) -> bool:
    """Return whether some bytes of the text did not decode."""
    return not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text)


def bounded_lines(file: io.TextIOWrapper, limit: int) -> Iterator[tuple[str, int]]:
    """Yield (line, number of characters). A line longer than `limit` is replaced by an empty string."""
    while line := file.readline(limit + 1):
        if len(line) <= limit or line.endswith("\n"):
            yield line, len(line)
            continue
        size = len(line)
        while not line.endswith("\n") and (line := file.readline(limit + 1)):
            size += len(line)
        yield "", size


def _wide(sample: bytes) -> str | None:
    half = max(1, len(sample) // 2)
    if sample[1::2].count(0) > 0.3 * half:
        return "utf-16-le"
    return "utf-16-be" if sample[0::2].count(0) > 0.3 * half else None


def _utf8(sample: bytes) -> str | None:
    *lines, last = sample.split(b"\n")
    complete = len(sample) < SAMPLE  # else the sample may end inside a character
    valid = [_decodes(line, True) for line in lines if not line.isascii()]
    valid += [_decodes(last, complete)] if not last.isascii() else []
    return "utf-8" if 2 * sum(valid) >= len(valid) else None


def _decodes(line: bytes, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line, complete)
    except UnicodeDecodeError:
        return False
    return True


def _statistics(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        raise DataError("no encoding fits: convert the file to UTF-8, or name its encoding in sources.yaml")
    # few accents cannot distinguish single-byte encodings; then the most common one is the best guess
    rivals = [m for m in matches if m.chaos <= best.chaos and m.coherence >= best.coherence - CLEARLY]
    return MOST_COMMON if any(MOST_COMMON in match.could_be_from_charset for match in rivals) else best.encoding


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
        pieces = iter(partial(file.readline, limit), "")  # bounds the memory: a line may be longer
        rows = csv.reader(pieces, delimiter=delimiter, strict=True)
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
