"""Made-up values of every kind, for texts that nobody wrote."""

import random
from collections.abc import Callable, Mapping
from functools import partial

from resources.keys import Keys
from synth_assets.masking.keys import DocumentKey, RealValues
from synth_assets.masking.kinds.kind import Kind, Maker
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.lexicon.gazetteer import LOCALES, people_of
from synth_assets.masking.surrogates.words import WordSurrogates

_LOCALES = tuple(LOCALES.index(locale) for locale in ("en_US", "en_GB"))


def made_up_values(keys: Keys) -> Mapping[str, Callable[[random.Random], str]]:
    """By type in capitals, a function that makes up a value as people write it; none is a live identifier.

    Numbers and addresses are planted values replaced as masking replaces real ones: those that `Kind.plant` draws, to
    measure recall, have the shape of live ones, and no filter would let them pass. A person is a given name and a
    surname, for only then can a text call them by either.
    """
    real = RealValues(keys)
    return {name: partial(_value, kind, keys, real) for name, kind in kinds().items()} | {"PERSON": _person}


def _person(rng: random.Random) -> str:
    people = people_of(rng.choice(_LOCALES))
    return f"{rng.choice(people.female + people.male)} {rng.choice(people.surnames)}"


def _value(kind: Kind, keys: Keys, real: RealValues, rng: random.Random) -> str:
    planted = kind.plant(rng)
    if not (kind.direct and kind.patterns):
        return planted
    key = DocumentKey(keys, rng.getrandbits(63), kind.name, "made_up")
    return kind.surrogate(kind, planted, Maker(key, real, WordSurrogates(key, real, ()))) or f"[{kind.name}_1]"
