"""The settings of sources in `sources.yaml`."""

import codecs
from datetime import date
from pathlib import Path
from typing import Literal

import regex
from pydantic import Field, field_validator

from resources.config import StrictModel, did_you_mean, read_yaml
from resources.errors import PolicyError
from synth_assets.corpus.reading.readers import readers

SOURCE_NAME = regex.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Column = str | Literal[False] | None


class SourceConfig(StrictModel):
    """Where the files of a source are and what their columns mean. Everything that is not set is detected."""

    path: str | None = Field(default=None, description="Absolute path of a folder or file outside the corpus folder")
    day: date | None = Field(
        default=None, description="Day of files outside day folders (default: the date they were modified, in UTC)"
    )
    format: str | None = Field(default=None, description="Format of all files (default: by suffix)")
    encoding: str | None = Field(default=None, description="Encoding of all files (default: detected)")
    text: str | None = Field(
        default=None, description="Column of the text (default: text, body, content, document, message ...)"
    )
    id: Column = Field(default=None, description="Column of the document id; false: ids are made from the content")
    subject: Column = Field(
        default=None, description="Column of the person or case; false: every document is its own subject"
    )
    label: Column = Field(default=None, description="Column of the class label; false: none")
    subject_pattern: str | None = Field(
        default=None,
        description="Regular expression whose first group is the subject; matched in the subject column, else the text",
    )
    subject_namespace: str | None = Field(
        default=None,
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
