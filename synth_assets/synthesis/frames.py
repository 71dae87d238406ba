"""Frames: public forms of text whose invented examples show the generator how to write."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import Field

from resources.config import StrictModel, read_yaml


class Example(StrictModel):
    """An invented text with what a prompt would have said of it."""

    topic: str
    words: str
    title: str
    text: str


class Frame(StrictModel):
    """A form of text: the noun that announces it, and examples."""

    noun: str
    examples: tuple[Example, ...] = Field(min_length=2)


@cache
def frames() -> Mapping[str, Frame]:
    """All frames by name, in the order of `frames.yaml`."""
    return {n: Frame.parse(body, n) for n, body in read_yaml(Path(__file__).with_name("frames.yaml")).items()}
