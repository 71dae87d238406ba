"""Finds what a sentence states: numbers, dates, names, negations, directions, quantities, modals.

Similarity does not see that `younger` became `older` or Friday became Monday; these comparisons do.
They are word lists and patterns (`lexicon.yaml`), no understanding: they reject some good rewritings.
"""

import re
from collections import Counter

from synth_assets.augmentation.filters.lexicon import axis_sides, named_words, word_set
from synth_assets.text.words import cased_words, words

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?")
_CURRENCY = re.compile(r"[€£$¥%]")


def numbers(text: str) -> Counter[str]:
    """Numbers as digits or words, each under one name (`three` is `3`), currency and percent signs."""
    names = named_words("numbers")
    found = Counter(match.replace(",", "") for match in _NUMBER.findall(text))
    found.update(_CURRENCY.findall(text))
    found.update(names[word] for word in words(text) if word in names)
    return found


def dates(text: str) -> Counter[str]:
    """Names of weekdays and months. `march` and `may` are also common words: March counts capitalized, May never."""
    days, months = named_words("weekdays"), named_words("months")
    lowered = ((word, word.lower()) for word in cased_words(text))
    kept = [low for word, low in lowered if low in days or (low in months and word[0].isupper())]
    return Counter(days.get(word) or months[word] for word in kept)


def negations(text: str) -> int:
    """Number of negating words; a contraction with n't counts as one."""
    known = word_set("negations")
    return sum(word in known or word.endswith("n't") for word in words(text))


def sides(text: str) -> frozenset[str]:
    """Axis sides that occur, as `axis:side`."""
    table = axis_sides()
    return frozenset(side for word in words(text) for side in table.get(word, ()))


def names_kept(source: str, rewriting: str) -> bool:
    """Whether capitalized words inside a sentence occur on the other side too, wherever and in whatever case."""
    left, right = cased_words(source), cased_words(rewriting)
    return _inner_names(left) <= _folded(right) and _inner_names(right) <= _folded(left)


def _inner_names(tokens: list[str]) -> set[str]:
    return {_bare(token).lower() for token in tokens[1:] if token[0].isupper() and token not in ("I", "I'm", "I’m")}


def _folded(tokens: list[str]) -> set[str]:
    return {_bare(token).lower() for token in tokens}


def _bare(token: str) -> str:
    return re.sub(r"['’]s?$", "", token)
