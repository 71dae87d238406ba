"""What stands in the masked text for each mention of one document: surrogate, placeholder, group, or itself.

The makers are in `words`, `shapes` and `dates`; here they are chosen by type and held to the rules: never the
original, never a real value of the corpus, never the shape of a live identifier.
"""

from collections.abc import Callable, Mapping, Sequence

from synth_assets.masking import dates, numerals, professions, quantities, shapes
from synth_assets.masking.direct import find_direct
from synth_assets.masking.keyed import DocumentKey, RealValues, first_fresh
from synth_assets.masking.linking import Linked
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.words import WordSurrogates

_LEAST_SHIFT_WEEKS = 28  # 196 days: below half a year, a date written as a year would not change
_CODES = frozenset({"ID", "CASE", "PLATE", "POSTCODE", "CRYPTO"})
# Closed sets: they repeat across documents by nature, so a surrogate need only differ from its own original.
CLOSED_SETS = frozenset({"DATE", "AGE", "NATIONALITY", "QUANTITY", "PROFESSION"})
_VARIED: Mapping[str, Callable[[str, DocumentKey], str]] = {"QUANTITY": quantities.vary, "PROFESSION": professions.vary}
_SHORT = 5


class DocumentSurrogates:
    """The surrogates of one document.

    Args:
        text: the raw text.
        linked: its mentions with their entities, by start.
        policy: what is done with each type.
        key: the document's draws.
        real: values that no surrogate may equal.
    """

    def __init__(
        self, text: str, linked: Sequence[Linked], policy: MaskingPolicy, key: DocumentKey, real: RealValues
    ) -> None:
        self._key = key
        self._real = real
        self._actions = policy.actions
        surfaces = [(text[item.mention.start : item.mention.end], item.mention.type) for item in linked]
        self._words = WordSurrogates(key, real, (surface for surface, kind in surfaces if kind == "PERSON"))
        written = [surface for surface, kind in surfaces if kind == "DATE"]
        self._year = next((year for year in map(dates.year_of, written) if year), None)
        self._day_first = dates.is_day_first(written)
        self._days = _date_shift(key, policy.max_date_shift_days)
        self._made: dict[tuple[str, str, int | None], str | None] = {}

    def replacement(self, surface: str, item: Linked) -> str | None:
        """What to write for a mention; None if nothing safe can be made."""
        kind = item.mention.type
        action = self._actions.of(kind)
        if action == "keep":
            return surface
        if action == "mask":
            return f"[{kind}_{item.entity}]"
        if action == "generalize":
            return _generalize(kind, surface, item.entity)
        if kind == "DATE":
            self._year = dates.year_of(surface) or self._year
        memo = (kind, surface, self._year if kind == "DATE" else None)
        if memo not in self._made:
            self._made[memo] = self._surrogate(kind, surface, item.entity)
        return self._made[memo]

    def _surrogate(self, kind: str, surface: str, entity: int) -> str | None:
        if kind == "DATE":
            return dates.shift(surface, self._days, self._year, self._day_first) or self._fresh(surface, shapes.reshape)
        if kind == "AGE":
            return shapes.age(surface, self._key)
        if kind == "NATIONALITY":
            return self._words.belonging(surface) or f"[NATIONALITY_{entity}]"
        if kind in ("PERSON", "LOCATION", "ORGANIZATION", "HANDLE", "ADDRESS"):
            return self._from_words(kind, surface) or f"[{kind}_{entity}]"
        if kind in _VARIED:
            made = _VARIED[kind](surface, self._key)
            return made if made.casefold() != surface.casefold() else f"[{kind}_{entity}]"
        return self._from_shape(kind, surface)

    def _from_words(self, kind: str, surface: str) -> str | None:
        makers: dict[str, Callable[[str], str]] = {
            "PERSON": self._words.person,
            "LOCATION": self._words.place,
            "ORGANIZATION": self._words.organization,
            "HANDLE": self._words.handle,
            "ADDRESS": self._address,
        }
        made = makers[kind](surface)
        return made if made.casefold() != surface.casefold() and not any(find_direct(made)) else None

    def _address(self, surface: str) -> str:
        words = self._words.address(surface)
        digits = "".join(char for char in words if char.isdecimal())
        made = iter(shapes.reshape(digits, self._key, "house", surface))
        return "".join(next(made) if char.isdecimal() else char for char in words)

    def _from_shape(self, kind: str, surface: str) -> str | None:
        if kind == "EMAIL":
            return self._fresh(surface, self._email)
        if kind == "URL":
            word = "".join(char for char in self._words.word("host " + surface.lower(), "surname") if char.isalpha())
            return self._fresh(surface, lambda value, key, *parts: shapes.url(value, word.lower(), key, *parts))
        maker = {
            "PHONE": shapes.phone,
            "SSN": shapes.ssn,
            "CARD": shapes.uncheckable,
            "IBAN": shapes.uncheckable,
            "IP": shapes.ip,
            "MAC": shapes.mac,
        }.get(kind, shapes.reshape)
        made = self._fresh(surface, maker)
        # A code with the shape of a telephone number can only be one of the reserved numbers.
        return made if made is not None or kind not in _CODES else self._fresh(surface, shapes.phone)

    def _email(self, surface: str, key: DocumentKey, *parts: str | int) -> str:
        local = surface.split("@")[0] if "@" in surface else surface.split()[0]
        return f"{_ascii_local(self._words.handle(local), key)}@{shapes.host(key, *parts)}"

    def _fresh(self, surface: str, maker: Callable[..., str]) -> str | None:
        def draw(attempt: int) -> str:
            return maker(surface, self._key, surface.casefold(), attempt)

        def is_taken(value: str) -> bool:
            real = len(value) >= _SHORT and value in self._real
            return real or value.casefold() == surface.casefold() or any(find_direct(value))

        return first_fresh(draw, is_taken)


def _date_shift(key: DocumentKey, longest: int) -> int:
    """Whole weeks, so that weekdays stay true; at least 28 weeks either way."""
    choices = longest // 7 - _LEAST_SHIFT_WEEKS + 1
    weeks = _LEAST_SHIFT_WEEKS + key.draw("date shift") % choices
    return 7 * weeks * (1 if key.draw("date shift sign") % 2 else -1)


def _ascii_local(local: str, key: DocumentKey) -> str:
    """A mailbox name of ASCII letters and digits: other letters are drawn anew."""
    return "".join(
        char if char.isascii() else key.pick("abcdefghijklmnopqrstuvwxyz", "mailbox", local, i)
        for i, char in enumerate(local)
        if not char.isspace()
    )


def _generalize(kind: str, surface: str, entity: int) -> str:
    """A year, a decade of life, a postal area, a place; a placeholder where nothing coarser is written."""
    if kind == "DATE":
        year = dates.year_of(surface)
        return str(year) if year else f"[DATE_{entity}]"
    if kind == "AGE":
        years = numerals.value(surface)
        return "90+" if years is None or years >= 90 else f"{years // 10 * 10}-{years // 10 * 10 + 9}"
    if kind == "POSTCODE" and len(surface) >= _SHORT:
        return surface[:2] + "".join("0" if char.isalnum() else char for char in surface[2:])
    return f"[{kind}_{entity}]" if kind != "LOCATION" else "a place"
