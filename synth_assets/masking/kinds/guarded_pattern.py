"""A user's regular expression, run so that it can neither hang a stage nor match nothing.

Whether backtracking explodes cannot be read off a pattern, so it is tried on hostile text when the policy is read,
and every later search has a limit of CPU time.
"""

from collections.abc import Iterator

import regex

_TRIAL_SECONDS = 0.5
_SEARCH_SECONDS = 10.0
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
        for match in self._regex.finditer(text, timeout=_SEARCH_SECONDS):
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
