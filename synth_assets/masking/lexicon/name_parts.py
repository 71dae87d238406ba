"""Parts of personal names: their words, their locale and gender by public lists, and draws of other ones."""

import regex

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.lexicon.gazetteer import TITLES, gazetteer, given_names, people_of

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*")
_TITLE = regex.compile(r"\p{L}+")
_TITLE_GENDER = {"mr": "m", "sir": "m", "lord": "m", "herr": "m", "mrs": "f", "ms": "f", "miss": "f", "dame": "f",
                 "lady": "f", "madam": "f", "mme": "f", "frau": "f"}  # fmt: skip
_PLACE_ENDINGS = ("ton", "ville", "ford", "burgh", "bury", "field", "wick", "dale", "ham", "mouth")


def all_words(surface: str) -> list[str]:
    """Words of a name; an apostrophe or a hyphen does not end a word."""
    return [str(word) for word in _WORD.findall(surface)]


def name_words(surface: str) -> list[str]:
    """Words of a personal name without titles and possessive endings; initials are words of one letter."""
    words = (split_possessive(word)[0] for word in all_words(surface))
    return [word for word in words if word.casefold() not in TITLES]


def split_possessive(word: str) -> tuple[str, str]:
    """A word and its possessive ending: ("Smith", "'s"); ("O'Brien", "") if it has none."""
    end = len(word) - 2
    return (word[:end], word[end:]) if end > 0 and word[end] in "'’" and word[-1] in "sS" else (word, "")


def locale_and_gender(surface: str, words: list[str]) -> tuple[int, str]:
    """The locale of a name, and its gender: "m", "f", or "" if the lists do not know.

    The locale is the one that lists most of the words, the first listed word's own among equals: "Maria" alone is
    English, "Maria Rossi" Italian. A title decides the gender before a given name does.

    Args:
        surface: the name with its titles.
        words: its words, without titles, initials and particles.
    """
    listed = gazetteer()
    lists = [listed.locales.get(word.casefold(), frozenset()) for word in words]
    indices = (listed.given.get(word.casefold(), listed.surnames.get(word.casefold())) for word in words)
    first = [index for index in indices if index is not None][:1]
    known = [*first, *sorted(frozenset[int]().union(*lists))]
    locale = max(known, key=lambda index: sum(index in locales for locales in lists), default=0)
    titles = (_TITLE_GENDER.get(word.casefold(), "") for word in _TITLE.findall(surface))
    title = next(filter(None, titles), "")
    return locale, title or (gender_of(words[0], locale) if words else "")


def gender_of(word: str, locale: int) -> str:
    """Gender ("f", "m") of a given name in the lists of the locale, else as all lists agree; "" if they do not."""
    here = [letter for letter, names in given_names(locale).items() if word.casefold() in names]
    return here[0] if len(here) == 1 else gazetteer().gender.get(word.casefold(), "")


def draw_name(key: DocumentKey, role: str, gender: str, locale: int, *parts: str | int) -> str:
    """One word for a role: a "given" name of the gender, a "surname", or a "place" derived from a surname."""
    people = people_of(locale)
    if role == "given":
        pool = {"f": people.female, "m": people.male}.get(gender) or people.female + people.male
        return key.pick(pool or people_of(0).female, *parts)
    name = key.pick(people.surnames or people_of(0).surnames, *parts)
    if role != "place":
        return name
    stem = name[:5].rstrip("aeiouy-'’")
    return stem + key.pick(_PLACE_ENDINGS, "ending", *parts)
