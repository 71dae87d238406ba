"""Sources: their settings in `sources.yaml`, and the readers of the file formats. `arrivals` finds their files."""

import codecs
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import regex
from pydantic import Field, field_validator

from resources.config import StrictModel, did_you_mean, read_yaml
from resources.discovery import discover_records
from resources.errors import DataError, PolicyError
from synth_assets.corpus.reading.records import Reader, Records

SOURCE_NAME = regex.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Column = str | Literal[False] | None


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


class SourceConfig(StrictModel):
    """Where the files of a source are and what their columns mean. Everything that is not set is detected."""

    path: str | None = Field(None, description="Absolute path of a folder or file outside the corpus folder")
    day: date | None = Field(None, description="Day of files outside day folders (default: date modified, in UTC)")
    format: str | None = Field(None, description="Format of all files (default: by suffix)")
    encoding: str | None = Field(None, description="Encoding of all files (default: detected)")
    text: str | None = Field(None, description="Text column (default: text, body, content, document, message ...)")
    id: Column = Field(None, description="Column of the document id; false: ids are made from the content")
    subject: Column = Field(None, description="Column of the person or case; false: every document is its own subject")
    label: Column = Field(None, description="Column of the class label; false: none")
    subject_pattern: str | None = Field(
        None,
        description="Regular expression whose first group is the subject; matched in the subject column, else the text",
    )
    subject_namespace: str | None = Field(
        None,
        min_length=1,
        description="Sources with the same namespace share their subjects (default: the source's name)",
    )

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is not None and not Path(value).is_absolute():
            raise ValueError("must be an absolute path")
        return value

    @field_validator("format")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None and value not in readers():
            raise ValueError(f"is not a known format ({', '.join(sorted(readers()))}){did_you_mean(value, readers())}")
        return value

    @field_validator("encoding")
    @classmethod
    def _decodable(cls, value: str | None) -> str | None:
        try:
            return value and codecs.lookup(value).name
        except LookupError:
            raise ValueError("is not an encoding that Python knows") from None

    @field_validator("subject_pattern")
    @classmethod
    def _grouped(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            groups = regex.compile(value).groups
        except regex.error:
            raise ValueError("is not a regular expression") from None
        if groups < 1:
            raise ValueError("needs a group that captures the subject")
        return value


def load_sources(path: Path) -> dict[str, SourceConfig]:
    """Read `sources.yaml`, a mapping from source names to their `SourceConfig`. Without the file it is empty.

    Raises:
        PolicyError: An unknown key, a bad value or a bad name. The message says where.
    """
    if not path.is_file():
        return {}
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise PolicyError(f"{path.name}: must map source names to their settings")
    return {str(name): _source(str(name), data[name], path.name) for name in sorted(data, key=str)}


def _source(name: str, data: object, where: str) -> SourceConfig:
    if not SOURCE_NAME.fullmatch(name):
        raise PolicyError(f"{where}: a source name has up to 64 letters, digits, '.', '_' and '-'")
    return SourceConfig.parse({} if data is None else data, f"{where}: {name}")
