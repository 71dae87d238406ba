"""The plain text reader: one document per file."""

from pathlib import Path

from synth_assets.corpus.reading.encoding import ESCAPED, open_text, undecodable
from synth_assets.corpus.reading.records import Problem, Reader, Record, Records


def read_text(path: Path, encoding: str | None, max_chars: int) -> Records:
    """Yield the text of a file and, as the field `file`, its name."""
    with open_text(path, encoding) as file:
        text = file.read(ESCAPED * max_chars)
    if undecodable(text):
        yield Problem(0, "undecodable", text=text[:max_chars])
    else:
        yield Record(0, {"text": text, "file": path.stem})


TXT = Reader("txt", "plain text", (".txt",), read_text)
