"""The only door of private values: votes are counted, the bound of each document is held, noise is added."""

from collections.abc import Sequence

import numpy as np

from resources.errors import MachineError
from synth_assets.differential_privacy.noise import Integers, Noise
from synth_assets.differential_privacy.shifts import Shift


class Counting:
    """Noisy counts of votes, and what was executed to make them.

    Whoever holds this holds no exact count: `noisy` returns nothing that the noise has not passed.
    """

    def __init__(self, noise: Noise) -> None:
        self._noise = noise
        self.executed: list[Shift] = []

    def noisy(self, votes: Sequence[Integers], cells: int, shift: Shift) -> Integers:
        """Count the votes for each cell and add noise.

        Args:
            votes: the cells that each document votes for, all different; an empty array abstains.
            cells: number of cells, which must be public or released before.
            shift: most votes of one document, and the variance of the noise.

        Raises:
            MachineError: a document has more votes, votes twice for a cell, or for none of these cells. The message
                says no more, for it is about one document.
        """
        for vote in votes:
            if (
                len(vote) > shift.coordinates
                or len(np.unique(vote)) < len(vote)
                or np.any((vote < 0) | (vote >= cells))
            ):
                raise MachineError("the votes of a document exceed the bound that is accounted for")
        every = np.concatenate([np.empty(0, np.int64), *votes])
        counts = np.bincount(every, minlength=cells)
        self.executed.append(shift)
        return counts + self._noise.draw(shift.exact, cells)
