"""Countries with their adjectives, so that the surrogates of a country and of its nationality agree."""

import re
from collections.abc import Iterator
from functools import cache

_WORD = re.compile(r"[^\W\d_]+")

# Spaces are written as underscores.
_TABLE = """
Afghanistan/Afghan Albania/Albanian Algeria/Algerian Andorra/Andorran Angola/Angolan Argentina/Argentine
Armenia/Armenian Australia/Australian Austria/Austrian Azerbaijan/Azerbaijani Bahrain/Bahraini Bangladesh/Bangladeshi
Barbados/Barbadian Belarus/Belarusian Belgium/Belgian Benin/Beninese Bhutan/Bhutanese Bolivia/Bolivian Bosnia/Bosnian
Botswana/Botswanan Brazil/Brazilian Bulgaria/Bulgarian Burundi/Burundian Cambodia/Cambodian Cameroon/Cameroonian
Canada/Canadian Chile/Chilean China/Chinese Colombia/Colombian Congo/Congolese Costa_Rica/Costa_Rican Croatia/Croatian
Cuba/Cuban Cyprus/Cypriot Czech_Republic/Czech Denmark/Danish Dominican_Republic/Dominican Ecuador/Ecuadorian
Egypt/Egyptian El_Salvador/Salvadoran England/English Eritrea/Eritrean Estonia/Estonian Ethiopia/Ethiopian Fiji/Fijian
Finland/Finnish France/French Gabon/Gabonese Gambia/Gambian Georgia/Georgian Germany/German Ghana/Ghanaian Greece/Greek
Greenland/Greenlandic Guatemala/Guatemalan Guyana/Guyanese Haiti/Haitian Honduras/Honduran Hungary/Hungarian
Iceland/Icelandic India/Indian Indonesia/Indonesian Iran/Iranian Iraq/Iraqi Ireland/Irish Israel/Israeli Italy/Italian
Jamaica/Jamaican Japan/Japanese Jordan/Jordanian Kazakhstan/Kazakh Kenya/Kenyan Kosovo/Kosovan Kuwait/Kuwaiti
Kyrgyzstan/Kyrgyz Laos/Laotian Latvia/Latvian Lebanon/Lebanese Liberia/Liberian Libya/Libyan
Liechtenstein/Liechtensteiner Lithuania/Lithuanian Luxembourg/Luxembourgish Macedonia/Macedonian Madagascar/Malagasy
Malawi/Malawian Malaysia/Malaysian Mali/Malian Malta/Maltese Mauritania/Mauritanian Mauritius/Mauritian Mexico/Mexican
Moldova/Moldovan Monaco/Monegasque Mongolia/Mongolian Montenegro/Montenegrin Morocco/Moroccan Mozambique/Mozambican
Myanmar/Burmese Namibia/Namibian Nepal/Nepalese Netherlands/Dutch New_Zealand/New_Zealander Nicaragua/Nicaraguan
Nigeria/Nigerian North_Korea/North_Korean Norway/Norwegian Oman/Omani Pakistan/Pakistani Palestine/Palestinian
Panama/Panamanian Paraguay/Paraguayan Peru/Peruvian Philippines/Filipino Poland/Polish Portugal/Portuguese Qatar/Qatari
Romania/Romanian Russia/Russian Rwanda/Rwandan Samoa/Samoan Saudi_Arabia/Saudi Scotland/Scottish Senegal/Senegalese
Serbia/Serbian Sierra_Leone/Sierra_Leonean Singapore/Singaporean Slovakia/Slovak Slovenia/Slovenian Somalia/Somali
South_Africa/South_African South_Korea/South_Korean Spain/Spanish Sri_Lanka/Sri_Lankan Sudan/Sudanese
Suriname/Surinamese Sweden/Swedish Switzerland/Swiss Syria/Syrian Taiwan/Taiwanese Tajikistan/Tajik Tanzania/Tanzanian
Thailand/Thai Togo/Togolese Tonga/Tongan Tunisia/Tunisian Turkey/Turkish Turkmenistan/Turkmen Uganda/Ugandan
Ukraine/Ukrainian United_States/American Uruguay/Uruguayan Uzbekistan/Uzbek Venezuela/Venezuelan Vietnam/Vietnamese
Wales/Welsh Yemen/Yemeni Zambia/Zambian Zimbabwe/Zimbabwean
"""
_ALIASES = {
    "united kingdom": "england", "britain": "england", "great britain": "england", "british": "english",
    "united kingdom of great britain and northern ireland": "england", "northern ireland": "ireland",
    "uk": "england", "usa": "united states", "us": "united states", "u.s.": "united states", "america": "united states",
    "turks": "turkish", "poles": "polish", "danes": "danish", "swedes": "swedish", "czechia": "czech republic",
}  # fmt: skip


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """Pairs of (country, adjective), sorted."""
    pairs = (entry.replace("_", " ").split("/") for entry in _TABLE.split())
    return tuple(sorted((country, adjective) for country, adjective in pairs))


@cache
def _index() -> dict[str, tuple[int, int]]:
    index = {}
    for number, pair in enumerate(countries()):
        for form, word in enumerate(pair):
            index[word.casefold()] = index[word.casefold() + "s"] = (number, form)
    return index | {alias: index[name] for alias, name in _ALIASES.items()}


def parts(surface: str) -> Iterator[tuple[int, int]]:
    """Spans of countries and their adjectives in a longer name, by start; two-word names have precedence."""
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
    """Whether a longer name contains a country or the adjective of one."""
    return any(True for _ in parts(surface))


def lookup(surface: str) -> tuple[int, int] | None:
    """The number of a country, and 0 for the country or 1 for its adjective; None if it is not in the table."""
    return _index().get(" ".join(surface.casefold().split()).removeprefix("the "))
