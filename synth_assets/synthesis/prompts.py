"""Prompts: a few examples in plain text, then what is known of the document to write.

Few-shot text, not a chat instruction: a model of 135M parameters follows examples and hardly follows orders. All
prompts of one frame begin with the same examples, which an engine therefore reads once.
"""

from collections.abc import Sequence
from typing import NamedTuple

from synth_assets.synthesis.frames import Example, frames
from synth_assets.synthesis.sketch import Sketch

END = "\n\n"
"""What ends a text."""


class Prose(NamedTuple):
    """What was written of a document: its title, where the form has one, and its text."""

    title: str = ""
    text: str = ""


def prompt(sketch: Sketch, examples: Sequence[Example], written: Prose) -> str:
    """The prompt for what follows `written`: title and text, or the text, or more of it."""
    noun, titled, topical = frames()[sketch.frame].noun, has_title(sketch), sketch.label is not None
    shown = [
        _opening(example.topic if topical else None, example.words)
        + _body(Prose(example.title if titled else "", example.text), noun)
        for example in examples
    ]
    label = None if sketch.label is None else sketch.label.replace("_", " ")
    opening = _opening(label, ", ".join(sketch.keywords))
    if written.text:
        opening += _body(written, noun)
    else:
        opening += "Title:" if titled else f"{noun}:"
    return END.join([*shown, opening])


def read(sketch: Sketch, continuation: str, written: Prose) -> Prose:
    """`written` with what a model wrote after the prompt for it."""
    if written.text or not has_title(sketch):
        return written._replace(text=f"{written.text} {continuation.strip()}".strip())
    title, _, rest = continuation.partition("\n")
    before, _, text = rest.partition(":")
    return Prose(title.strip(), text.strip()) if before.strip() == frames()[sketch.frame].noun else Prose(title.strip())


def has_title(sketch: Sketch) -> bool:
    """Whether the form begins with a title."""
    return any(unit.kind == "title" for unit in sketch.form)


def _opening(topic: str | None, words: str) -> str:
    return (f"Topic: {topic}\n" if topic else "") + f"Words: {words}\n"


def _body(written: Prose, noun: str) -> str:
    return (f"Title: {written.title}\n" if written.title else "") + f"{noun}: {written.text}"
