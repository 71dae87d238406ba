"""Text files: detect the encoding, decode, and read lines of bounded length. Used by the readers of text formats."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from resources.errors import DataError

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
