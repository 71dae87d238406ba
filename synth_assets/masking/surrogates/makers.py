"""What surrogates of one document are made from, and the rules that hold for all of them.

Never the original, never a real value of the corpus, never the shape of a live identifier. How the surrogate of each
kind is made is said by its record in `synth_assets.masking.kinds`.
"""

from collections.abc import Callable

from resources.expectations.shapes import find_direct
from synth_assets.masking.keys import DocumentKey, RealValues, first_fresh
from synth_assets.masking.kinds.dates import Calendar
from synth_assets.masking.kinds.kind import Draw, reshape
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.mapping import SourceMapping
from synth_assets.masking.names.surrogates import WordSurrogates

_SHORT = 5


class Maker:
    """Makes surrogates from one key: the same value gives the same surrogate.

    Args:
        key: what all draws depend on.
        real: values that no surrogate may equal.
        words: the words of names.
        calendar: the dates of the document; None where none are asked for.
        document: draws that stay by document under any scope; `key` unless stated.
        mapping: what earlier documents of the source wrote; None where documents have nothing in common.
    """

    def __init__(
        self,
        key: DocumentKey,
        real: RealValues,
        words: WordSurrogates,
        calendar: Calendar | None = None,
        document: DocumentKey | None = None,
        mapping: SourceMapping | None = None,
    ) -> None:
        self.key = key
        self.words = words
        self.document = document or key
        self._real = real
        self._calendar = calendar
        self._mapping = mapping

    def make(self, name: str, surface: str, entity: int) -> str | None:
        """The surrogate of a value, or a placeholder; None if nothing safe can be made."""
        kind = kinds()[name]
        surrogate = kind.surrogate(kind, surface, self)
        return f"[{name}_{entity}]" if surrogate == "" else surrogate

    def reshape(self, surface: str) -> str | None:
        """Digits for digits and letters for letters: for what no kind knows."""
        return self.fresh(surface, reshape)

    def fresh(self, surface: str, *draws: Draw) -> str | None:
        """The first candidate of the draws that is neither the original, nor a real value, nor live."""

        def is_taken(value: str) -> bool:
            return self.is_real(value) or not self.safe(surface, value)

        def drawn(draw: Callable[..., str]) -> Callable[[int], str]:
            return lambda attempt: draw(surface, self.key, surface.casefold(), attempt)

        return next((value for draw in draws if (value := first_fresh(drawn(draw), is_taken)) is not None), None)

    def shaped(self, kind: str, surface: str, *draws: Draw) -> str | None:
        """The surrogate of the source's mapping, if it is no real value by now, or a fresh one."""
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

    def shift(self, date: str) -> str | None:
        """A date moved by the shift of the document; None if it cannot be read."""
        return self._calendar.shift(date) if self._calendar else None
