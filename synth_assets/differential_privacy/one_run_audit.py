"""What a one-run audit proves about epsilon. Pure mathematics: who is guessed belongs to the attacks.

Steinke, Nasr and Jagielski, "Privacy auditing with one training run", 2023, arXiv:2305.08846, theorem 5.2.
"""

import math

import numpy as np

from synth_assets.statistics.roots import root

_TOP = 60.0
"""No audit of fewer than 10**24 canaries proves more."""


def one_run_p(canaries: int, guesses: int, correct: int, epsilon: float, delta: float) -> float:
    """Bound on the chance that so many guesses are correct although the mechanism is (epsilon, delta)-DP.

    Args:
        canaries: fair, independent coins that were thrown.
        guesses: coins that were guessed, fixed before the release was seen.
        correct: guesses that were correct.
        epsilon: in nats.
        delta: probability that the bound on epsilon does not hold.
    """
    from scipy.stats import binom

    right = 1.0 / (1.0 + math.exp(-epsilon))
    tail = float(binom.sf(correct - 1, guesses, right))
    steps = np.arange(1, correct + 1)
    below = np.cumsum(binom.pmf(correct - steps, guesses, right)) / steps
    return min(1.0, tail + 2 * canaries * delta * float(below.max(initial=0.0)))


def epsilon_lower_bound(canaries: int, guesses: int, correct: int, delta: float, confidence: float = 0.95) -> float:
    """Largest epsilon that is refuted with this confidence; 0.0 where none is."""
    return root(lambda epsilon: one_run_p(canaries, guesses, correct, epsilon, delta) - (1 - confidence), 0.0, _TOP)
