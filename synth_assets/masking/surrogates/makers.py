"""One surrogate for one value: the maker of its type, held to the rules.

Never the original, never a real value of the corpus, never the shape of a live identifier. Which mentions share a
surrogate is decided in `surrogates`; dates are shifted there too.
"""

from collections.abc import Callable, Mapping

from synth_assets.masking.keys import DocumentKey, RealValues, first_fresh
from synth_assets.masking.kinds import kind as shapes
from synth_assets.masking.kinds import professions, quantities, traits
from synth_assets.masking.kinds.direct import find_direct
from synth_assets.masking.mapping import SourceMapping
from synth_assets.masking.names.surrogates import WordSurrogates

_CODES = frozenset({"ID", "CASE", "PLATE", "POSTCODE", "CRYPTO"})
_WORDED = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "HANDLE", "ADDRESS", "NAME"})
_VARIED: Mapping[str, Callable[[str, DocumentKey], str]] = {
    "QUANTITY": quantities.vary,
    "PROFESSION": professions.vary,
    **dict.fromkeys(("HEALTH", "FAMILY", "ORIENTATION", "POLITICS"), traits.vary),
}
_SHORT = 5
_MANY = 16  # draws after which the few reserved hosts are all taken


class Maker:
    """Makes surrogates from one key: the same value gives the same surrogate.

    Args:
        key: what all draws depend on.
        real: values that no surrogate may equal.
        words: the words of names.
        mapping: what earlier documents of the source wrote; None where documents have nothing in common.
    """

    def __init__(
        self, key: DocumentKey, real: RealValues, words: WordSurrogates, mapping: SourceMapping | None = None
    ) -> None:
        self._key = key
        self._real = real
        self._words = words
        self._mapping = mapping

    def make(self, kind: str, surface: str, entity: int) -> str | None:
        """The surrogate of a value that is no date and no age; None if nothing safe can be made."""
        if kind == "NATIONALITY":
            return self._words.belonging(surface) or f"[NATIONALITY_{entity}]"
        if kind in _WORDED:
            return self._from_words(kind, surface) or f"[{kind}_{entity}]"
        if kind in _VARIED:
            made = _VARIED[kind](surface, self._key)
            return made if made and made.casefold() != surface.casefold() else f"[{kind}_{entity}]"
        return self._from_shape(kind, surface)

    def reshape(self, surface: str) -> str | None:
        """Digits for digits and letters for letters: for what no other maker can read."""
        return self._fresh(surface, shapes.reshape)

    def _from_words(self, kind: str, surface: str) -> str | None:
        makers: dict[str, Callable[[str], str]] = {
            "PERSON": self._words.person,
            "LOCATION": self._words.place,
            "ORGANIZATION": self._words.organization,
            "NAME": self._words.organization,
            "HANDLE": self._words.handle,
            "ADDRESS": self._address,
        }
        made = makers[kind](surface)
        if kind in ("HANDLE", "ADDRESS") and len(made) >= _SHORT and made in self._real:
            return self.reshape(surface)
        return made if made.casefold() != surface.casefold() and not any(find_direct(made)) else None

    def _address(self, surface: str) -> str:
        words = self._words.address(surface)
        digits = "".join(char for char in words if char.isdecimal())
        made = iter(shapes.reshape(digits, self._key, "house", surface))
        return "".join(next(made) if char.isdecimal() else char for char in words)

    def _from_shape(self, kind: str, surface: str) -> str | None:
        """The surrogate of the source's mapping, if it is no real value by now, or a new one."""
        folded = surface.casefold()
        made = self._mapping.get(kind, folded) if self._mapping is not None else None
        if made is not None and made not in self._real:
            return made
        made = self._shaped(kind, surface)
        if self._mapping is not None and made is not None:
            self._mapping.put(kind, folded, made)
        return made

    def _shaped(self, kind: str, surface: str) -> str | None:
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

    def _email(self, surface: str, key: DocumentKey, folded: str, attempt: int) -> str:
        local = surface.split("@")[0] if "@" in surface else next(iter(surface.split()), "")
        number = str(key.draw("mailbox number", folded, attempt) % 1000) if attempt >= _MANY else ""
        return f"{_ascii_local(self._words.handle(local), key)}{number}@{shapes.host(key, folded, attempt)}"

    def _fresh(self, surface: str, maker: Callable[..., str]) -> str | None:
        def draw(attempt: int) -> str:
            return maker(surface, self._key, surface.casefold(), attempt)

        def is_taken(value: str) -> bool:
            real = len(value) >= _SHORT and value in self._real
            return real or value.casefold() == surface.casefold() or any(find_direct(value))

        return first_fresh(draw, is_taken)


def _ascii_local(local: str, key: DocumentKey) -> str:
    """A mailbox name of ASCII letters and digits: other letters are drawn anew."""
    return "".join(
        char if char.isascii() else key.pick("abcdefghijklmnopqrstuvwxyz", "mailbox", local, i)
        for i, char in enumerate(local)
        if not char.isspace()
    )
