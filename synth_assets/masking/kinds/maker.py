"""What the surrogates of one document are made from, and the rules that hold for all of them.

Never the original, never a real value of the corpus, never the shape of a live identifier. The record of each kind in
`synth_assets.masking.kinds` says how its surrogate is made.
"""

from collections.abc import Callable
from typing import Protocol

from resources.expectations.shapes import find_direct
from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping, first_fresh

_SHORT = 5
_UPPER, _LOWER = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghjkmnpqrstuvwxyz"

Draw = Callable[..., str]
"""(value, key, *parts) -> a candidate surrogate; other parts give another candidate."""


class Words(Protocol):
    """Surrogates for words: one word has one surrogate in a document, whatever it is part of."""

    def person(self, surface: str) -> str: ...
    def place(self, surface: str) -> str: ...
    def organization(self, surface: str) -> str: ...
    def address(self, surface: str) -> str: ...
    def handle(self, surface: str) -> str: ...
    def country(self, surface: str) -> str | None: ...
    def word(self, word: str, role: str) -> str: ...


class Maker:
    """Makes surrogates from one key: the same value gives the same surrogate.

    Args:
        key: what all draws depend on: of the document, or of the source under scope "corpus".
        real: values that no surrogate may equal.
        words: the words of names.
        shift: moves a date by the shift of the document; None if it cannot be read.
        document: draws that stay by document under any scope; `key` unless stated.
        mapping: what earlier documents of the source wrote; None where documents have nothing in common.
    """

    def __init__(
        self,
        key: DocumentKey,
        real: RealValues,
        words: Words,
        shift: Callable[[str], str | None] = lambda date: None,
        document: DocumentKey | None = None,
        mapping: SourceMapping | None = None,
    ) -> None:
        self.key = key
        self.words = words
        self.shift = shift
        self.document = document or key
        self._real = real
        self._mapping = mapping

    def fresh(self, surface: str, *draws: Draw) -> str | None:
        """The first candidate of `draws` that is neither the original, nor a real value, nor live; None if all are."""

        def is_taken(value: str) -> bool:
            return self.is_real(value) or not self.safe(surface, value)

        def drawn(draw: Draw) -> Callable[[int], str]:
            return lambda attempt: draw(surface, self.key, surface.casefold(), attempt)

        return next((value for draw in draws if (value := first_fresh(drawn(draw), is_taken)) is not None), None)

    def shaped(self, kind: str, surface: str, *draws: Draw) -> str | None:
        """The surrogate that earlier documents of the source have, if it is no real value by now; else a fresh one."""
        folded = surface.casefold()
        known = self._mapping.get(kind, folded) if self._mapping is not None else None
        if known is not None and known not in self._real:
            return known
        surrogate = self.fresh(surface, *draws)
        if self._mapping is not None and surrogate is not None:
            self._mapping.put(kind, folded, surrogate)
        return surrogate

    def is_real(self, value: str) -> bool:
        """Whether a value of the corpus equals it; one of fewer than five characters counts as none."""
        return len(value) >= _SHORT and value in self._real

    def safe(self, surface: str, other: str) -> str:
        """`other`; "" where it is the original or live."""
        return other if other.casefold() != surface.casefold() and not any(find_direct(other)) else ""


def reshape(value: str, key: DocumentKey, *parts: str | int) -> str:
    """Digits for digits, letters for letters of the same case; a leading digit is never zero unless it was."""
    drawn = []
    for i, char in enumerate(value):
        if char.isdecimal():
            lead = i == 0 and char != "0"
            drawn.append(str(key.draw("digit", *parts, i) % (9 if lead else 10) + lead))
        elif char.isalpha():
            drawn.append(key.pick(_UPPER if char.isupper() else _LOWER, "letter", *parts, i))
        else:
            drawn.append(char)
    return "".join(drawn)
