"""Attacks on the counts of formal synthesis by what they release, and planted lies: used by tests and a benchmark."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from synth_assets.differential_privacy.accounting import epsilon_lower_bound
from synth_assets.differential_privacy.noise import DiscreteGaussian, Integers
from synth_assets.differential_privacy.shifts import Shift, rho_of_shifts
from synth_assets.synthesis.formal.counting import Counting
from synth_assets.synthesis.formal.mechanism import planned
from synth_assets_tests.synthesis.formal.toy import Silence, policy

CANARIES, GUESSES = 5_000, 200
EXACT = 1e-6
"""Variance by which the attacker weighs a count without noise."""
RUNS = 20_000

_WORDS = 2
"""Place of the votes for words in a plan."""


class Unclipped(Counting):
    """The lie that clips nothing: what a document votes is counted, however much it is."""

    def noisy(self, votes: Sequence[Integers], cells: int, shift: Shift) -> Integers:
        most = max((len(vote) for vote in votes), default=0)
        return super().noisy(votes, cells, Shift(most, shift.variance))


def repeatable(seed: int) -> DiscreteGaussian:
    return DiscreteGaussian(np.random.default_rng(seed).bytes)


def root_of_m_forgotten(plan: Sequence[Shift]) -> list[Shift]:
    """Noise for a sensitivity of 1 where c concepts and m words are voted for."""
    return [Shift(shift.coordinates, shift.variance / shift.coordinates) for shift in plan]


def split_not_paid(plan: Sequence[Shift]) -> list[Shift]:
    """Each count has noise as if it were the only one."""
    rho = rho_of_shifts(plan)
    return [Shift(shift.coordinates, shift.coordinates / (2 * rho)) for shift in plan]


def honest(plan: Sequence[Shift]) -> list[Shift]:
    return list(plan)


def released(
    plan: Sequence[Shift], included: np.ndarray, counting: Counting, silent: Counting | None = None, votes: int = 1
) -> list[np.ndarray]:
    """Sum over the cells of each canary, for each count of the plan; every canary has cells of its own.

    Args:
        plan: the counts, with the variances that are really drawn.
        included: which canaries vote, (canaries,).
        counting: the code under audit.
        silent: counts words instead, where the lie is to release these without noise.
        votes: how many times more words each votes for than it may.
    """
    sums = []
    for place, shift in enumerate(plan):
        width = shift.coordinates * (votes if place == _WORDS else 1)
        cells = np.arange(len(included) * width).reshape(-1, width)
        door = silent if silent and place == _WORDS else counting
        rounded = Shift(shift.coordinates, math.ceil(shift.variance * 1024) / 1024)
        sums.append(door.noisy(list(cells[included]), cells.size, rounded).reshape(-1, width).sum(1))
    return sums


def score(sums: Sequence[np.ndarray], plan: Sequence[Shift]) -> np.ndarray:
    """The likelihood ratio of presence, up to a constant: the best attacker there is."""
    return np.sum([total / shift.variance for total, shift in zip(sums, plan, strict=True)], axis=0)


def attacked(plan: Sequence[Shift], silent: bool) -> list[Shift]:
    """The noise as the attacker knows it to be."""
    return [Shift(s.coordinates, EXACT) if silent and place == _WORDS else s for place, s in enumerate(plan)]


def one_run(
    lie: Callable[[Sequence[Shift]], list[Shift]],
    epsilon: float,
    seed: int,
    silent: bool = False,
    canaries: int = CANARIES,
) -> float:
    """Lower bound of epsilon from one run: half of the canaries take part, the surest guesses are made."""
    plan = lie(planned(policy(epsilon=epsilon)))
    included = np.random.default_rng(seed).random(canaries) < 0.5
    sums = released(plan, included, Counting(repeatable(seed)), Counting(Silence()) if silent else None)
    order = np.argsort(score(sums, attacked(plan, silent)), kind="stable")
    half = GUESSES // 2
    correct = int(included[order[-half:]].sum() + (~included[order[:half]]).sum())
    return epsilon_lower_bound(canaries, GUESSES, correct, 1e-5)


def many_runs(plan: Sequence[Shift], seed: int, silent: bool = False, unclipped: bool = False) -> float:
    """Mu, estimated from 20,000 draws with one document and 20,000 without: distance of the scores in deviations.

    Every run has cells of its own, so that one call of the code makes all runs.
    """
    door = Unclipped if unclipped else Counting
    sides = []
    for present in (True, False):
        included = np.full(RUNS, present)
        noise = repeatable(2 * seed + present)
        sums = released(plan, included, door(noise), door(Silence()) if silent else None, 5 if unclipped else 1)
        sides.append(score(sums, attacked(plan, silent)))
    deviation = math.sqrt((sides[0].var() + sides[1].var()) / 2)
    return float((sides[0].mean() - sides[1].mean()) / deviation)


def error(mu: float) -> float:
    """Three standard errors of the estimate."""
    return 3 * math.sqrt(2 / RUNS + mu**2 / (4 * RUNS))
