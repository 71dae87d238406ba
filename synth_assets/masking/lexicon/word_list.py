"""Find whole words and phrases of a list in a text, in any casing, at a cost that does not grow with the list.

Phrases are sequences of words and signs in a hash table, looked up at every word of the text (the n-gram form of
Aho and Corasick 1975).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from unicodedata import normalize

import regex

_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]")
_SAME = str.maketrans({"’": "'", "‘": "'", "–": "-", "‑": "-"})


class WordList:
    """Words and phrases; spacing, casing, and the form of apostrophes and hyphens do not matter.

    Args:
        words: words or phrases; those without a letter or digit are ignored.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._phrases: set[tuple[str, ...]] = set()
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in words:
            tokens = tuple(_folded(match.group()) for match in _TOKEN.finditer(word))
            if any(char.isalnum() for token in tokens for char in token):
                self._phrases.add(tokens)
                lengths[tokens[0]].add(len(tokens))
        self._lengths = {first: sorted(known, reverse=True) for first, known in lengths.items()}

    def __len__(self) -> int:
        return len(self._phrases)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """[start, end) of each occurrence, left to right; of two that overlap, the earlier one, then the longer one."""
        spans = [match.span() for match in _TOKEN.finditer(text)]
        tokens = [_folded(text[start:end]) for start, end in spans]
        at = 0
        while at < len(tokens):
            width = self._width(tokens, at)
            if width:
                yield spans[at][0], spans[at + width - 1][1]
            at += width or 1

    def _width(self, tokens: list[str], at: int) -> int:
        """Number of words of the longest phrase that begins at `at`; 0 if none does."""
        left = len(tokens) - at
        known = self._lengths.get(tokens[at], ())
        return next((n for n in known if n <= left and tuple(tokens[at : at + n]) in self._phrases), 0)


def _folded(token: str) -> str:
    return token.lower() if token.isascii() else normalize("NFC", token.translate(_SAME).casefold())
