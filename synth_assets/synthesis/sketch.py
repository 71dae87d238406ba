"""Sketches: what the generator may know of a document that is to be written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sketch:
    """What the generator may know of one document that is to be written: nothing in it is one person's.

    Attributes:
        label: class label, or None.
        keywords: most important first.
        words: prose words wanted.
        form: skeleton units in order; empty: plain prose.
        support: subjects whose documents hold label and keywords together; None in formal mode.
    """

    label: str | None
    keywords: tuple[str, ...]
    words: int
    form: tuple[str, ...] = ()
    support: int | None = None
