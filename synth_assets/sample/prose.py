"""Text with gold spans from the templates of `grammar.yaml`."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from resources.config import read_yaml
from synth_assets.sample.people import Person, Subject

_CHOICE = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[a-z]{5,}")
# Words that stay the same within a document; amounts, times and the like differ by sentence.
_STEADY = frozenset({"product", "plan", "room", "body", "drug", "device", "relative", "place"})
_DIRECT = frozenset({"PERSON", "EMAIL", "PHONE", "IBAN", "CARD", "SSN", "ID", "ADDRESS", "IP", "URL"})


@cache
def grammar() -> Mapping[str, Any]:
    """The templates of `grammar.yaml`."""
    loaded: Mapping[str, Any] = read_yaml(Path(__file__).with_name("grammar.yaml"))
    return loaded


@dataclass(frozen=True)
class Style:
    """How a document departs from clean writing."""

    typos: float = 0.0
    lower: bool = False
    caps_names: bool = False


class Draft:
    """A document under construction: appends filled templates and records the span of each mention."""

    def __init__(self, subject: Subject, staff: Person, created: date, rng: random.Random, style: Style) -> None:
        self.text = ""
        self.entities: list[dict[str, Any]] = []
        self.subject, self.staff, self.created = subject, staff, created
        self._rng, self._style = rng, style
        self._steady: dict[str, str] = {}

    def write(self, template: str, end: str = "") -> None:
        """Append a filled template and then `end`."""
        chosen = _CHOICE.sub(lambda m: self._rng.choice(m[1].split("|")), template)
        # A chosen word may hold a slot, and a slot may be filled with a word.
        for i, piece in enumerate(_SLOT.split(self._words(chosen))):
            if i % 2:
                self._mention(piece)
            else:
                self._plain(piece, starts=i == 0)
        self.text += end

    def _words(self, template: str) -> str:
        words = grammar()["words"]

        def fill(match: re.Match[str]) -> str:
            slot = match[1]
            if slot not in words:
                return match[0]
            drawn = self._rng.choice(words[slot])
            return str(self._steady.setdefault(slot, drawn) if slot in _STEADY else drawn)

        return _SLOT.sub(fill, template)

    def _plain(self, piece: str, starts: bool) -> None:
        if starts:
            piece = piece[:1].upper() + piece[1:]
        if self._style.typos:
            piece = _WORD.sub(self._typo, piece)
        self.text += piece.lower() if self._style.lower else piece

    def _typo(self, match: re.Match[str]) -> str:
        word = match[0]
        if self._rng.random() >= self._style.typos:
            return word
        at = self._rng.randrange(1, len(word) - 2)
        return self._rng.choice((word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :]))

    def _mention(self, slot: str) -> None:
        kind, value = _SLOTS[slot](self)
        if kind == "PERSON":
            value = value.lower() if self._style.lower else value.upper() if self._style.caps_names else value
        start = len(self.text)
        self.text += value
        entity = slot.split("_")[0] if kind == "PERSON" else value.casefold()
        self.entities.append(
            {
                "start_offset": start,
                "end_offset": len(self.text),
                "entity_type": kind,
                "identifier_type": "DIRECT" if kind in _DIRECT else "QUASI",
                "entity_id": f"{kind}:{entity}",
            }
        )

    def _name(self, person: Person) -> str:
        if person.locale == "zh_CN" or self._rng.random() < 0.85:
            return person.name
        return self._rng.choice((f"{person.first[0]}. {person.last}", f"{person.last}, {person.first}"))

    def _day(self, first: int, last: int) -> date:
        return self.created + timedelta(days=self._rng.randrange(first, last))

    def _written(self, day: date) -> str:
        month = day.strftime("%B")
        return self._rng.choice(
            (
                f"{day.day} {month} {day.year}",
                f"{month} {day.day}, {day.year}",
                f"{month} {day.day}",
                f"{day.day} {month}",
                f"{day:%d/%m/%Y}",
                f"{day:%Y-%m-%d}",
                f"{day.day} {day:%b} {day.year}",
            )
        )

    def _age(self) -> str:
        birth, now = self.subject.birth, self.created
        return str(now.year - birth.year - ((now.month, now.day) < (birth.month, birth.day)))

    def _url(self) -> str:
        return f"https://portal.{self._rng.choice(('servicedesk-hub', 'myforms-online', 'help-center-west'))}.net/" + (
            f"r/{self._rng.randrange(10**6, 10**7):x}"
        )

    def _ip(self) -> str:
        r = self._rng
        return f"{r.choice((62, 81, 94, 109, 151, 178))}.{r.randrange(1, 250)}.{r.randrange(250)}.{r.randrange(1, 250)}"


_Slot = Callable[[Draft], tuple[str, str]]

_SLOTS: Mapping[str, _Slot] = {
    "ME": lambda d: ("PERSON", d._name(d.subject)),
    "ME_FIRST": lambda d: ("PERSON", d.subject.first),
    "ME_LAST": lambda d: ("PERSON", d.subject.last),
    "AGENT": lambda d: ("PERSON", d.staff.name),
    "AGENT_FIRST": lambda d: ("PERSON", d.staff.first),
    "AGENT_LAST": lambda d: ("PERSON", d.staff.last),
    "AGENT_EMAIL": lambda d: ("EMAIL", d.staff.email),
    "OTHER": lambda d: ("PERSON", d.subject.other.name),
    "OTHER_FIRST": lambda d: ("PERSON", d.subject.other.first),
    "OTHER_LAST": lambda d: ("PERSON", d.subject.other.last),
    "OTHER_EMAIL": lambda d: ("EMAIL", d.subject.other.email),
    "OTHER_PHONE": lambda d: ("PHONE", d.subject.other.phone),
    "EMAIL": lambda d: ("EMAIL", d.subject.email),
    "PHONE": lambda d: ("PHONE", d.subject.phone),
    "ADDRESS": lambda d: ("ADDRESS", d.subject.address),
    "CITY": lambda d: ("LOCATION", d.subject.city),
    "CUSTOMER": lambda d: ("ID", d.subject.customer),
    "CASE": lambda d: ("ID", d.subject.case),
    "SSN": lambda d: ("SSN", d.subject.ssn),
    "IBAN": lambda d: ("IBAN", d.subject.iban),
    "CARD": lambda d: ("CARD", d.subject.card),
    "ORG": lambda d: ("ORGANIZATION", d.subject.provider),
    "EMPLOYER": lambda d: ("ORGANIZATION", d.subject.employer),
    "AGE": lambda d: ("AGE", d._age()),
    "BIRTH": lambda d: ("DATE", d._written(d.subject.birth)),
    "DATE": lambda d: ("DATE", d._written(d._day(-240, -3))),
    "DATE_NEXT": lambda d: ("DATE", d._written(d._day(4, 60))),
    "DATE_NUM": lambda d: ("DATE", f"{d._day(-240, -3):%d.%m.%Y}"),
    "CREATED": lambda d: ("DATE", d._written(d.created)),
    "URL": lambda d: ("URL", d._url()),
    "IP": lambda d: ("IP", d._ip()),
}
