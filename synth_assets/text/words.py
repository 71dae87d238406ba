"""Words: for counting and quality as written, for comparing as folded."""

import re
import unicodedata
from collections.abc import Sequence

import regex

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_FOLDED = re.compile(r"\w+")


def written_words(text: str) -> list[str]:
    """Words between spaces; in scripts without spaces, every letter counts as one."""
    if not text.isascii():
        text = _UNSPACED.sub(r" \g<0> ", text)
    return text.split()


def folded_words(text: str) -> list[str]:
    """Words without case, punctuation and compatibility forms; of a text without words, its characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _FOLDED.findall(folded) or folded.split()


def shingles(words: Sequence[str], size: int) -> list[str]:
    """All runs of `size` words; a shorter text is one shingle."""
    if len(words) <= size:
        return [" ".join(words)]
    return [" ".join(words[i : i + size]) for i in range(len(words) - size + 1)]
