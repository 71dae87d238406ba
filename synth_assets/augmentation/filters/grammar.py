"""Errors of English that rewritings have and their sources do not: prepositions before dates, articles, doubled words.

A translator chooses prepositions and articles around a protection token without seeing what it stands for.
"""

import re

from synth_assets.augmentation.filters.filter import Filter
from synth_assets.text.words import cased_words

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DAY = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_OF_THE_MONTH = r"\d{1,2}(?:st|nd|rd|th)?\b(?!:)"
_PREPOSITION = re.compile(
    rf"""\b(?:[Ii]n|[Aa]t)\ (?:the\ )?(?:{_MONTH}\ {_OF_THE_MONTH}|{_OF_THE_MONTH}\ (?:of\ )?{_MONTH})\b
    |\b(?:[Ii]n|[Aa]t)\ {_DAY}\b(?!['’]s|\ (?:night|morning|afternoon|evening)['’]s)
    |\b(?:[Oo]n|[Aa]t)\ {_MONTH}(?:\ \d{{4}})?\b(?!\ \d)(?!['’]s)
    |\b[Oo]n\ (?:1[5-9]|20)\d\d\b
    |\b(?:[Ii]n|[Oo]n)\ (?:\d{{1,2}}:\d\d|\d{{1,2}}\ ?[ap]\.?m\b)""",
    re.VERBOSE,
)
_A_VOWEL = re.compile(r"\ba (?=[aeio])(?!one\b|once\b|e[uw]|ouija)\w", re.IGNORECASE)
_A_EIGHT = re.compile(r"\ba (?:8|11|18)(?!\d)|\ba 8\d", re.IGNORECASE)
_AN_CONSONANT = re.compile(r"\b[Aa]n (?=[bcdfgjklmnpqrstvwxyz])(?!x-)\w")
_AN_NUMBER = re.compile(r"\b[Aa]n (?:[1-79]\d?(?!\d)(?<!11)(?<!18)|1[0-79]\d)")
_MAY_DOUBLE = frozenset(["that", "had", "very", "so", "no", "bye", "ha"])


def errors(text: str) -> frozenset[str]:
    """Names of the errors in a text: `preposition`, `article`, `doubled`."""
    found = {
        "preposition": _PREPOSITION.search(text),
        "article": any(each.search(text) for each in (_A_VOWEL, _A_EIGHT, _AN_CONSONANT, _AN_NUMBER)),
        "doubled": _doubled(text),
    }
    return frozenset(name for name, wrong in found.items() if wrong)


def _doubled(text: str) -> bool:
    """Whether a word follows itself without a mark between them."""
    matches = re.finditer(r"\b([a-z]+) \1\b", text.lower())
    return any(match[1] not in _MAY_DOUBLE for match in matches)


def lost_capitals(source: str, rewriting: str) -> bool:
    """Whether a word that the source always writes with a capital inside a sentence has none in the rewriting."""
    inner = {word.lower() for word in cased_words(source)[1:] if word[0].isupper()}
    lower = {word for word in cased_words(source) if word.islower()}
    return any(word.islower() and word in inner - lower for word in cased_words(rewriting))


GRAMMAR = Filter("grammar", 8, lambda pair, _: not errors(pair.rewriting) <= errors(pair.source))
CAPITALS = Filter("capitals", 8, lambda pair, _: lost_capitals(pair.source, pair.rewriting))
