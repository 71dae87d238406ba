"""Formal synthesis from beginning to end: two noisy histograms, a public writer, noisy votes for what it wrote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.sketch import Sketch

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Document:
    """The one document of a subject: its label (None where unknown) and its raw text."""

    subject: str
    label: str | None
    text: str


@dataclass(frozen=True)
class Tools:
    """What is called on released values alone, except `encode`, which also reads the private documents locally.

    Attributes:
        write: a text for each sketch; None where its filters let none through. They may look at the text only.
        encode: unit vectors (texts, dimension), float32, of a public encoder.
        vary: another version of each text, or None; needed only for rounds of evolution.
    """

    write: Callable[[Sequence[Sketch]], Sequence[str | None]]
    encode: "Callable[[Sequence[str]], np.ndarray]"
    vary: Callable[[Sequence[str]], Sequence[str | None]] | None = None


@dataclass(frozen=True)
class Passage:
    """A document that was written, and the sketch that it was written from."""

    text: str
    sketch: Sketch
    rounds: int = 0


@dataclass(frozen=True)
class FormalResult:
    """Passages, and figures that are functions of the noisy values and of public inputs."""

    passages: tuple[Passage, ...]
    figures: dict[str, int | float] = field(default_factory=dict)
