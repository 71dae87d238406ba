"""A token model of a few tokens whose every probability is a table, and drawers that tests can follow."""

import random
from collections.abc import Callable, Sequence

import numpy as np

from synth_assets.differential_privacy.rewriting.rewriting import SecureDrawer

Scored = Callable[[tuple[int, ...], tuple[int, ...]], np.ndarray]


class ToyTokens:
    """Tokens 0 to size - 1 and a pad beside them, which no document of full length holds.

    `log_p` gives all tokens by (context, drawn so far); the context of public text is empty.
    """

    def __init__(self, size: int, log_p: Scored, similar: np.ndarray) -> None:
        self.size, self.log_p, self.similar = size, log_p, similar
        self.pad = size

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Digits are tokens; anything else is nothing."""
        return [[int(c) for c in text if c.isdigit() and int(c) < self.size] for text in texts]

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        return ["".join(str(token) for token in row if token != self.pad) for row in rows]

    def similarity(self, tokens: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        return np.take_along_axis(self.similar[tokens], candidates, axis=1)

    def open(self, contexts: Sequence[Sequence[int]], width: int, room: int) -> "ToyStream":
        return ToyStream(self, contexts)


class ToyStream:
    def __init__(self, model: ToyTokens, contexts: Sequence[Sequence[int]]) -> None:
        self.model = model
        self.contexts = [tuple(context) for context in contexts]
        self.drawn: list[tuple[int, ...]] = [()] * len(contexts)

    def _all(self) -> np.ndarray:
        return np.stack([self.model.log_p(c, d) for c, d in zip(self.contexts, self.drawn, strict=True)])

    def top(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        log_p = self._all()
        tokens = np.sort(np.argsort(-log_p, axis=1, kind="stable")[:, :count], axis=1)
        return tokens, np.take_along_axis(log_p, tokens, axis=1)

    def at(self, tokens: np.ndarray) -> np.ndarray:
        return np.take_along_axis(self._all(), tokens, axis=1)

    def append(self, tokens: np.ndarray) -> None:
        self.drawn = [(*d, int(t)) for d, t in zip(self.drawn, tokens, strict=True)]


def random_tables(rng: random.Random, size: int, bound: float, prior: bool = True) -> ToyTokens:
    """Log p of public text at random (or all equal); a document moves it by plus or minus `bound`; cosines 0 or 1."""
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], np.ndarray] = {}

    def log_p(context: tuple[int, ...], drawn: tuple[int, ...]) -> np.ndarray:
        key = (context, drawn)
        if key not in known:
            if context:
                moved = np.array([rng.choice((-bound, bound)) for _ in range(size)])
                known[key] = log_p((), drawn) + moved
            else:
                known[key] = np.array([rng.gauss(0, 1) if prior else 0.0 for _ in range(size)])
        return known[key]

    similar = np.array([[rng.choice((0.0, 1.0)) for _ in range(size)] for _ in range(size + 1)])
    return ToyTokens(size, log_p, similar)


class SeededDrawer(SecureDrawer):
    """Repeatable, for tests only."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = random.Random(seed)


class ForcedDrawer(SecureDrawer):
    """Draws what it is told, and keeps the probability of it: the joint one of a row's draws."""

    def __init__(self, wanted: np.ndarray) -> None:
        super().__init__()
        self.wanted = wanted
        self.joint = np.ones(len(wanted))
        self.seen: list[np.ndarray] = []

    def draw(self, probabilities: np.ndarray) -> np.ndarray:
        places = self.wanted[:, len(self.seen)]
        self.joint = self.joint * probabilities[np.arange(len(places)), places]
        self.seen.append(probabilities)
        self.count += len(places)
        return places
