"""Splits text into words, folds them for comparison, builds n-grams, and lists frequent English words."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import import_module

import regex

WORD = regex.compile(r"\p{N}+(?:[.,:]\p{N}+)+|[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}\p{N}]+)*")
"""A word with its apostrophes, or a number such as 3.5, 1,000 or 10:30; a hyphen separates words."""

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_FOLDED = re.compile(r"\w+")
_SUFFIXES = ("ingly", "ations", "ation", "ments", "ment", "ness", "edly", "ings", "ing", "ies", "ied", "ers", "er")
_ENDINGS = ("ed", "es", "ly", "al", "s", "e", "y")
_STEM_MIN = 4


def words(text: str) -> list[str]:
    """Words and numbers, case-folded, with straight apostrophes."""
    return [word.casefold().replace("’", "'") for word in WORD.findall(text)]


def cased_words(text: str) -> list[str]:
    """Words and numbers as written."""
    return list(WORD.findall(text))


def written_words(text: str) -> list[str]:
    """Words between spaces, punctuation included; in scripts without spaces, each letter is a word."""
    if not text.isascii():
        text = _UNSPACED.sub(r" \g<0> ", text)
    return text.split()


def folded_words(text: str) -> list[str]:
    """Words without case, punctuation and compatibility forms; the characters of a text that has no words.

    Ids of documents are hashes of these words, so the folding must not change.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _FOLDED.findall(folded) or folded.split()


def stem(word: str) -> str:
    """Strip English suffixes, just enough to match `opened` with `opening`."""
    for suffix in (*_SUFFIXES, *_ENDINGS):
        if word.endswith(suffix) and len(word) - len(suffix) >= _STEM_MIN:
            return word[: -len(suffix)]
    return word


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of `n` tokens, in order; none if there are fewer than `n`."""
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def shingles(tokens: Sequence[str], size: int) -> list[str]:
    """All runs of `size` tokens, each joined to a string; a shorter text is one shingle."""
    return [" ".join(gram) for gram in ngrams(tokens, size)] or [" ".join(tokens)]


@cache
def stop_words() -> frozenset[str]:
    """SpaCy's English stop words: words that carry grammar and no content."""
    from spacy.lang.en.stop_words import STOP_WORDS

    return frozenset(STOP_WORDS)


@cache
def frequent_words() -> frozenset[str]:
    """Faker's list of the most frequent English words, as written there."""
    return frozenset(import_module("faker.providers.lorem.en_US").Provider.word_list)


@cache
def frequent_content_words() -> frozenset[str]:
    """Frequent lower-case English words that carry content."""
    return frozenset(word for word in frequent_words() if word.isalpha() and word.islower()) - stop_words()
