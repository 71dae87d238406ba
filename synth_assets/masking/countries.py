"""Countries with their adjective, so that a country and its nationality get surrogates that agree."""

import re
from collections.abc import Iterator
from functools import cache

_WORD = re.compile(r"[^\W\d_]+")

_TABLE = """
Albania/Albanian Argentina/Argentine Armenia/Armenian Australia/Australian Austria/Austrian Azerbaijan/Azerbaijani
Bangladesh/Bangladeshi Belarus/Belarusian Belgium/Belgian Bolivia/Bolivian Bosnia/Bosnian Brazil/Brazilian
Bulgaria/Bulgarian Cambodia/Cambodian Cameroon/Cameroonian Canada/Canadian Chile/Chilean China/Chinese
Colombia/Colombian Croatia/Croatian Cuba/Cuban Cyprus/Cypriot Denmark/Danish Ecuador/Ecuadorian Egypt/Egyptian
England/English Estonia/Estonian Ethiopia/Ethiopian Finland/Finnish France/French Georgia/Georgian Germany/German
Ghana/Ghanaian Greece/Greek Greenland/Greenlandic Hungary/Hungarian Iceland/Icelandic India/Indian
Indonesia/Indonesian Iran/Iranian Iraq/Iraqi Ireland/Irish Israel/Israeli Italy/Italian Jamaica/Jamaican
Japan/Japanese Jordan/Jordanian Kazakhstan/Kazakh Kenya/Kenyan Kosovo/Kosovan Latvia/Latvian Lebanon/Lebanese
Lithuania/Lithuanian Luxembourg/Luxembourgish Malaysia/Malaysian Malta/Maltese Mexico/Mexican Moldova/Moldovan
Mongolia/Mongolian Montenegro/Montenegrin Morocco/Moroccan Nepal/Nepalese Netherlands/Dutch Nigeria/Nigerian
Norway/Norwegian Pakistan/Pakistani Peru/Peruvian Philippines/Filipino Poland/Polish Portugal/Portuguese
Romania/Romanian Russia/Russian Rwanda/Rwandan Scotland/Scottish Senegal/Senegalese Serbia/Serbian
Singapore/Singaporean Slovakia/Slovak Slovenia/Slovenian Somalia/Somali Spain/Spanish Sudan/Sudanese
Sweden/Swedish Switzerland/Swiss Syria/Syrian Taiwan/Taiwanese Tanzania/Tanzanian Thailand/Thai Tunisia/Tunisian
Turkey/Turkish Uganda/Ugandan Ukraine/Ukrainian Uruguay/Uruguayan Uzbekistan/Uzbek Venezuela/Venezuelan
Vietnam/Vietnamese Wales/Welsh Yemen/Yemeni Zambia/Zambian Zimbabwe/Zimbabwean
"""
_ALIASES = {
    "united kingdom": "england", "britain": "england", "great britain": "england", "british": "english",
    "united kingdom of great britain and northern ireland": "england", "northern ireland": "ireland",
    "uk": "england", "the uk": "england", "united states": "united states", "usa": "united states",
    "us": "united states", "u.s.": "united states", "america": "united states", "american": "american",
    "turks": "turkish", "poles": "polish", "danes": "danish", "swedes": "swedish", "czechia": "czech republic",
}  # fmt: skip
_MORE = (("United States", "American"), ("Czech Republic", "Czech"))


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """(country, adjective), by country."""
    pairs = [tuple(entry.split("/")) for entry in _TABLE.split()]
    return tuple(sorted([(a, b) for a, b in pairs] + list(_MORE)))


@cache
def _index() -> dict[str, tuple[int, int]]:
    found = {}
    for number, pair in enumerate(countries()):
        for form, word in enumerate(pair):
            found[word.casefold()] = (number, form)
            found[word.casefold() + "s"] = (number, form)
    return found | {alias: found[name] for alias, name in _ALIASES.items()}


def parts(surface: str) -> Iterator[tuple[int, int]]:
    """Where countries and their adjectives stand in a longer name, by start; two words before one."""
    words = list(_WORD.finditer(surface))
    i = 0
    while i < len(words):
        for size in (2, 1):
            span = (words[i].start(), words[min(i + size, len(words)) - 1].end())
            if lookup(surface[slice(*span)]) is not None:
                yield span
                i += size - 1
                break
        i += 1


def holds(surface: str) -> bool:
    """Whether a country or the adjective of one stands in a longer name."""
    return any(True for _ in parts(surface))


GROUPS = (
    "Christian", "Muslim", "Jewish", "Hindu", "Buddhist", "Sikh", "Catholic", "Protestant", "Orthodox", "Anglican",
    "Lutheran", "Methodist", "Baptist", "Mormon", "Quaker", "Presbyterian", "Sunni", "Shia", "Evangelical", "Pentecostal",  # noqa: E501
)  # fmt: skip
_GROUP_INDEX = {name.casefold() + plural: (i, bool(plural)) for i, name in enumerate(GROUPS) for plural in ("", "s")}
_GROUP_INDEX |= {"jew": (2, False), "jews": (2, True)}


def group(surface: str) -> tuple[int, bool] | None:
    """(index into GROUPS, whether it is a plural) of a religious group; None if it is none."""
    return _GROUP_INDEX.get(surface.casefold())


def lookup(surface: str) -> tuple[int, int] | None:
    """(number, 0 for the country or 1 for the adjective) of a surface form; None if it is not in the table."""
    words = surface.casefold().split()
    if words[:1] == ["the"]:
        words = words[1:]
    return _index().get(" ".join(words))
