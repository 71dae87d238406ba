"""Postal addresses: house numbers, streets in several languages, boxes, units, postal codes."""

import random
from functools import cache
from importlib import import_module
from typing import Any

from synth_assets.masking.kinds.contact import code_like
from synth_assets.masking.kinds.kind import (
    CAPITALIZED,
    Generalization,
    Kind,
    Maker,
    Pattern,
    digits_of,
    forms,
    reshape,
    worded,
)

_CAP = CAPITALIZED
_NUMBER = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,5}[A-Za-z]?)?"
_SUFFIX = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|ter|way|"
    r"circle|cir|highway|hwy|parkway|pkwy|crescent|cres|close|alley|trail|loop|row|walk|gardens|grove|mews|hill|str|"
    r"plaza|pike|ridge|meadows?|view|crossing|path|quay|wharf|estate|park)"
)
_PREFIX = (
    r"(?:rue|avenue|boulevard|place|chemin|route|via|viale|piazza|corso|calle|avenida|plaza|paseo|rua|travessa|"
    r"ul\.|ulica|ulice|al\.|rua|carrer|strada|strasse|straße)"
)
_GLUED = (
    r"(?:stra(?:ss|ß)e|str\.|weg|gasse|platz|allee|damm|ufer|straat|laan|plein|gade|vej|gata|gatan|vägen|vegen|"
    r"veien|tie|katu|kuja|polku|utca|utja|ulica|cesta)"
)
_UNIT = r"(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|building|lot|dept|#)\.?"
_PLANTED_LOCALES = ("en_US", "en_US", "en_GB", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "pt_PT")
RESTRICTED_ZIP3 = frozenset(
    ("036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890",
     "893")
)  # fmt: skip
"""ZIP areas of 20,000 people or fewer in the census of 2000, as the guidance of HHS (2012) lists them."""
_SHORT = 5
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)

# Of the postal service's street suffixes, those that a number and a name precede in other texts too.
_NOT_A_SUFFIX = frozenset(
    {"bridge", "center", "club", "land", "light", "mall", "mission", "port", "rest", "run", "station", "union"}
)


def _postal_suffixes() -> str:
    """The street suffixes of the US Postal Service (Publication 28), as Faker lists them."""
    listed = import_module("faker.providers.address.en_US").Provider.street_suffixes
    return "|".join(sorted({word for word in listed if word.casefold() not in _NOT_A_SUFFIX}, key=len, reverse=True))


_WITHIN = r"(?:(?i:de|del|della|la|le|les|du|des|dos|da|di)\s+)*"


def _address(regex: Any, score: float) -> Pattern:
    return Pattern(regex, score, allowed=lambda value: bool(digits_of(value)), needs=r"\d")


