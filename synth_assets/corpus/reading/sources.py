"""What a source is told about itself in `sources.yaml`. Reading its files belongs to the readers."""

import codecs
from datetime import date
from pathlib import Path
from typing import Literal

import regex
from pydantic import Field, field_validator

from resources.config import StrictModel, read_yaml
from resources.errors import PolicyError

SOURCE_NAME = regex.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Column = str | Literal[False] | None
Format = Literal["jsonl", "csv", "parquet", "txt"]


class SourceConfig(StrictModel):
    """Where a source lies and what its columns mean; an empty configuration detects both."""

    path: str | None = Field(default=None, description="Absolute path of a folder or file outside the corpus folder")
    day: date | None = Field(
        default=None, description="Day of files outside day folders; else their modification date (UTC)"
    )
    format: Format | None = Field(default=None, description="Format of all files; else told by their suffix")
    encoding: str | None = Field(default=None, description="Encoding of all files; else detected")
    text: str | None = Field(
        default=None, description="Column of the text; else text, body, content, document, message ..."
    )
    id: Column = Field(default=None, description="Column that names a document; false: named by its content")
    subject: Column = Field(
        default=None, description="Column of the person or case; false: every document is its own subject"
    )
    label: Column = Field(default=None, description="Column of the class label; false: none")
    subject_pattern: str | None = Field(
        default=None,
        description="Regular expression whose first group is the subject, in the subject column or else the text",
    )
    subject_namespace: str | None = Field(
        default=None,
        min_length=1,
        description="Sources with the same namespace share their subjects; else the source's name",
    )

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is not None and not Path(value).is_absolute():
            raise ValueError("must be an absolute path")
        return value

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            return value and codecs.lookup(value).name
        except LookupError:
            raise ValueError("is not an encoding Python knows") from None

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
