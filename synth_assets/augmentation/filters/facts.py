"""What a sentence states: numbers, dates, names, negations, directions, quantities, modals.

Embedding similarity does not notice that `younger` became `older` or Friday became Monday; these comparisons do. They
rely on word lists (`lexicon.yaml`) and patterns, so they also reject some good rewritings.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from resources.config import read_yaml
from synth_assets.text.words import cased_words, words

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?")
_CURRENCY = re.compile(r"[€£$¥%]")


@cache
def word_set(section: str) -> frozenset[str]:
    """The words of a section that is one list."""
    return frozenset(_lexicon()[section].split())


@cache
def named_words(section: str) -> Mapping[str, str]:
    """Word to name, for a section that lists the forms of each name."""
    return {word: name for name, forms in _lexicon()[section].items() for word in forms.split()}


@cache
def axis_sides() -> Mapping[str, tuple[str, ...]]:
    """Word to the sides it indicates, as `axis:side`."""
    table: dict[str, tuple[str, ...]] = {}
    for axis, named in _lexicon()["axes"].items():
        for side, forms in named.items():
            table |= {word: (*table.get(word, ()), f"{axis}:{side}") for word in forms.split()}
    return table


@cache
def _lexicon() -> Mapping[str, Any]:
    lexicon: Mapping[str, Any] = read_yaml(Path(__file__).with_name("lexicon.yaml"))
    return lexicon


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


def sides(text: str) -> Counter[str]:
    """How often the sides of the axes of `lexicon.yaml` occur, as `axis:side`."""
    table = axis_sides()
    found = words(" ".join(word for word in cased_words(text) if word != "US"))  # the country is no pronoun
    return Counter(side for word in found for side in table.get(word, ()))


def sides_moved(source: str, rewriting: str) -> bool:
    """Whether one has a side that the other has not, or a side for another: `their` for `your` where both occur."""
    left, right = sides(source), sides(rewriting)
    return left.keys() != right.keys() or bool(left - right and right - left)


def names_kept(source: str, rewriting: str) -> bool:
    """Whether the capitalized words inside each sentence occur in the other one, in any place and case."""
    left, right = cased_words(source), cased_words(rewriting)
    return _folded(_inner_names(left)) <= _folded(right) and _folded(_inner_names(right)) <= _folded(left)


def _inner_names(tokens: list[str]) -> list[str]:
    return [token for token in tokens[1:] if token[0].isupper() and token not in ("I", "I'm", "I’m")]


def _folded(tokens: list[str]) -> set[str]:
    return {re.sub(r"['’]s?$", "", token).lower() for token in tokens}
