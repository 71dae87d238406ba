"""Sketches: what the generator may know of a document that is to be written."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

UnitKind = Literal["fixed", "title", "prose"]


class Unit(NamedTuple):
    """A part of a form.

    Attributes:
        before: what separates it from the unit before: nothing, a space, a line break or a blank line.
        kind: fixed (text that several subjects' documents share), title, or prose (to be written).
        text: of a fixed unit, with slots for identifiers (`synthesis.slots`); else empty.
        words: of prose, about how many; else 0.
    """

    before: str
    kind: UnitKind
    text: str = ""
    words: int = 0


@dataclass(frozen=True)
class Sketch:
    """What the generator may know of one document that is to be written: nothing in it is one person's.

    Attributes:
        label: class label, or None.
        keywords: most important first.
        words: prose words wanted.
        form: units in order; empty: plain prose.
        support: subjects whose documents hold label and keywords together; None in formal mode.
        frame: public form of text whose examples the generator sees; "" where none was chosen.
    """

    label: str | None
    keywords: tuple[str, ...]
    words: int
    form: tuple[Unit, ...] = ()
    support: int | None = None
    frame: str = ""
