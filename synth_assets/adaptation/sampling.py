"""Who takes part in a step: Poisson sampling of subjects, as the accountant assumes.

Every subject enters a step independently with the same probability and brings one document, so that one subject is
one unit of privacy. The noise and its accounting belong to `private`.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from resources.errors import DataError

T = TypeVar("T")


class PoissonSampler(Generic[T]):
    """Draws a step's documents.

    Args:
        documents: those of each subject.
        batch_subjects: expected subjects a step; at most all take part.
    """

    def __init__(self, documents: Mapping[str, Sequence[T]], batch_subjects: int) -> None:
        if not documents:
            raise DataError("no subject is left to learn from")
        self._documents = {subject: list(documents[subject]) for subject in sorted(documents)}
        self.rate = min(1.0, batch_subjects / len(documents))

    def draw(self, rng: random.Random) -> list[T]:
        """One document of each subject that takes part; empty where none does."""
        drawn: list[T] = []
        for documents in self._documents.values():
            if rng.random() < self.rate:
                drawn.append(rng.choice(documents))
        return drawn
