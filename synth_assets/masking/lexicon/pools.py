"""Where the words of surrogate names are drawn from: lists by role, locale and gender.

Which word stands for which is decided in `words`; the lists are in `names`.
"""

import regex

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.lexicon.gazetteer import gazetteer, given_names, people_of

_TITLE_GENDER = {"mr": "m", "sir": "m", "lord": "m", "herr": "m", "mrs": "f", "ms": "f", "miss": "f", "dame": "f",
                 "lady": "f", "madam": "f", "mme": "f", "frau": "f"}  # fmt: skip
_PLACE_ENDINGS = ("ton", "ville", "ford", "burgh", "bury", "field", "wick", "dale", "ham", "mouth")
_TITLE = regex.compile(r"\p{L}+")


def background(surface: str, words: list[str]) -> tuple[int, str]:
    """What lists know of a name: its locale and its gender ("m", "f", or "" where they do not know).

    The locale is one that lists most of the words, if it can be that of the first listed word: "Maria" alone is
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
    locale = max(known, key=lambda index: sum(index in found for found in lists), default=0)
    titles = (_TITLE_GENDER.get(word.casefold(), "") for word in _TITLE.findall(surface))
    title = next(filter(None, titles), "")
    return locale, title or (gender_of(words[0], locale) if words else "")


def gender_of(word: str, locale: int) -> str:
    """Gender ("f", "m") of a given name in the lists of the locale, else as all lists agree; "" if they do not."""
    here = [letter for letter, names in given_names(locale).items() if word.casefold() in names]
    return here[0] if len(here) == 1 else gazetteer().gender.get(word.casefold(), "")


def draw_name(key: DocumentKey, role: str, gender: str, locale: int, *parts: str | int) -> str:
    """One word for a role: a "given" name of the gender, a "surname", or a "place" made from a surname."""
    people = people_of(locale)
    if role == "given":
        pool = {"f": people.female, "m": people.male}.get(gender) or people.female + people.male
        return key.pick(pool or people_of(0).female, *parts)
    name = key.pick(people.surnames or people_of(0).surnames, *parts)
    if role != "place":
        return name
    stem = name[:5].rstrip("aeiouy-'’")
    return stem + key.pick(_PLACE_ENDINGS, "ending", *parts)
