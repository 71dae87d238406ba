"""Fresh values of every type in the forms people write them, from a seeded generator.

Half of the words of names are in no list that the detectors read: a name taken from their own lists is no test of them.
How often a form is drawn is a choice of this module, not an estimate of how often a corpus has it. Where values are
planted belongs to `planting`.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple
from unicodedata import normalize

from synth_assets.masking.kinds import traits
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import LOCALES, MONTHS, gazetteer, people_of
from synth_assets.masking.missed import planted_numbers

_ENGLISH = (LOCALES.index("en_US"), LOCALES.index("en_GB"))
_CITY_LOCALES = ("cs_CZ", "da_DK", "de_DE", "de_AT", "de_CH", "en_IN", "fi_FI", "fr_DZ", "hr_HR", "id_ID", "it_IT",
                 "nl_NL", "pl_PL", "pt_PT", "ro_RO", "sk_SK", "sl_SI", "sv_SE")  # fmt: skip
_ADDRESS_LOCALES = ("en_US", "en_US", "en_GB", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "pt_PT")
_TOWN_ENDINGS = ("ton", "ville", "ford", "bury", "field", "wick", "dale", "ham", "mouth", "stead", " Bay", " Falls")
_LEGAL = ("Ltd", "Inc", "GmbH", "LLC", "plc", "Group", "& Sons", "AG")
_TRADES = ("Logistics", "Consulting", "Foods", "Energy", "Insurance", "Pharma", "Motors", "Books", "Travel", "Software")
_INSTITUTIONS = ("University", "General Hospital", "City Council", "Savings Bank", "Primary School", "Trust", "Museum")


class Person(NamedTuple):
    """A made-up person."""

    given: str
    surname: str


def person(rng: random.Random) -> Person:
    """Half English, half of any list; each word is as often in no list at all."""
    locale = rng.choice(_ENGLISH) if rng.random() < 0.5 else rng.randrange(len(LOCALES))
    people, fallback = people_of(locale), people_of(_ENGLISH[0])
    given = people.female + people.male or fallback.female
    return Person(_name(given, rng), _name(people.surnames or fallback.surnames, rng))


def written(somebody: Person, rng: random.Random) -> str:
    """A full name, or a part of it, as letters and forms write it."""
    given, surname = somebody
    forms: Sequence[tuple[int, Callable[[], str]]] = (
        (40, lambda: f"{given} {surname}"),
        (12, lambda: given),
        (10, lambda: surname),
        (10, lambda: f"{rng.choice(('Mr', 'Ms', 'Mrs', 'Dr', 'Dr.'))} {surname}"),
        (7, lambda: f"{given[0]}. {surname}"),
        (5, lambda: f"{surname}, {given}"),
        (5, lambda: f"{given} {rng.choice('ABCDEFGHJKLMNPRSTW')}. {surname}"),
        (4, lambda: f"{given} {surname}-{person(rng).surname}"),
        (3, lambda: f"{given} {surname}".upper()),
        (2, lambda: f"{surname.upper()} {given}"),
        (2, lambda: f"{given} {surname}".lower()),
    )
    return rng.choices([form for _, form in forms], [weight for weight, _ in forms])[0]()


def value(kind: str, rng: random.Random) -> str:
    """A fresh value of any type of `masking.policy.Actions` (in capitals)."""
    return _MAKERS[kind](rng)


def kinds() -> frozenset[str]:
    """The types that `value` makes."""
    return frozenset(_MAKERS)


def _name(pool: Sequence[str], rng: random.Random) -> str:
    return rng.choice(pool) if rng.random() < 0.5 else _unlisted(pool, rng)


def _unlisted(pool: Sequence[str], rng: random.Random) -> str:
    """The front of one name and the back of another, which no list has."""
    listed = gazetteer()
    while True:
        front, back = rng.choice(pool), rng.choice(pool)
        made = (front[: (len(front) + 1) // 2] + back[len(back) // 2 :]).capitalize()
        folded = made.casefold()
        if 4 <= len(made) <= 12 and folded not in listed.given and folded not in listed.surnames:
            return made
        pool = [*pool, *people_of(rng.randrange(len(LOCALES))).surnames]  # a short list may have no such pair


def _organization(rng: random.Random) -> str:
    name = person(rng).surname
    forms = (
        lambda: f"{name} {rng.choice(_LEGAL)}",
        lambda: f"{name} {rng.choice(_TRADES)}",
        lambda: f"{name} {rng.choice(_TRADES)} {rng.choice(_LEGAL)}",
        lambda: f"{name} & {person(rng).surname}",
        lambda: f"{name}, {person(rng).surname} and {person(rng).surname}",
        lambda: f"{_location(rng)} {rng.choice(_INSTITUTIONS)}",
        lambda: name,
    )
    return rng.choice(forms)()


def _location(rng: random.Random) -> str:
    point = rng.random()
    if point < 0.45:
        return rng.choice(_cities())
    if point < 0.6:
        return rng.choice(countries.countries())[0]
    stem = person(rng).surname[:6].rstrip("aeiouy-'’")
    town = stem + rng.choice(_TOWN_ENDINGS)
    return rng.choice((town, town, f"North {town}", f"{town}, {rng.choice(_states())}"))


@cache
def _cities() -> tuple[str, ...]:
    listed = (import_module(f"faker.providers.address.{locale}").Provider.cities for locale in _CITY_LOCALES)
    # As many of each country: Italy alone lists 16,000 places.
    return tuple(city for cities in listed for city in sorted(set(cities))[:: max(1, len(set(cities)) // 50)])


@cache
def _states() -> tuple[str, ...]:
    return tuple(import_module("faker.providers.address.en_US").Provider.states)


def _nationality(rng: random.Random) -> str:
    return rng.choice(countries.countries())[1]


def _date(rng: random.Random) -> str:
    day = date(1940, 1, 1) + timedelta(days=rng.randrange(31_000))
    month, short = MONTHS[day.month - 1].capitalize(), MONTHS[day.month - 1][:3]
    d, m, y = day.day, day.month, day.year
    forms = (
        f"{d} {month} {y}", f"{month} {d}, {y}", f"{d:02d}/{m:02d}/{y}", day.isoformat(), f"{d}.{m}.{y}",
        f"{month} {y}", f"{d} {short.capitalize()} {y}", f"{d}th of {month}", f"{m}/{d}/{y % 100:02d}",
        f"{d}-{short.upper()}-{y}",
    )  # fmt: skip
    return rng.choice(forms)


def _address(rng: random.Random) -> str:
    made = _faker(rng.choice(_ADDRESS_LOCALES), rng).street_address()
    return ", ".join(part.strip() for part in str(made).splitlines())


def _faker(locale: str, rng: random.Random) -> Any:
    made = _fakers(locale)
    made.seed_instance(rng.getrandbits(32))
    return made


@cache
def _fakers(locale: str) -> Any:
    from faker import Faker

    return Faker(locale)


def _email(rng: random.Random) -> str:
    given, surname = (_plain(word) for word in person(rng))
    number = rng.randrange(100)
    local = rng.choice((f"{given}.{surname}", f"{given[0]}{surname}", f"{given}{number}", f"{surname}_{given}"))
    host = f"{_plain(person(rng).surname)}.{rng.choice(('com', 'org', 'net', 'co.uk', 'de', 'edu'))}"
    return rng.choices((f"{local}@{host}", f"{local.title()}@{host}", f"{local} (at) {host}"), (18, 1, 1))[0]


def _url(rng: random.Random) -> str:
    host = f"{_plain(person(rng).surname)}.{rng.choice(('com', 'org', 'net', 'co.uk', 'de'))}"
    return rng.choice((f"https://{host}/{_plain(person(rng).given)}", f"www.{host}", f"http://{host}", host))


def _handle(rng: random.Random) -> str:
    given, surname = (_plain(word) for word in person(rng))
    number = rng.randrange(1000)
    return rng.choice((f"@{given}_{surname}", f"@{surname}{number}", f"@{given}{surname}", f"u/{given}-{surname}"))


def _plain(word: str) -> str:
    """The word as mailboxes have it."""
    return "".join(c for c in normalize("NFKD", word.lower()) if c.isascii() and c.isalpha()) or "someone"


def _profession(rng: random.Random) -> str:
    """An occupation of Faker's list that is written in one piece; the detectors read the same list."""
    jobs: Sequence[str] = import_module("faker.providers.job").Provider.jobs
    return rng.choice([job.lower() for job in jobs if job.replace(" ", "").isalpha()])


def _trait(kind: str, groups: str) -> Callable[[random.Random], str]:
    """A member of a closed list; the detectors read the same list."""
    return lambda rng: rng.choice(traits.group_of(kind, rng.choice(groups.split())))


_MAKERS: Mapping[str, Callable[[random.Random], str]] = {
    "PERSON": lambda rng: written(person(rng), rng),
    "ORGANIZATION": _organization,
    "LOCATION": _location,
    "NATIONALITY": _nationality,
    "PROFESSION": _profession,
    "NAME": lambda rng: _unlisted(people_of(rng.randrange(len(LOCALES))).surnames, rng),
    "HEALTH": _trait("HEALTH", "illness treatment"),
    "FAMILY": _trait("FAMILY", "person"),
    "ORIENTATION": _trait("ORIENTATION", "status"),
    "POLITICS": _trait("POLITICS", "person"),
    "DATE": _date,
    "ADDRESS": _address,
    "EMAIL": _email,
    "URL": _url,
    "HANDLE": _handle,
    **planted_numbers.MAKERS,
}
