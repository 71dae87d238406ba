"""The registry of readers, and how a file gets its reader."""

from functools import cache
from pathlib import Path

from resources.discovery import discover_records
from resources.errors import DataError
from synth_assets.corpus.reading.records import Reader, Records


@cache
def readers() -> dict[str, Reader]:
    """All readers by format name."""
    return {reader.name: reader for reader in discover_records("synth_assets.corpus.reading.formats", Reader)}


def suffixes() -> dict[str, str]:
    """The format name of every known file suffix."""
    return {suffix: reader.name for reader in readers().values() for suffix in reader.suffixes}


def file_format(path: Path, configured: str | None = None) -> str:
    """Return the format name of a file: the configured one, or the one of its suffix; "" if there is none."""
    return configured or suffixes().get(path.suffix.lower(), "")


def read_file(path: Path, name: str, encoding: str | None, max_chars: int) -> Records:
    """Yield the records of a file, and the problems among them.

    Args:
        path: The file.
        name: Name of its format.
        encoding: Encoding of a text file; None to detect it.
        max_chars: Characters of a document. Longer ones may be given up early.

    Raises:
        DataError: The file as a whole cannot be read. The message says what to do.
    """
    if name not in readers():
        known = ", ".join(reader.title for reader in readers().values())
        raise DataError(f"not a known kind of file ({known}): set its `format` in sources.yaml")
    if not path.is_file():
        raise DataError("the file is gone: look for partitions again")
    if path.stat().st_size == 0:
        raise DataError("the file is empty: remove it")
    return readers()[name].read(path, encoding, max_chars)
