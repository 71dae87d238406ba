"""Names: people, organizations, places, names of unknown kind, nationalities.

The rules that find them are in `synth_assets.masking.names`.
"""

import random
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple

from synth_assets.masking.kinds import traits
from synth_assets.masking.kinds.kind import CAPITALIZED, Finder, Kind, Maker, Pattern, worded
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import LOCALES, gazetteer, people_of
from synth_assets.masking.names.capitalized import find_institutions, find_unknown_names
from synth_assets.masking.names.cues import find_cues
from synth_assets.masking.names.listed import find_listed_names, find_lower_case_names

_ENGLISH = (LOCALES.index("en_US"), LOCALES.index("en_GB"))
_CITY_LOCALES = ("cs_CZ", "da_DK", "de_DE", "de_AT", "de_CH", "en_IN", "fi_FI", "fr_DZ", "hr_HR", "id_ID", "it_IT",
                 "nl_NL", "pl_PL", "pt_PT", "ro_RO", "sk_SK", "sl_SI", "sv_SE")  # fmt: skip
_TOWN_ENDINGS = ("ton", "ville", "ford", "bury", "field", "wick", "dale", "ham", "mouth", "stead", " Bay", " Falls")
_LEGAL = ("Ltd", "Inc", "GmbH", "LLC", "plc", "Group", "& Sons", "AG")
_TRADES = ("Logistics", "Consulting", "Foods", "Energy", "Insurance", "Pharma", "Motors", "Books", "Travel", "Software")
_INSTITUTIONS = ("University", "General Hospital", "City Council", "Savings Bank", "Primary School", "Trust", "Museum")
_CAP = CAPITALIZED


class Person(NamedTuple):
    """A made-up person."""

    given: str
    surname: str


def made_up_person(rng: random.Random) -> Person:
    """Half English, half of any list. Each word is as often in no list at all.

    A name taken from the lists that the detectors read would be no test of them.
    """
    locale = rng.choice(_ENGLISH) if rng.random() < 0.5 else rng.randrange(len(LOCALES))
    people, fallback = people_of(locale), people_of(_ENGLISH[0])
    given = people.female + people.male or fallback.female
    return Person(_name(given, rng), _name(people.surnames or fallback.surnames, rng))


def written(person: Person, rng: random.Random) -> str:
    """A full name, or a part of it, as letters and forms write it."""
    given, surname = person
    styles: Sequence[tuple[int, Callable[[], str]]] = (
        (40, lambda: f"{given} {surname}"),
        (12, lambda: given),
        (10, lambda: surname),
        (10, lambda: f"{rng.choice(('Mr', 'Ms', 'Mrs', 'Dr', 'Dr.'))} {surname}"),
        (7, lambda: f"{given[0]}. {surname}"),
        (5, lambda: f"{surname}, {given}"),
        (5, lambda: f"{given} {rng.choice('ABCDEFGHJKLMNPRSTW')}. {surname}"),
        (4, lambda: f"{given} {surname}-{made_up_person(rng).surname}"),
        (3, lambda: f"{given} {surname}".upper()),
        (2, lambda: f"{surname.upper()} {given}"),
        (2, lambda: f"{given} {surname}".lower()),
    )
    return rng.choices([style for _, style in styles], [weight for weight, _ in styles])[0]()


def _name(pool: Sequence[str], rng: random.Random) -> str:
    return rng.choice(pool) if rng.random() < 0.5 else _unlisted(pool, rng)


