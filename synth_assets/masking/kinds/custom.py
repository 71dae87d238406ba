"""Types that a policy declares: by a pattern, a list of words, or a label that a model looks for.

Whether the backtracking of a user's pattern explodes cannot be read off it: it is tried on hostile text when the policy
is read, and every later search has a limit of CPU time.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import regex
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from resources.config import StrictModel
from synth_assets.masking.lexicon.word_list import WordList

LabelRole = Literal["recognizer", "zero_shot"]

_TRIAL_SECONDS = 0.5
SEARCH_SECONDS = 10.0
_REPEATS = 1500
_RUN = regex.compile(r"\p{L}+|\p{N}+")
_USUAL = ("a", "A", "1", " ", "-", ".", "_", "/", "aA", "a1", "A1", "a ", "1 ", "a-", "1-", "a.", "1.")


class GuardedPattern:
    """A compiled pattern of the `regex` package; its group `value`, where it has one, is the part that is found.

    Raises:
        ValueError: it does not compile, or it matches the empty string.
    """

    def __init__(self, pattern: str) -> None:
        self._source = pattern
        try:
            self._regex = regex.compile(pattern)
        except regex.error as error:
            raise ValueError(f"the pattern does not compile: {error}") from None
        self._group: str | int = "value" if "value" in self._regex.groupindex else 0
        if self._regex.search("", timeout=_TRIAL_SECONDS):
            raise ValueError("the pattern matches the empty string, so it would be found everywhere")

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """[start, end) of each match. Raises TimeoutError after ten seconds of CPU time."""
        for match in self._regex.finditer(text, timeout=SEARCH_SECONDS):
            start, end = match.span(self._group)
            if start < end:
                yield start, end

    def try_out(self) -> None:
        """Search hostile text made from the pattern's own letters.

        Raises:
            ValueError: the search takes too long, or a match is empty.
        """
        for unit in dict.fromkeys((*_USUAL, *_RUN.findall(self._source))):
            hostile = unit * (_REPEATS // len(unit) + 1) + "\x00"
            try:
                empty = any(m.start() == m.end() for m in self._regex.finditer(hostile, timeout=_TRIAL_SECONDS))
            except TimeoutError:
                raise ValueError(
                    f"the pattern takes more than {_TRIAL_SECONDS} s on {len(hostile):,} characters (catastrophic "
                    "backtracking): avoid repetitions inside repetitions"
                ) from None
            if empty:
                raise ValueError("the pattern matches nothing at some places: every match needs a character")


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
        digest = hashlib.sha256(_read(data["words_file"], info.context)).hexdigest()
        if data.get("words_sha256") not in (None, digest):
            raise ValueError(f"words_file has the sha256 {digest}, words_sha256 states another")
        return {**data, "words_sha256": digest}

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
    def finder(self) -> GuardedPattern | WordList | None:
        """What finds it; None for a label."""
        if self.pattern:
            return _pattern(self.pattern)
        return _word_list(self._listed) if self._listed else None


_pattern = cache(GuardedPattern)
_word_list = cache(WordList)


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
