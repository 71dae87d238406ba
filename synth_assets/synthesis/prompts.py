"""Prompts: a few examples in plain text, then what is known of the document to write.

Few-shot text, not a chat instruction: a model of 135M parameters follows examples and hardly follows orders. All
prompts of one frame begin with the same examples, which an engine therefore reads once.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from synth_assets.synthesis.frames import Example, frames
from synth_assets.synthesis.sketch import Sketch

_NEXT = re.compile(r"\b(?:Topic|Words|Title):")
_LIST = re.compile(r"\W*\w+(?: \w+)?(?:, \w+(?: \w+)?){2,}\W*")
"""A title of single words: the keywords again, or what came to the model's mind."""
END = "\n\n"
"""What ends a text."""


class Prose(NamedTuple):
    """What was written of a document. A title is always written, as a plan; a form may show it or not."""

    title: str = ""
    text: str = ""


def prompt(sketch: Sketch, examples: Sequence[Example], written: Prose) -> str:
    """The prompt for title and text of a document, or for more of a text that was begun.

    What was begun is the example for what follows: reading the others again would cost most of the call.
    """
    noun = frames()[sketch.frame].noun
    opening = _opening(sketch.label and sketch.label.replace("_", " "), ", ".join(sketch.keywords))
    if written.text:
        return opening + _body(written, noun)
    shown = [
        _opening(example.topic if sketch.label else None, example.words)
        + _body(Prose(example.title, example.text), noun)
        for example in examples
    ]
    return END.join([*shown, f"{opening}Title:"])


def read(sketch: Sketch, continuation: str, written: Prose) -> Prose:
    """`written` with what a model wrote after the prompt for it. A title that is a list of words is left out."""
    if written.text:
        return written._replace(text=f"{written.text} {_own(continuation)}".strip())
    title, _, rest = continuation.partition("\n")
    noun, _, text = rest.partition(":")
    title = "" if _LIST.fullmatch(title) else title.strip()
    return Prose(title, _own(text) if noun.strip() == frames()[sketch.frame].noun else "")


def _own(text: str) -> str:
    """What belongs to the text: a model may begin another example after it."""
    return _NEXT.split(text)[0].strip()


def _opening(topic: str | None, words: str) -> str:
    return (f"Topic: {topic}\n" if topic else "") + f"Words: {words}\n"


def _body(written: Prose, noun: str) -> str:
    return f"Title: {written.title}\n{noun}: {written.text}"
