"""Forms: how documents are built, learned as a chain of units in which at least k subjects share every step.

A form is drawn unit by unit: from the units that followed the last two, if k subjects share one; else from what
followed the last one, then from what followed its kind. Documents of the label come first; the others may add what is
common to several labels. The steps of a form come from different documents, so that a form need be nobody's own.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from synth_assets.synthesis.observed import Observed
from synth_assets.synthesis.sketch import Unit
from synth_assets.synthesis.slots import unslotted
from synth_assets.synthesis.support import Support, Thing
from synth_assets.text.words import words

_END = Unit("", "fixed", "")
_START = Unit("", "title", "start")
_MOST = 40
"""Units of a form: a chain of repeated lines could go on."""
_TRIES = 10
_SAYING = 3
"""Words of a fixed text that says something."""

Context = tuple[object, ...]


@dataclass(frozen=True)
class Forms:
    """The steps and the lengths that k subjects share.

    Attributes:
        steps: by context, the units that may follow, with how many subjects share the step.
        lengths: by context, the lengths of prose in words, with how many subjects share one.
        repeats: of fixed texts that `k` subjects have several times in a document, how many times.
        words_max: prose words of a form at most.
    """

    steps: Mapping[Context, Mapping[Unit, int]]
    lengths: Mapping[Context, Mapping[int, int]]
    repeats: Mapping[str, int]
    words_max: int

    def draw(self, label: str | None, rng: random.Random) -> tuple[Unit, ...]:
        """A form for a document of a label: one that says something, if `_TRIES` draws give one.

        Empty where k subjects share no beginning.
        """
        drawn = [self._draw(label, rng)]
        while not says_something(drawn[-1]) and len(drawn) < _TRIES:
            drawn.append(self._draw(label, rng))
        return drawn[-1]

    def _draw(self, label: str | None, rng: random.Random) -> tuple[Unit, ...]:
        units = [_START, _START]
        left = self.words_max
        while len(units) < _MOST:
            unit = self._next(label, units, left, rng)
            if unit == _END:
                break
            if unit.kind == "prose":
                unit = unit._replace(words=min(left, self._length(label, rng)))
                left -= unit.words
            units.append(unit)
        return tuple(units[2:])

    def _next(self, label: str | None, units: Sequence[Unit], left: int, rng: random.Random) -> Unit:
        for context in _contexts(label, units[-2], units[-1]):
            found = self.steps.get(context, {}).items()
            options = {unit: count for unit, count in found if self._may_follow(unit, units, left)}
            if options:
                return rng.choices(list(options), list(options.values()))[0]
        return _END

    def _may_follow(self, unit: Unit, units: Sequence[Unit], left: int) -> bool:
        """Prose as long as words are left; a fixed text as often as k subjects have it in one document."""
        if unit.kind == "prose":
            return left > 0
        used = sum(unit.text == other.text for other in units) if unit.text else 0
        return used < self.repeats.get(unit.text, 1)

    def _length(self, label: str | None, rng: random.Random) -> int:
        options = self.lengths.get(("label", label)) or self.lengths.get(("any",)) or {self.words_max: 1}
        return rng.choices(list(options), list(options.values()))[0]


def says_something(form: Sequence[Unit]) -> bool:
    """Whether a form has prose, or a fixed text of some words beside its slots: an address alone is no document."""
    return any(unit.kind == "prose" or len(words(unslotted(unit.text))) >= _SAYING for unit in form)


def fixed_texts(documents: Sequence[Observed], k: int) -> frozenset[str]:
    """Sentences and lines, with slots, that documents of at least `k` subjects share word for word."""
    support: Support[str] = Support()
    for document in documents:
        for piece in document.pieces:
            support.add(piece.text, document.subject)
    return frozenset(support.at_least(k))


def learn(documents: Sequence[Observed], fixed: frozenset[str], k: int, words_max: int) -> Forms:
    """The chain of all documents; steps and lengths that fewer than `k` subjects share are left out."""
    general = _general(documents, fixed, k)
    steps: defaultdict[Context, Support[Unit]] = defaultdict(Support)
    lengths: defaultdict[Context, Support[int]] = defaultdict(Support)
    for document in documents:
        units = [_START, _START]
        for unit in document.units(fixed):
            if unit.kind == "prose":
                for where in (("label", document.label), ("any",)):
                    lengths[where].add(unit.words, document.subject)
            units.append(unit._replace(words=0))
        units.append(_END)
        for place in range(2, len(units)):
            for context in _contexts(document.label, units[place - 2], units[place - 1]):
                if context[0] == "label" or _may_follow_anywhere(units[place], general):
                    steps[context].add(units[place], document.subject)
    return Forms(_shared(steps, k), _shared(lengths, k), _repeats(documents, fixed, k), words_max)


def _repeats(documents: Sequence[Observed], fixed: frozenset[str], k: int) -> dict[str, int]:
    """How many times at least `k` subjects have a fixed text in one document; those that stand once are left out."""
    times: Support[tuple[str, int]] = Support()
    for document in documents:
        counts = Counter(piece.text for piece in document.pieces if piece.text in fixed)
        for text, count in counts.items():
            for number in range(2, count + 1):
                times.add((text, number), document.subject)
    return dict(sorted(times.at_least(k)))


def _general(documents: Sequence[Observed], fixed: frozenset[str], k: int) -> frozenset[str]:
    """The fixed texts that `k` subjects share besides those of the label that has them most."""
    by_label: defaultdict[str | None, Support[str]] = defaultdict(Support)
    for document in documents:
        for piece in document.pieces:
            if piece.text in fixed:
                by_label[document.label].add(piece.text, document.subject)
    counts = {text: sorted(support.count(text) for support in by_label.values()) for text in fixed}
    return frozenset(text for text, numbers in counts.items() if sum(numbers[:-1]) >= k)


def _may_follow_anywhere(unit: Unit, general: frozenset[str]) -> bool:
    return unit.kind != "fixed" or unit == _END or unit.text in general


def _shared(supports: Mapping[Context, Support[Thing]], k: int) -> dict[Context, dict[Thing, int]]:
    """Of each context, what `k` subjects share and how many they are; contexts without any are left out."""
    kept = {context: support.at_least(k) for context, support in supports.items()}
    return {
        context: {thing: found[thing].bit_count() for thing in sorted(found, key=repr)}
        for context, found in kept.items()
        if found
    }


def _contexts(label: str | None, before: Unit, last: Unit) -> Iterator[Context]:
    """Contexts of a step, from the finest to the coarsest; lengths of prose do not count."""
    before, last = before._replace(words=0), last._replace(words=0)
    for context in ((before, last), (last,), (last.kind, last == _START)):
        yield ("label", label, *context)
        yield ("any", *context)
