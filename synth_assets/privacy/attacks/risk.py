"""Risk of an attack beyond what its control already achieves, with its interval and its line of the report.

Implements the formulas of Giomi et al. 2023, "A unified framework for quantifying privacy risk in synthetic data"
(anonymeter).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

from synth_assets.privacy.evidence.attributes import AttributeTables, Table, attribute_tables, released_table
from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Estimate
from synth_assets.privacy.verdict.sentences import percent


class Rate(NamedTuple):
    """Wilson's estimate of a success rate and the half-width of its interval."""

    value: float
    error: float


class Measured(NamedTuple):
    """A risk or a difference of shares, with its interval."""

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


def success_rate(hits: int, n: int, confidence: float = 0.95) -> Rate:
    """Center and half-width of Wilson's score interval (1927): r = (hits + z²/2) / (n + z²).

    Raises:
        ValueError: without attacks.
    """
    if n <= 0:
        raise ValueError("a success rate needs at least one attack")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    error = z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4)
    return Rate((hits + z * z / 2) / (n + z * z), error)


def risk(main: Rate, control: Rate) -> Measured:
    """R = (r_main - r_control) / (1 - r_control), errors propagated to first order; all clipped to [0, 1].

    Of the attacks that would not succeed anyway, the share that succeeds because a subject was in the data.
    """
    room = 1 - control.value
    value = (main.value - control.value) / room
    error = math.hypot(main.error / room, (1 - main.value) / room**2 * control.error)
    return Measured(*(min(1.0, max(0.0, v)) for v in (value, value - error, value + error)))


def paired_difference(only_first: int, only_second: int, n: int, confidence: float = 0.95) -> Measured:
    """Difference of two shares of the same `n` rows, of which some count in one of the shares only.

    The value is (only_first - only_second) / n; the interval is Wald's with half a row added to each of the
    four cells (Agresti and Min 2005).

    Raises:
        ValueError: without rows.
    """
    if n <= 0:
        raise ValueError("a difference of shares needs at least one row")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    gap, apart, total = only_first - only_second, only_first + only_second + 1, n + 2
    error = z * math.sqrt(apart - gap * gap / total) / total
    center = gap / total
    return Measured(gap / n, max(-1.0, center - error), min(1.0, center + error))


@dataclass(frozen=True)
class RiskAttack:
    """An attack on one of the criteria of WP216.

    Attributes:
        test: name of the test.
        slice: of its one statistic.
        claim: a success in words, with `{side}` for train or holdout.
        count: successes, given the rows of a release and the tables of train and holdout.
    """

    test: str
    slice: str
    claim: str
    count: Callable[[Table, Table, Table], Tally]

    def run(self, release: Release) -> list[Estimate]:
        """The risk of a release beyond what the control achieves."""
        sides = release.evidence.once(attribute_tables)
        return [self.estimate(release.once(released_table), sides, release.policy)]

    def estimate(self, release: Table, sides: AttributeTables, policy: PrivacyPolicy) -> Estimate:
        """The risk of a table of released rows."""
        return self.line(self.count(release, sides.train, sides.holdout), policy)

    def line(self, tally: Tally, policy: PrivacyPolicy) -> Estimate:
        """The line of the report: the risk beside the success rate of its control."""
        confidence = policy.confidence
        ours = success_rate(tally.hits, tally.n, confidence) if tally.n else None
        theirs = success_rate(tally.control_hits, tally.control_n, confidence) if tally.control_n else None
        measured = risk(ours, theirs) if ours and theirs else None
        method = f"success beyond the control over what the control leaves, {confidence:.0%} Wilson, error propagated"
        return Estimate(
            test=self.test,
            slice=self.slice,
            unit="risk",
            value=measured.value if measured else None,
            low=measured.low if measured else None,
            high=measured.high if measured else None,
            n=tally.n,
            method=method,
            sentence=_sentence(self.claim, tally, measured, confidence),
            control=tally.control_hits / tally.control_n if tally.control_n else None,
            control_low=max(0.0, theirs.value - theirs.error) if theirs else None,
            control_high=min(1.0, theirs.value + theirs.error) if theirs else None,
            control_n=tally.control_n,
            limit=policy.max_risk,
            needs=policy.min_attacks,
        )


def _sentence(claim: str, tally: Tally, measured: Measured | None, confidence: float) -> str:
    if measured is None:
        return "No attack could be made: the release or a side of the corpus has too little to compare."
    main, control = tally.hits / tally.n, tally.control_hits / tally.control_n
    nothing = " The attack did no better than guessing: it found nothing." if main <= tally.baseline else ""
    return (
        f"{tally.hits:,} of {tally.n:,} ({percent(main)}) {claim.format(side='train')}; control {tally.control_hits:,} "
        f"of {tally.control_n:,} ({percent(control)}) on holdout; guessing {percent(tally.baseline)}. Risk beyond the "
        f"control {percent(measured.value)} ({percent(measured.low)} to {percent(measured.high)}, {confidence:.0%} "
        f"interval).{nothing}"
    )
