"""Lower bounds on epsilon from a one-run audit.

Steinke, Nasr and Jagielski, "Privacy auditing with one training run", 2023, arXiv:2305.08846, theorem 5.2.
"""

import math

import numpy as np

from synth_assets.statistics.roots import root

_TOP = 60.0
"""Largest bound searched for; only an audit of 10**24 canaries or more could exceed it."""


def one_run_p(canaries: int, guesses: int, correct: int, epsilon: float, delta: float) -> float:
    """Upper bound on the p-value of the hypothesis that the mechanism is (epsilon, delta)-DP.

    Args:
        canaries: number of fair, independent coins.
        guesses: number of coins guessed, fixed before the release is seen.
        correct: number of correct guesses.
        epsilon: in nats.
        delta: of the hypothesis.
    """
    from scipy.stats import binom

    right = 1.0 / (1.0 + math.exp(-epsilon))
    tail = float(binom.sf(correct - 1, guesses, right))
    steps = np.arange(1, correct + 1)
    below = np.cumsum(binom.pmf(correct - steps, guesses, right)) / steps
    return min(1.0, tail + 2 * canaries * delta * float(below.max(initial=0.0)))


def epsilon_lower_bound(canaries: int, guesses: int, correct: int, delta: float, confidence: float = 0.95) -> float:
    """Largest epsilon rejected at this confidence; 0.0 if none is."""
    return root(lambda epsilon: one_run_p(canaries, guesses, correct, epsilon, delta) - (1 - confidence), 0.0, _TOP)
