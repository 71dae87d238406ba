"""Risk of an attack beyond what its control already achieves, with intervals, and its line of the report.

Re-implemented from the formulas of Giomi et al. 2023, "A unified framework for quantifying privacy risk in
synthetic data" (anonymeter). What is counted belongs to the attacks.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

from synth_assets.privacy.results import Estimate
from synth_assets.privacy.verdict.sentences import percent


class Rate(NamedTuple):
    """Wilson's estimate of a success rate and the half-width of its interval."""

    value: float
    error: float


class Risk(NamedTuple):
    """Risk in [0, 1] with its interval, clipped to the same range."""

    value: float
    low: float
    high: float


class Difference(NamedTuple):
    """Difference of two shares in [-1, 1] with its interval."""

    value: float
    low: float
    high: float


class Tally(NamedTuple):
    """Successes of an attack on train, of the same attack on holdout, and the share that guessing achieves."""

    hits: int
    n: int
    control_hits: int
    control_n: int
    baseline: float

    @property
    def share(self) -> float | None:
        """Share of successes on train; None without attacks."""
        return self.hits / self.n if self.n else None

    @property
    def control_share(self) -> float | None:
        """Share of successes on holdout; None without attacks."""
        return self.control_hits / self.control_n if self.control_n else None

    @property
    def found_nothing(self) -> bool:
        """Whether the attack did no better on train than guessing."""
        return self.n == 0 or self.hits / self.n <= self.baseline


def success_rate(hits: int, n: int, confidence: float = 0.95) -> Rate:
    """Center and half-width of Wilson's score interval (1927): r = (hits + z²/2) / (n + z²).

    Raises:
        ValueError: without attacks there is no rate.
    """
    if n <= 0:
        raise ValueError("a success rate needs at least one attack")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    error = z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4)
    return Rate((hits + z * z / 2) / (n + z * z), error)


def risk(main: Rate, control: Rate) -> Risk:
    """R = (r_main - r_control) / (1 - r_control), errors propagated to first order, clipped to [0, 1].

    The share of attacks that succeed because a subject was in the data, of those that do not succeed anyway.
    """
    room = 1 - control.value
    value = (main.value - control.value) / room
    error = math.hypot(main.error / room, (1 - main.value) / room**2 * control.error)
    return Risk(*(min(1.0, max(0.0, v)) for v in (value, value - error, value + error)))


def paired_difference(only_first: int, only_second: int, n: int, confidence: float = 0.95) -> Difference:
    """Difference of two shares of the same `n` rows, of which some count in one share only.

    The value is (only_first - only_second) / n; the interval is Wald's with half a row added to each of the
    four cells (Agresti and Min 2005).

    Raises:
        ValueError: without rows there is no difference.
    """
    if n <= 0:
        raise ValueError("a difference of shares needs at least one row")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    gap, apart, total = only_first - only_second, only_first + only_second + 1, n + 2
    error = z * math.sqrt(apart - gap * gap / total) / total
    center = gap / total
    return Difference(gap / n, max(-1.0, center - error), min(1.0, center + error))


def risk_estimate(
    test: str, name: str, claim: str, tally: Tally, confidence: float, limit: float | None, needs: int
) -> Estimate:
    """The line of an attack: its risk beside the success rate of its control.

    `name`: the slice. `claim`: what a success is, a fixed phrase with `{side}` for train or holdout.
    """
    main, control = tally.share, tally.control_share
    found = None
    if main is not None and control is not None:
        rates = (success_rate(tally.hits, tally.n, confidence), success_rate(*tally[2:4], confidence))
        found = risk(*rates)
    bounds = success_rate(*tally[2:4], confidence) if tally.control_n else None
    return Estimate(
        test=test,
        slice=name,
        unit="risk",
        value=found.value if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        n=tally.n,
        method=f"success beyond the control over what the control leaves, {confidence:.0%} Wilson, error propagated",
        sentence=_sentence(claim, tally, found, confidence),
        control=control,
        control_low=max(0.0, bounds.value - bounds.error) if bounds else None,
        control_high=min(1.0, bounds.value + bounds.error) if bounds else None,
        control_n=tally.control_n,
        limit=limit,
        needs=needs,
    )


def _sentence(claim: str, tally: Tally, found: Risk | None, confidence: float) -> str:
    main, control = tally.share, tally.control_share
    if main is None or control is None or found is None:
        return "No attack could be made: the release or a side of the corpus has too little to compare."
    nothing = " The attack did no better than guessing: it found nothing." if tally.found_nothing else ""
    return (
        f"{tally.hits:,} of {tally.n:,} ({percent(main)}) {claim.format(side='train')}; control {tally.control_hits:,} "
        f"of {tally.control_n:,} ({percent(control)}) on holdout; guessing {percent(tally.baseline)}. Risk beyond the "
        f"control {percent(found.value)} ({percent(found.low)} to {percent(found.high)}, {confidence:.0%} interval)."
        f"{nothing}"
    )