_STREETS = (
    _address(lambda: rf"\b{_NUMBER}\s+(?:{_CAP}\s+){{1,2}}(?:{_postal_suffixes()})\b", 0.6),  # 7282 Erin Lakes
    # Alameda de Cardoso, 88; Tom-Kühnert-Weg 3/7
    _address(
        r"\b(?:Alameda|Avenida|Av\.?|Largo|Praça|Pasaje|Glorieta|Ronda|Camino|Contrada|Borgo|Vicolo|Allée|Impasse|Quai|"
        rf"Cours)\s(?:(?i:de|del|della|la|das?|dos?|du|des)\s)*{_CAP}(?:\s{_CAP}){{0,2}},?\s{_NUMBER}",
        0.7,
    ),
    _address(rf"(?<!\w)(?:{_CAP}-)+(?:Weg|Straße|Strasse|Gasse|Platz|Allee|Ring|Ufer|Damm)\s{_NUMBER}", 0.8),
    # 12 Baker Street, Apt. 4
    _address(rf"\b{_NUMBER}\s+(?:{_CAP}\s+){{1,4}}(?i:{_SUFFIX})\b\.?(?:\s(?:N|S|E|W|NE|NW|SE|SW)\b)?", 0.85),
    # 14 Rue de Rivoli / Via Franscini 71
    _address(rf"\b(?:{_NUMBER},?\s+)?(?i:{_PREFIX})\s+{_WITHIN}{_CAP}(?:\s{_CAP}){{0,2}},?\s+{_NUMBER}\b", 0.75),
    _address(rf"\b{_NUMBER},?\s+(?i:{_PREFIX})\s+{_WITHIN}{_CAP}(?:\s{_CAP})?", 0.8),
    # Hauptstraße 5, Puruntie 82
    _address(rf"\b(?:{_CAP}\s)?[^\W\d_a-z]\w*{_GLUED}\s+{_NUMBER}\b", 0.8),
    _address(rf"\b{_NUMBER}\s+[^\W\d_a-z]\w*{_GLUED}(?:\s+{_NUMBER})?\b", 0.8),
    _address(
        r"(?i)\b(?:P\.?\s?O\.?\s?Box|PSC|Box|Unit|CMR)\s+\d{1,6}\b(?:,?\s*(?:Box|Unit)\s+\d+)*"
        r"(?:\s+(?:APO|FPO|DPO)\s+A[AEP]\b)?(?:\s+\d{5}(?:-\d{4})?)?",
        0.8,
    ),
    _address(rf"\b(?i:{_UNIT})\s?\d{{1,5}}[A-Za-z]?\b", 0.6),
    # after a word that announces an address: a number, capitalized words, an optional number and unit
    _address(
        r"(?i:address(?:es)?(?:\s+(?:is|was|to))?|lives?\s+(?:at|in|on)|living\s+(?:at|on)|located\s+(?:at|on)|"
        r"resid\w+\s+(?:at|on)|moved\s+to|office\s+(?:at|on)|corner\s+of|visit(?:ed)?\s+(?:us\s+)?at|ship\w*\s+to)"
        rf"\s*:?\s*(?P<value>{_NUMBER}\s+{_CAP}(?:\s+{_CAP}){{0,4}}(?:\s+{_NUMBER})?"
        rf"|{_CAP}(?:\s+{_CAP}){{0,3}}\s+{_NUMBER})\b",
        0.7,
    ),
    # a line that is nothing but number, name, number (an address block)
    _address(
        rf"(?m)^\s*(?P<value>\d{{1,5}}\s+{_CAP}(?:[ ]{_CAP}){{0,3}}(?:\s+{_NUMBER})?"
        rf"(?:\s+(?i:{_UNIT})\s?\d+\w?)?|{_CAP}(?:[ ]{_CAP}){{0,3}}[ ]\d{{1,5}}\w?)[ ]*,?$",
        0.55,
    ),
)
_CODES = (
    _address(rf"\b(?:{_STATES})\s+(?P<value>\d{{5}}(?:-\d{{4}})?)\b", 0.85),
    _address(r"\b\d{5}-\d{4}\b", 0.6),
    _address(r"\b(?:GIR 0AA|[A-PR-UWYZ][A-HK-Y]?\d[\dA-Z]? \d[ABD-HJLNP-UW-Z]{2})\b", 0.85),
    _address(r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d\b", 0.8),
    _address(
        r"(?i)\b(?:zip(?:\s?code)?|post(?:al)?\s?code|postcode|PLZ|CAP)(?:\s+(?:is|was))?\s*:?\s*"
        r"(?P<value>[A-Z]{0,2}-?\d{3,6}(?:-\d{3,4})?)\b",
        0.85,
    ),
    _address(r"(?m)^[^\S\n]*(?P<value>(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?)[^\S\n]*$", 0.5),
    _address(
        r"(?m)(?:^|,)[^\S\n]*(?P<value>\d{3} ?\d{2}|\d{4,5})"
        r"(?=\s+[^\W\d_a-z]\w+(?:[ -][^\W\d_a-z]\w+)?[^\S\n]*(?:,|$))",
        0.5,
    ),
)


def _other_address(maker: Maker, surface: str) -> str:
    """Street words kept, names replaced, digits drawn."""
    words = maker.words.address(surface)
    digits = "".join(char for char in words if char.isdecimal())
    drawn = iter(reshape(digits, maker.key, "house", surface))
    return "".join(next(drawn) if char.isdecimal() else char for char in words)


def _area(code: str, how: Generalization, latest_year: int | None) -> str:
    """The first two characters; by Safe Harbor the first three digits of a ZIP code, nothing of any other code."""
    if how == "safe_harbor":
        digits, _, more = code.strip().partition("-")
        if len(digits) != _SHORT or not digits.isdecimal() or not (not more or more.isdecimal()):
            return ""
        return ("000" if digits[:3] in RESTRICTED_ZIP3 else digits[:3]) + "xx"
    if len(code) < _SHORT:
        return ""
    return code[:2] + "".join("0" if char.isalnum() else char for char in code[2:])


def _plant_address(rng: random.Random) -> str:
    faker = _faker(rng.choice(_PLANTED_LOCALES))
    faker.seed_instance(rng.getrandbits(32))
    return ", ".join(part.strip() for part in str(faker.street_address()).splitlines())


@cache
def _faker(locale: str) -> Any:
    from faker import Faker

    return Faker(locale)


ADDRESS = Kind(
    name="ADDRESS", order=140, title="Street addresses, boxes, units", direct=True, safe_harbor="B",
    patterns=_STREETS,
    surrogate=worded(_other_address, reshape_real=True), plant=_plant_address,
    carriers=(
        "The parcel should go to {} instead.", "They have lived at {} for years.", "The old place was {}.",
        "Meet us at {} in the morning.", "{} is the house with the green door.",
    ),
)  # fmt: skip
POSTCODE = Kind(
    name="POSTCODE", order=150, title="Postal codes", safe_harbor="B",
    patterns=_CODES,
    surrogate=code_like, generalize=_area, plant=forms("N####", "SW# N@@", "#####-####", "@#@ #@#"),
    carriers=(
        "The post code is {}.", "Delivery to {} takes a day longer.", "My ZIP code is {}, not the one on the form.",
    ),
)  # fmt: skip
