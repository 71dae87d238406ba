"""One record an identifier kind: how it is found, replaced, generalized, planted, and what the policy says about it.

The modules of this package declare one family each, as records at their top level; `registry` collects them. Adding a
kind is adding a record: no other file lists kinds. The rules of the `Maker` hold for the surrogates of all kinds: never
the original, never a real value of the corpus, never the shape of a live identifier.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from resources.expectations.shapes import find_direct
from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping, first_fresh
from synth_assets.masking.mentions import Detector, Mention
from synth_assets.masking.surrogates.words import WordSurrogates

Action = Literal["surrogate", "mask", "generalize", "keep"]
Generalization = Literal["coarse", "safe_harbor"]
Test = Callable[[str], bool]
Plant = Callable[[random.Random], str]

_PLANTED_UPPER = "ABCDEFGHJKLMNPRSTUVWXYZ"
CAPITALIZED = r"[^\W\d_a-z][\w’'.-]*"
"""A word with a capital, as an expression."""
MANY_DIGITS = r"(?:\d[^\d\n]{0,3}){6}\d"
"""What every text with a number of seven digits contains, however they are grouped."""
_SHORT = 5
_UPPER, _LOWER = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghjkmnpqrstuvwxyz"

Draw = Callable[..., str]
"""(value, key, *parts) -> a candidate surrogate; other parts give another candidate."""


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
        words: WordSurrogates,
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


@dataclass(frozen=True)
class Pattern:
    """A regular expression that finds a kind; its group `value`, where it has one, is the identifier.

    Args:
        regex: the expression, or a function that makes it from a list that is read on first use.
        score: of a match.
        allowed: drops a match that fails it.
        certain: makes a match certain: score 1, and the rank of checked findings. Such a match is always allowed.
        needs: a cheap expression without which no text has a match.
        ignore_case: whether the casing is free.
    """

    regex: str | Callable[[], str]
    score: float
    allowed: Test | None = None
    certain: Test | None = None
    needs: str = ""
    ignore_case: bool = False

    def find(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """[start, end) of each match, and whether it is certain; overlaps between patterns are not resolved."""
        if self._needs and not self._needs.search(text):
            return
        group = "value" if "value" in self._compiled.groupindex else 0
        for match in self._compiled.finditer(text):
            value = match.group(group)
            certain = bool(self.certain and self.certain(value))
            if certain or not self.allowed or self.allowed(value):
                left, right = _unbalanced(value)
                start, end = match.span(group)
                yield start + left, end - right, certain

    @cached_property
    def _compiled(self) -> "re.Pattern[str]":
        regex = self.regex if isinstance(self.regex, str) else self.regex()
        return re.compile(regex, re.IGNORECASE if self.ignore_case else 0)

    @cached_property
    def _needs(self) -> "re.Pattern[str] | None":
        return re.compile(self.needs) if self.needs else None


@dataclass(frozen=True)
class Finder:
    """A rule of a detector family that finds one or more kinds; needed where patterns do not suffice."""

    family: Detector
    find: Callable[[str], Iterator[Mention]]


Surrogate = Callable[["Kind", str, Maker], str | None]
"""Makes the surrogate of a value. "": use a placeholder; None: nothing safe can be made, reject the document."""


def shaped(*draws: Draw) -> Surrogate:
    """A surrogate in the format of the value: the first fresh candidate of `draws`, in turn."""
    return lambda kind, surface, maker: maker.shaped(kind.name, surface, *draws)


RESHAPED = shaped(reshape)
"""Other digits and letters in the same format."""


def worded(replace: Callable[[Maker, str], str], reshape_real: bool = False) -> Surrogate:
    """Other words in place of the value's; `reshape_real`: other letters and digits where they make a real value."""

    def surrogate(kind: "Kind", surface: str, maker: Maker) -> str:
        other = replace(maker, surface)
        if reshape_real and maker.is_real(other):
            return maker.fresh(surface, reshape) or ""
        return maker.safe(surface, other)

    return surrogate


def varied(vary: Callable[[str, DocumentKey], str]) -> Surrogate:
    """Another member of a closed set; a placeholder where `vary` has none ("") or only the same."""

    def surrogate(kind: "Kind", surface: str, maker: Maker) -> str:
        other = vary(surface, maker.key)
        return other if other.casefold() != surface.casefold() else ""

    return surrogate


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind:
    """Everything that masking knows about one kind of identifier.

    Args:
        name: in capitals; in lower case it is the key under `actions` of the policy.
        order: place among the keys of the policy.
        title: what it is; the description of its key.
        action: default of its key.
        direct: whether it points at somebody by itself; the preset `minimal` hides only such kinds.
        closed: whether values come from a closed set and so repeat across documents by nature: a surrogate need only
            differ from its own original.
        patterns: find it in text, detector "pattern".
        labels: labels of the entity recognizer that mean it.
        surrogate: makes the surrogate of a value.
        generalize: (value, rules, latest year in the document or None) -> a coarser value, "" for a placeholder. None:
            the policy may not generalize it. By the rules `safe_harbor`, 45 CFR 164.514(b)(2)(i), a date becomes the
            year unless that tells an age over 89, ages over 89 are one group, and a ZIP code its first three digits
            where more than 20,000 people live.
        plant: draws a made-up value, written as people write it, to measure recall.
        carriers: sentences for planted values, with {} for the value. Most say little about what {} is: a sentence
            that announces a name would only show that the cues work.
        recapture: detector families that look for it independently, where there are two or more: capture-recapture
            estimates misses from them.
        expected: whether its recall is measured even where none was found: text about people has it.
        safe_harbor: letters of 45 CFR 164.514(b)(2)(i) that it falls under.
    """

    name: str
    order: int
    title: str
    plant: Plant
    carriers: tuple[str, ...]
    action: Action = "surrogate"
    direct: bool = False
    closed: bool = False
    patterns: tuple[Pattern, ...] = ()
    labels: tuple[str, ...] = ()
    surrogate: Surrogate = RESHAPED
    generalize: Callable[[str, Generalization, int | None], str] | None = None
    recapture: tuple[Detector, ...] = ()
    expected: bool = False
    safe_harbor: str = ""

    @property
    def key(self) -> str:
        """Its key under `actions`."""
        return self.name.lower()


def digits_of(value: str) -> str:
    """The ASCII digits of a value."""
    return "".join(char for char in value if char in "0123456789")


def digits_between(low: int, high: int) -> Test:
    """A test: `low` to `high` digits."""
    return lambda value: low <= len(digits_of(value)) <= high


def fill(form: str, rng: random.Random) -> str:
    """`form` with a draw for every N (2-9), # (digit) and @ (capital letter)."""
    draws: Mapping[str, Callable[[], str]] = {
        "N": lambda: str(rng.randrange(2, 10)),
        "#": lambda: str(rng.randrange(10)),
        "@": lambda: rng.choice(_PLANTED_UPPER),
    }
    return "".join(draws[char]() if char in draws else char for char in form)


def forms(*written: str) -> Plant:
    """Plants one of some forms, as `fill` reads them."""
    return lambda rng: fill(rng.choice(written), rng)


def _unbalanced(value: str) -> tuple[int, int]:
    """Characters to leave out at either end so that no parenthesis of the sentence is taken along."""
    opened, closed = value.count("("), value.count(")")
    return int(opened > closed and value.startswith("(")), int(closed > opened and value.endswith(")"))
