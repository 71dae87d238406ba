"""What a sentence states: numbers, dates, names, negations, directions, quantities, modals.

Embedding similarity does not notice that `younger` became `older` or Friday became Monday; these comparisons do. They
rely on word lists (`lexicon.yaml`) and patterns, so they also reject some good rewritings.
"""

import re
from collections import Counter

from synth_assets.augmentation.filters.lexicon import axis_sides, named_words, word_set
from synth_assets.text.words import cased_words, words

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?")
_CURRENCY = re.compile(r"[€£$¥%]")


def numbers(text: str) -> Counter[str]:
    """Counts of numbers as digits or words, under one name (`three` is `3`), and of currency and percent signs."""
    names = named_words("numbers")
    counts = Counter(match.replace(",", "") for match in _NUMBER.findall(text))
    counts.update(_CURRENCY.findall(text))
    counts.update(names[word] for word in words(text) if word in names)
    return counts


def dates(text: str) -> Counter[str]:
    """Counts of weekdays and months. `march` and `may` are common words too: March counts capitalized, May never."""
    days, months = named_words("weekdays"), named_words("months")
    lowered = ((word, word.lower()) for word in cased_words(text))
    kept = [low for word, low in lowered if low in days or (low in months and word[0].isupper())]
    return Counter(days.get(word) or months[word] for word in kept)


def negations(text: str) -> int:
    """Number of negating words, contractions with n't included."""
    known = word_set("negations")
    return sum(word in known or word.endswith("n't") for word in words(text))


def sides(text: str) -> frozenset[str]:
    """Sides of the axes of `lexicon.yaml` that occur, as `axis:side`."""
    table = axis_sides()
    return frozenset(side for word in words(text) for side in table.get(word, ()))


def names_kept(source: str, rewriting: str) -> bool:
    """Whether the capitalized words inside each sentence occur in the other one, in any place and case."""
    left, right = cased_words(source), cased_words(rewriting)
    return _inner_names(left) <= _folded(right) and _inner_names(right) <= _folded(left)


def _inner_names(tokens: list[str]) -> set[str]:
    return {_bare(token).lower() for token in tokens[1:] if token[0].isupper() and token not in ("I", "I'm", "I’m")}


def _folded(tokens: list[str]) -> set[str]:
    return {_bare(token).lower() for token in tokens}


def _bare(token: str) -> str:
    return re.sub(r"['’]s?$", "", token)