def _unlisted(pool: Sequence[str], rng: random.Random) -> str:
    """The front of one name and the back of another, which no list has."""
    listed = gazetteer()
    while True:
        front, back = rng.choice(pool), rng.choice(pool)
        name = (front[: (len(front) + 1) // 2] + back[len(back) // 2 :]).capitalize()
        folded = name.casefold()
        if 4 <= len(name) <= 12 and folded not in listed.given and folded not in listed.surnames:
            return name
        pool = [*pool, *people_of(rng.randrange(len(LOCALES))).surnames]  # a short list may have no such pair


def _plant_organization(rng: random.Random) -> str:
    name = made_up_person(rng).surname
    styles = (
        lambda: f"{name} {rng.choice(_LEGAL)}",
        lambda: f"{name} {rng.choice(_TRADES)}",
        lambda: f"{name} {rng.choice(_TRADES)} {rng.choice(_LEGAL)}",
        lambda: f"{name} & {made_up_person(rng).surname}",
        lambda: f"{name}, {made_up_person(rng).surname} and {made_up_person(rng).surname}",
        lambda: f"{_plant_place(rng)} {rng.choice(_INSTITUTIONS)}",
        lambda: name,
    )
    return rng.choice(styles)()


def _plant_place(rng: random.Random) -> str:
    point = rng.random()
    if point < 0.45:
        return rng.choice(_cities())
    if point < 0.6:
        return rng.choice(countries.countries())[0]
    stem = made_up_person(rng).surname[:6].rstrip("aeiouy-'’")
    town = stem + rng.choice(_TOWN_ENDINGS)
    state = rng.choice(import_module("faker.providers.address.en_US").Provider.states)
    return str(rng.choice((town, town, f"North {town}", f"{town}, {state}")))


@cache
def _cities() -> tuple[str, ...]:
    listed = (import_module(f"faker.providers.address.{locale}").Provider.cities for locale in _CITY_LOCALES)
    # As many of each country: Italy alone lists 16,000 places.
    return tuple(city for cities in listed for city in sorted(set(cities))[:: max(1, len(set(cities)) // 50)])


def _other_nationality(kind: Kind, surface: str, maker: Maker) -> str:
    """Another nationality, religious or ethnic group."""
    if countries.lookup(surface) is None and traits.is_group(surface):
        return traits.vary(surface, maker.key)
    return maker.words.country(surface) or ""


PERSON = Kind(
    name="PERSON", order=10, title="Names of people", direct=True, safe_harbor="A", labels=("PERSON",),
    recapture=("cue", "gazetteer", "ner"), expected=True,
    surrogate=worded(lambda maker, surface: maker.words.person(surface)),
    plant=lambda rng: written(made_up_person(rng), rng),
    carriers=(
        "{} rang twice and left no message.", "Nobody had told {} about the change.",
        "The keys were left with {} on the way out.", "According to {}, the door had been open all night.",
        "Please send a copy to {}.", "In the end it was {} who asked first.",
        "{}, from the second floor, did not agree.", "We heard nothing from {} after that.",
        "It was decided to wait until {} is back.", "The letter had been meant for {}.",
        "Thanks to {} the papers are complete.", "Later {} came by and signed.",
    ),
)  # fmt: skip
ORGANIZATION = Kind(
    name="ORGANIZATION", order=20, title="Organizations with a distinctive name", labels=("ORGANIZATION",),
    recapture=("cue", "gazetteer", "ner"), expected=True,
    surrogate=worded(lambda maker, surface: maker.words.organization(surface)), plant=_plant_organization,
    carriers=(
        "The invoice came from {} and not from us.", "{} has not answered yet.",
        "Before that the contract was with {}.", "Somebody at {} must have known.",
        "The parts were ordered through {}.", "Until spring the work was done by {}.", "A form from {} is enclosed.",
        "We were told that {} would pay.",
    ),
)  # fmt: skip
# No recapture: the rules know countries and the towns of address blocks, the model the rest. Lists that cannot see the
# same units say nothing about what both miss: in court cases they would give 20 times the truth.
LOCATION = Kind(
    name="LOCATION", order=30, title="Countries, cities, places", safe_harbor="B",
    labels=("LOCATION", "GPE", "FACILITY"), expected=True,
    patterns=(
        Pattern(  # the town under the street, in an address block
            rf"(?m)^[ ]*(?:\d{{1,5}}[A-Za-z]?[ ]{_CAP}(?:[ ](?:{_CAP}|\d+))*|"
            rf"(?:ul\.[ ])?{_CAP}(?:[ ](?:{_CAP}|d[aeo]s?))*,?[ ]\d{{1,4}}(?:/\d+)?)[ ]*,?\n"
            rf"[ ]*(?P<value>{_CAP}(?:[ -]{_CAP}){{0,2}})[ ]*$",
            0.5, needs=r"\d"),
    ),
    surrogate=worded(lambda maker, surface: maker.words.place(surface)),
    generalize=lambda surface, how, latest_year: "a place", plant=_plant_place,
    carriers=(
        "The second office is in {}.", "They moved to {} last year.", "The train from {} was late.",
        "A hearing was held in {} in the meantime.", "{} is an hour away by car.", "Most of the guests came from {}.",
        "On the way through {} the car broke down.", "The branch in {} has closed.",
    ),
)  # fmt: skip
NAME = Kind(
    name="NAME", order=40, title="Names of unknown kind: a capital inside an English sentence", safe_harbor="A",
    surrogate=worded(lambda maker, surface: maker.words.organization(surface)),
    plant=lambda rng: _unlisted(people_of(rng.randrange(len(LOCALES))).surnames, rng),
    carriers=("In the end {} was named as the reason.", "They had heard of {} before.", "It was about {} again."),
)  # fmt: skip
NATIONALITY = Kind(
    name="NATIONALITY", order=50, title="Nationalities, peoples, religions, migration", closed=True,
    labels=("NORP", "NATIONALITY"), recapture=("cue", "ner"),
    surrogate=_other_nationality, generalize=lambda surface, how, latest_year: "",
    plant=lambda rng: rng.choice(countries.countries())[1],
    carriers=(
        "The other witness is {}.", "A {} passport was shown.", "The {} neighbors were at home.",
        "Both of them are {}, as far as we know.",
    ),
)  # fmt: skip
CUES = Finder("cue", find_cues)
INSTITUTIONS = Finder("cue", find_institutions)
UNKNOWN_NAMES = Finder("cue", find_unknown_names)
LISTED_NAMES = Finder("gazetteer", find_listed_names)
SMALL_NAMES = Finder("gazetteer", find_lower_case_names)
