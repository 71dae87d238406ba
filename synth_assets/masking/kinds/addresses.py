"""Postal addresses: house numbers, streets in several languages, boxes, units, postal codes.

Only patterns; `patterns` runs them.
"""

import re
from functools import cache
from importlib import import_module

_CAP = r"[^\W\d_a-z][\w’'.-]*"
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
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)

# Of the postal service's street suffixes, those that a number and a name precede in other texts too.
_NOT_A_SUFFIX = frozenset(
    {"bridge", "center", "club", "land", "light", "mall", "mission", "port", "rest", "run", "station", "union"}
)


@cache
def address_patterns() -> tuple[tuple[str, re.Pattern[str], float], ...]:
    """Type, pattern (with a group `value` where only a part of the match is meant) and score."""
    return tuple((kind, re.compile(regex), score) for kind, regex, score in _regexes())


def _postal_suffixes() -> str:
    """The street suffixes of the US Postal Service (Publication 28), as Faker lists them."""
    listed = import_module("faker.providers.address.en_US").Provider.street_suffixes
    return "|".join(sorted({word for word in listed if word.casefold() not in _NOT_A_SUFFIX}, key=len, reverse=True))


def _regexes() -> tuple[tuple[str, str, float], ...]:
    return (
        # 7282 Erin Lakes
        ("ADDRESS", rf"\b{_NUMBER}\s+(?:{_CAP}\s+){{1,2}}(?:{_postal_suffixes()})\b", 0.6),
        # Alameda de Cardoso, 88; Tom-Kühnert-Weg 3/7
        ("ADDRESS", rf"\b(?:Alameda|Avenida|Av\.?|Largo|Praça|Pasaje|Glorieta|Ronda|Camino|Contrada|Borgo|Vicolo|"
                    r"Allée|Impasse|Quai|Cours)\s(?:(?i:de|del|della|la|das?|dos?|du|des)\s)*"
                    rf"{_CAP}(?:\s{_CAP}){{0,2}},?\s{_NUMBER}", 0.7),
        ("ADDRESS", rf"(?<!\w)(?:{_CAP}-)+(?:Weg|Straße|Strasse|Gasse|Platz|Allee|Ring|Ufer|Damm)\s{_NUMBER}", 0.8),
        # the town under the street, in an address block
        ("LOCATION", rf"(?m)^[ ]*(?:\d{{1,5}}[A-Za-z]?[ ]{_CAP}(?:[ ](?:{_CAP}|\d+))*|"
                     rf"(?:ul\.[ ])?{_CAP}(?:[ ](?:{_CAP}|d[aeo]s?))*,?[ ]\d{{1,4}}(?:/\d+)?)[ ]*,?\n"
                     rf"[ ]*(?P<value>{_CAP}(?:[ -]{_CAP}){{0,2}})[ ]*$", 0.5),
        # 12 Baker Street, Apt. 4
        ("ADDRESS", rf"\b{_NUMBER}\s+(?:{_CAP}\s+){{1,4}}(?i:{_SUFFIX})\b\.?(?:\s(?:N|S|E|W|NE|NW|SE|SW)\b)?", 0.85),
        # 14 Rue de Rivoli / Via Franscini 71
        ("ADDRESS", rf"\b(?:{_NUMBER},?\s+)?(?i:{_PREFIX})\s+(?:(?i:de|del|della|la|le|les|du|des|dos|da|di)\s+)*"
                    rf"{_CAP}(?:\s{_CAP}){{0,2}},?\s+{_NUMBER}\b", 0.75),
        ("ADDRESS", rf"\b{_NUMBER},?\s+(?i:{_PREFIX})\s+(?:(?i:de|del|della|la|le|les|du|des|dos|da|di)\s+)*{_CAP}(?:\s{_CAP})?", 0.8),  # noqa: E501
        # Hauptstraße 5, Puruntie 82
        ("ADDRESS", rf"\b(?:{_CAP}\s)?[^\W\d_a-z]\w*{_GLUED}\s+{_NUMBER}\b", 0.8),
        ("ADDRESS", rf"\b{_NUMBER}\s+[^\W\d_a-z]\w*{_GLUED}(?:\s+{_NUMBER})?\b", 0.8),
        ("ADDRESS", r"(?i)\b(?:P\.?\s?O\.?\s?Box|PSC|Box|Unit|CMR)\s+\d{1,6}\b(?:,?\s*(?:Box|Unit)\s+\d+)*"
                    r"(?:\s+(?:APO|FPO|DPO)\s+A[AEP]\b)?(?:\s+\d{5}(?:-\d{4})?)?", 0.8),
        ("ADDRESS", rf"\b(?i:{_UNIT})\s?\d{{1,5}}[A-Za-z]?\b", 0.6),
        # after a word that announces an address: a number, capitalized words, an optional number and unit
        ("ADDRESS", rf"(?i:address(?:es)?(?:\s+(?:is|was|to))?|lives?\s+(?:at|in|on)|living\s+(?:at|on)|located\s+(?:at|on)|"  # noqa: E501
                    rf"resid\w+\s+(?:at|on)|moved\s+to|office\s+(?:at|on)|corner\s+of|visit(?:ed)?\s+(?:us\s+)?at|ship\w*\s+to)\s*:?\s*"
                    rf"(?P<value>{_NUMBER}\s+{_CAP}(?:\s+{_CAP}){{0,4}}(?:\s+{_NUMBER})?|{_CAP}(?:\s+{_CAP}){{0,3}}\s+{_NUMBER})\b", 0.7),  # noqa: E501
        # a line that is nothing but number, name, number (an address block)
        ("ADDRESS", rf"(?m)^\s*(?P<value>\d{{1,5}}\s+{_CAP}(?:[ ]{_CAP}){{0,3}}(?:\s+{_NUMBER})?"
                    rf"(?:\s+(?i:{_UNIT})\s?\d+\w?)?|{_CAP}(?:[ ]{_CAP}){{0,3}}[ ]\d{{1,5}}\w?)[ ]*,?$", 0.55),
        ("POSTCODE", rf"\b(?:{_STATES})\s+(?P<value>\d{{5}}(?:-\d{{4}})?)\b", 0.85),
        ("POSTCODE", r"\b\d{5}-\d{4}\b", 0.6),
        ("POSTCODE", r"\b(?:GIR 0AA|[A-PR-UWYZ][A-HK-Y]?\d[\dA-Z]? \d[ABD-HJLNP-UW-Z]{2})\b", 0.85),
        ("POSTCODE", r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d\b", 0.8),
        ("POSTCODE", r"(?i)\b(?:zip(?:\s?code)?|post(?:al)?\s?code|postcode|PLZ|CAP)(?:\s+(?:is|was))?\s*:?\s*"
                     r"(?P<value>[A-Z]{0,2}-?\d{3,6}(?:-\d{3,4})?)\b", 0.85),
        ("POSTCODE", r"(?m)^[^\S\n]*(?P<value>(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?)[^\S\n]*$", 0.5),
        ("POSTCODE", r"(?m)(?:^|,)[^\S\n]*(?P<value>\d{3} ?\d{2}|\d{4,5})(?=\s+[^\W\d_a-z]\w+(?:[ -][^\W\d_a-z]\w+)?[^\S\n]*(?:,|$))", 0.5),  # noqa: E501
    )  # fmt: skip
