"""Which encoding a text file is in, and its lines in bounded pieces."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from resources.errors import DataError

SAMPLE = 1 << 20
COMMONEST = "cp1252"
CLEARLY = 0.15  # difference in coherence
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect_encoding(path: Path) -> str:
    """The encoding told by a byte-order mark, NUL bytes, valid UTF-8, or statistics (charset-normalizer).

    A file with more valid than broken non-ASCII lines is UTF-8 with some undecodable lines.

    Raises:
        DataError: nothing fits.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    marked = next((name for mark, name in BOMS if sample.startswith(mark)), None)
    return marked or _wide(sample) or _utf8(sample) or _statistics(sample)


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """Open for reading; bytes that do not decode become lone surrogates (see `undecodable`)."""
    wide = "16" in encoding or "32" in encoding  # these decoders cannot escape half a code unit
    return path.open(encoding=encoding, errors="replace" if wide else "surrogateescape", newline="\n")


def undecodable(text: str) -> bool:
    """Whether bytes of the text did not decode."""
    return not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text)


def bounded_lines(file: io.TextIOWrapper, limit: int) -> Iterator[tuple[str, int]]:
    """Yield (line, characters); a line above `limit` characters comes as an empty string with its true size."""
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
    answers = [_decodes(line, True) for line in lines if not line.isascii()]
    answers += [_decodes(last, complete)] if not last.isascii() else []
    return "utf-8" if 2 * sum(answers) >= len(answers) else None


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
    # few accents do not tell the single-byte encodings apart; then the commonest one is the best guess
    rivals = [m for m in matches if m.chaos <= best.chaos and m.coherence >= best.coherence - CLEARLY]
    return COMMONEST if any(COMMONEST in match.could_be_from_charset for match in rivals) else best.encoding
