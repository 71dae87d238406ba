"""A small public world: two labels, forty words, a writer that records, and noise that is known."""

from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256

import numpy as np

from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.features import Document
from synth_assets.synthesis.formal.mechanism import Tools
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.public import Public
from synth_assets.synthesis.sketch import Sketch

SPORT = [
    "ball",
    "goal",
    "team",
    "coach",
    "score",
    "match",
    "stadium",
    "player",
    "league",
    "referee",
    "tackle",
    "winner",
    "trophy",
    "sprint",
    "medal",
]
MONEY = [
    "bank",
    "loan",
    "credit",
    "market",
    "trade",
    "broker",
    "budget",
    "profit",
    "invoice",
    "salary",
    "pension",
    "shares",
    "dividend",
    "ledger",
    "tax",
]
OTHER = ["river", "mountain", "garden", "window", "kitchen", "bottle", "forest", "castle", "pencil", "basket"]
WORDS = (*SPORT, *MONEY, *OTHER)
DIMENSION = 32


def encode(texts: Sequence[str]) -> np.ndarray:
    """Bags of hashed words, and one direction for each field of words."""
    vectors = np.full((len(texts), DIMENSION), 1e-3, np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().replace(".", "").split():
            vectors[row, 3 + int(sha256(word.encode()).hexdigest(), 16) % (DIMENSION - 3)] += 0.3
            for place, field in enumerate((SPORT, MONEY, OTHER)):
                vectors[row, place] += word in field
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def policy(**changes: object) -> FormalPolicy:
    settings = {"documents": 12, "labels": ("sport", "money"), "vocabulary": WORDS, "concepts": 6, "keywords": 3}
    return FormalPolicy.model_validate({**settings, "words": 8, "clusters_per_label": 3, **changes})


def public(settings: FormalPolicy) -> Public:
    return Public.of(settings, list, encode)


def corpus(count: int, seed: int = 0) -> list[Document]:
    draw = np.random.default_rng(seed)
    return [
        Document(f"s{number}", label, " ".join(draw.choice(field, 10)))
        for number in range(count)
        for label, field in [("sport", SPORT) if number % 2 else ("money", MONEY)]
    ]


class Recorder:
    """Writes the keywords of a sketch as a sentence, and keeps all that it is shown."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def write(self, sketches: Sequence[Sketch]) -> list[str | None]:
        self.seen.append(list(sketches))
        return [f"The {' '.join(sketch.keywords)} number {place}." for place, sketch in enumerate(sketches)]

    def vary(self, texts: Sequence[str]) -> list[str | None]:
        self.seen.append(list(texts))
        return [text.replace("The", "A") for text in texts]

    @property
    def tools(self) -> Tools:
        return Tools(self.write, encode, encode, self.vary)


class Silence:
    """No noise: for what must be computed by hand."""

    def draw(self, variance: Fraction, size: int) -> Integers:
        return np.zeros(size, np.int64)
