"""How this package sees words: tokens, stems, n-grams. Shared by filters, novelty and measurements."""

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SUFFIXES = ("ingly", "ations", "ation", "ments", "ment", "ness", "edly", "ings", "ing", "ies", "ied", "ers", "er")
_ENDINGS = ("ed", "es", "ly", "al", "s", "e", "y")
_STEM_MIN = 4


def words(text: str) -> list[str]:
    """Lower-cased words with a straight apostrophe."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def cased_words(text: str) -> list[str]:
    """Words as written."""
    return _WORD.findall(text)


def stem(word: str) -> str:
    """A crude stem: good enough to see that `opened` and `opening` are one word."""
    for suffix in (*_SUFFIXES, *_ENDINGS):
        if word.endswith(suffix) and len(word) - len(suffix) >= _STEM_MIN:
            return word[: -len(suffix)]
    return word


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All n-grams in order; none for fewer than n tokens."""
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
