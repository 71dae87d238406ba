"""Entity types that a policy declares: by a pattern, a list of words, or a label that a model looks for.

How they are declared and checked. Built-in types belong to `policy`, finding to `custom_detection`.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from resources.config import StrictModel
from synth_assets.masking.kinds.guarded_pattern import GuardedPattern
from synth_assets.masking.lexicon.word_list import WordList

LabelRole = Literal["recognizer", "zero_shot"]


class Finder(Protocol):
    """Finds what a type declares by itself, without a model."""

    def find(self, text: str) -> Any:
        """An iterator of [start, end)."""
        ...


class CustomType(StrictModel):
    """One declared type: exactly one of pattern, words, words_file and label says how it is found."""

    pattern: str | None = Field(
        None, description="Regular expression (package `regex`); a group `value` is the part that is the identifier"
    )
    words: tuple[str, ...] | None = Field(
        None, min_length=1, description="Words or phrases, in any casing, found as whole words, longest first"
    )
    words_file: str | None = Field(
        None, description="Such words in a UTF-8 file, one a line, beside the policy; 100,000 are no burden"
    )
    words_sha256: str | None = Field(
        None, description="sha256 of words_file: filled in when the policy is read; where it is stated it must agree"
    )
    label: str | None = Field(None, min_length=1, description="What a model is to look for, e.g. `medical device`")
    model: LabelRole | None = Field(None, description="With label: the role in models.yaml that looks for it")
    action: Literal["surrogate", "mask", "keep"] = Field(
        "surrogate",
        description="surrogate: other digits and letters in the same format, or a placeholder where it has no digit; "
        "mask: a placeholder; keep: leave it, and let no other detector take it",
    )
    example: str | None = Field(None, description="A text that the pattern or the words must find; checked on reading")

    _listed: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="before")
    @classmethod
    def _with_digest(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("words_file"), str):
            return data
        found = hashlib.sha256(_read(data["words_file"], info.context)).hexdigest()
        if data.get("words_sha256") not in (None, found):
            raise ValueError(f"words_file has the sha256 {found}, words_sha256 states another")
        return {**data, "words_sha256": found}

    def model_post_init(self, context: Any) -> None:
        """Read the words of the file, so that later reading of the file changes nothing."""
        self._listed = self.words or ()
        if self.words_file:
            lines = _read(self.words_file, context).decode().splitlines()
            self._listed = tuple(line.strip() for line in lines if line.strip())

    @model_validator(mode="after")
    def _complete(self) -> Self:
        ways = [name for name in ("pattern", "words", "words_file", "label") if getattr(self, name)]
        if len(ways) != 1:
            raise ValueError(f"exactly one of pattern, words, words_file and label is needed, not {ways or 'none'}")
        if (self.label is None) != (self.model is None):
            raise ValueError("label and model go together: model is the role that looks for the label")
        if self.words_sha256 and not self.words_file:
            raise ValueError("words_sha256 is the digest of words_file, which is not given")
        return self

    @model_validator(mode="after")
    def _finds_its_example(self) -> Self:
        finder = self.finder
        if isinstance(finder, GuardedPattern):
            finder.try_out()
        if isinstance(finder, WordList) and not len(finder):
            raise ValueError("no word of the list has a letter or a digit")
        if self.example is None:
            return self
        if finder is None:
            raise ValueError("example is checked for patterns and words; a label has none")
        if not any(True for _ in finder.find(self.example)):
            raise ValueError("the example is not found by this type's own pattern or words")
        return self

    @property
    def finder(self) -> Finder | None:
        """What finds it; None for a label."""
        if self.pattern:
            return _pattern(self.pattern)
        return _word_list(self._listed) if self._listed else None


@cache
def _pattern(pattern: str) -> GuardedPattern:
    return GuardedPattern(pattern)


@cache
def _word_list(words: tuple[str, ...]) -> WordList:
    return WordList(words)


def _read(name: str, context: Any) -> bytes:
    path = Path((context or {}).get("folder") or ".") / Path(name).expanduser()
    try:
        body = path.read_bytes()
        body.decode()
    except OSError:
        raise ValueError(f"words_file {name!r} cannot be read: it is looked for beside the policy") from None
    except UnicodeDecodeError:
        raise ValueError(f"words_file {name!r} is not UTF-8") from None
    return body
