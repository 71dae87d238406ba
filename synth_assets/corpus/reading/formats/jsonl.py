"""The JSON Lines reader: one object per line."""

import json
from pathlib import Path

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
