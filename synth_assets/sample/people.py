"""Invented people; no two of them share an identifier."""

import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from typing import Any

# A cycle of 24 people: most have English names, and every script occurs once.
_LOCALES = (
    *("en_US", "en_GB", "de_DE", "en_US", "el_GR", "en_US", "pt_PT", "en_GB", "ru_RU", "en_US", "zh_CN", "en_US"),
    *("fr_FR", "en_GB", "ar_SA", "en_US", "es_ES", "en_US", "pl_PL", "en_GB", "it_IT", "en_US", "tr_TR", "en_US"),
)
_ADDRESS_LOCALES = frozenset({"en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "pt_PT", "it_IT", "pl_PL"})
_WORD_FIRST_NAMES = ("Will", "Mark", "Grace", "April", "Rose", "Hope", "Bill", "Frank", "May", "Dawn", "Art", "Summer")
_WORD_LAST_NAMES = ("Banks", "Price", "Rush", "Case", "Long", "Young", "Street", "Bishop", "Field", "Winter", "March")
_MAIL_HOSTS = ("postlane-mail.com", "inbox-haven.net", "quickletter.info", "mailtide.co.uk", "brightpost-mail.org")
_NICKNAMES = ("quiet", "river", "maple", "lucky", "silver", "northern", "little", "sunny", "paper", "winter")
_ANIMALS = ("otter", "heron", "badger", "lark", "moth", "finch", "hare", "trout", "crow", "lynx")
_DIGITS = {"#": (0, 10), "N": (2, 9)}
_PHONES = {
    "en_US": ("(N##) N##-####", "N##-N##-####", "+1 N##-N##-####"),
    "en_GB": ("020 7### ####", "077## ######", "+44 161 4## ####"),
    "de_DE": ("+49 30 N######", "0171 N######"),
    "fr_FR": ("+33 6 ## ## ## ##",),
    "es_ES": ("+34 6## ### ###",),
    "pt_PT": ("+351 91# ### ###",),
    "it_IT": ("+39 34# ### ####",),
    "pl_PL": ("+48 60# ### ###",),
    "el_GR": ("+30 69# ### ####",),
    "ru_RU": ("+7 916 ### ####",),
    "tr_TR": ("+90 53# ### ####",),
}


@dataclass(frozen=True)
class Person:
    """Someone a document mentions. `name` follows the name order of the locale."""

    first: str
    last: str
    name: str
    locale: str
    email: str
    phone: str


@dataclass(frozen=True)
class Subject(Person):
    """Someone documents are about, with a household contact (`other`) of their own."""

    key: str
    address: str
    city: str
    birth: date
    ssn: str
    iban: str
    card: str
    customer: str
    case: str
    employer: str
    provider: str
    other: Person


class _People:
    """Draws people; an identifier that is taken is drawn again."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._seed = seed
        self._fakers: dict[str, Any] = {}
        self._taken: set[str] = set()

    def faker(self, locale: str) -> Any:
        from faker import Faker

        if locale not in self._fakers:
            self._fakers[locale] = Faker(locale)
            self._fakers[locale].seed_instance(self._seed)
        return self._fakers[locale]

    def person(self, locale: str) -> Person:
        first, last, name = next(n for n in self._names(locale) if self._is_new(n[2]))
        email = next(e for e in self._emails(first, last) if self._is_new(e))
        return Person(first, last, name, locale, email, self._number(_PHONES.get(locale, _PHONES["en_US"])))

    def subject(self, index: int, locale: str) -> Subject:
        rng = self.rng
        home = self.faker(locale if locale in _ADDRESS_LOCALES else rng.choice(("en_US", "en_GB")))
        own, other = self.person(locale), self.person(rng.choice((locale, "en_US", "en_GB")))
        return Subject(
            **vars(own),
            key=f"person-{index:04d}",
            address=self._fresh(lambda: " ".join(home.street_address().split())),
            city=_city(home),
            birth=date(1936, 1, 1) + timedelta(days=rng.randrange(25_000)),
            ssn=self._number(("N##-N#-####",)),
            iban=self._fresh(lambda: self.faker(rng.choice(("de_DE", "fr_FR", "es_ES", "pt_PT", "en_GB"))).iban()),
            card=self._fresh(lambda: _grouped(self.faker("en_US").credit_card_number("visa16"))),
            customer=self._number(("C-N#######", "KD N######", "N####-####-N")),
            case=self._number(("HX/2026/0N####", "CS-N####/26", "T26-N#####")),
            employer=self.faker("en_US").company(),
            provider=self.faker("en_GB").company(),
            other=other,
        )

    def _names(self, locale: str) -> Iterator[tuple[str, str, str]]:
        while True:
            faker, rng = self.faker(locale), self.rng
            english = locale in ("en_US", "en_GB")
            first, last = faker.first_name(), faker.last_name()
            if english and rng.random() < 0.2:
                first = rng.choice(_WORD_FIRST_NAMES)
            if english and rng.random() < 0.12:
                last = rng.choice(_WORD_LAST_NAMES)
            yield first, last, f"{last}{first}" if locale == "zh_CN" else f"{first} {last}"

    def _emails(self, first: str, last: str) -> Iterator[str]:
        names = [_ascii(first), _ascii(last)]
        while True:
            local = ".".join(names) if all(names) else f"{self.rng.choice(_NICKNAMES)}.{self.rng.choice(_ANIMALS)}"
            number = self.rng.choice(("", str(self.rng.randrange(10, 99))))
            yield f"{local}{number}@{self.rng.choice(_MAIL_HOSTS)}"

    def _number(self, forms: Sequence[str]) -> str:
        def draw() -> str:
            form = self.rng.choice(forms)
            return "".join(str(self.rng.randrange(*_DIGITS[c])) if c in _DIGITS else c for c in form)

        return self._fresh(draw, avoid="555")

    def _fresh(self, draw: Any, avoid: str = "\0") -> str:
        while True:
            value = str(draw())
            if avoid not in value and self._is_new(value):
                return value

    def _is_new(self, value: str) -> bool:
        folded = value.casefold()
        if folded in self._taken:
            return False
        self._taken.add(folded)
        return True


def make_people(subjects: int, staff: int, seed: int) -> tuple[list[Subject], list[Person]]:
    """Make subjects, who share no identifier with anybody, and staff, whom many documents mention."""
    people = _People(seed)
    locales = cycle(_LOCALES)
    about = [people.subject(i, next(locales)) for i in range(1, subjects + 1)]
    return about, [people.person(("en_US", "en_GB")[i % 2]) for i in range(staff)]


def _city(faker: Any) -> str:
    """A city; Italian ones are sorted first, because Faker keeps them in a set, whose order differs by process."""
    towns = getattr(faker.factories[0].city.__self__, "cities", None) if "it_IT" in faker.locales else None
    return str(faker.random_element(sorted(towns)) if towns else faker.city())


def _ascii(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return "".join(c for c in plain.lower() if c.isalnum()) if len(plain) >= len(word) - 1 else ""


def _grouped(digits: str) -> str:
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))
