"""What an attack counts, and the statistic that the report makes of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from synth_assets.records import PRIVACY_REPORT, Row

Status = Literal["PASS", "FAIL", "UNAVAILABLE", "INFO"]
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outcome:
    """Raw counts of one attack on one stage: hits among train subjects beside hits among holdout subjects.

    Attributes:
        test: name of the test, first part of a statistic's key.
        slice: what the test is restricted to, second part of the key.
        hits: train subjects hit.
        n: train subjects that could be hit.
        what: a hit in words: "have ...".
        control_hits: holdout subjects hit, by coincidence.
        control_n: holdout subjects that could be hit.
        who: what is counted, in words.
        unit: what the share is of.
        confirmed: hits that have no innocent explanation, of which more than `allowed` fail; None where no hit is
            certain.
        null: share expected without a leak; None to compare with the control.
        ties: of `n`, undecided; each counts half. Only with `null`.
        allowed: confirmed hits that pass.
        needs: smallest `n` that counts as a measurement; 0 where nothing to find is nothing to fear.
        control_needs: the same for `control_n`.
        limit: excess up to which a significant result passes.
    """

    test: str
    slice: str
    hits: int
    n: int
    what: str
    control_hits: int = 0
    control_n: int = 0
    who: str = "subjects"
    unit: str = "share of subjects"
    confirmed: int | None = None
    null: float | None = None
    ties: int = 0
    allowed: int = 0
    needs: int = 0
    control_needs: int = 0
    limit: float = 0.0


@dataclass(frozen=True)
class Extent:
    """A size instead of a rate, beside its control: stated, never gated."""

    test: str
    slice: str
    unit: str
    value: float
    n: int
    control: float
    control_n: int
    what: str


@dataclass(frozen=True)
class Bound:
    """A proven lower bound of epsilon.

    Attributes:
        test: name of the test.
        slice: what the test is restricted to.
        value: the proven bound.
        most: the bound if all guesses were correct.
        right: correct guesses of `n`.
        n: guesses.
        delta: at which the bound holds.
        limit: bound up to which a gate passes.
        unit: what is exchanged, in words.
        claimed: epsilon claimed for the same exchange; None without a claim.
    """

    test: str
    slice: str
    value: float
    most: float
    right: int
    n: int
    delta: float
    limit: float
    unit: str
    claimed: float | None = None


@dataclass(frozen=True)
class Estimate:
    """A statistic that is no share of subjects (an area, a risk, a divergence), with the interval of its attack.

    Attributes:
        test: name of the test.
        slice: what the test is restricted to.
        unit: what the value measures.
        method: how the interval was made.
        sentence: the result in fixed phrases and numbers.
        value: None where there was too little to measure.
        low: lower end of the interval.
        high: upper end of the interval.
        n: sample size.
        control: the same statistic without a leak.
        control_low: lower end of the control's interval.
        control_high: upper end of the control's interval.
        control_n: sample size of the control.
        p_value: exact, of no leak; None to derive it from the interval.
        limit: what a gate compares the interval with; None where nothing is gated.
        needs: smallest `n` that counts as a measurement.
        curve: points (x, y) in [0, 1] of its picture, for instance a ROC curve.
    """

    test: str
    slice: str
    unit: str
    method: str
    sentence: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    control: float | None = None
    control_low: float | None = None
    control_high: float | None = None
    control_n: int = 0
    p_value: float | None = None
    limit: float | None = None
    needs: int = 0
    curve: Curve = ()


Counted = Outcome | Extent | Bound | Estimate


@dataclass(frozen=True)
class Statistic:
    """One judged line of the report: the fields of records.PRIVACY_REPORT, then those that only the page shows.

    Attributes:
        curve: points of its picture.
        power: (share of leaking subjects, probability that the gate sees it).
    """

    stage: str
    test: str
    slice: str
    value: float | None
    unit: str
    n: int
    method: str
    sentence: str
    status: Status = "INFO"
    blocking: bool = False
    low: float | None = None
    high: float | None = None
    control: float | None = None
    control_n: int = 0
    p_value: float | None = None
    detectable: float | None = None
    limit: float | None = None
    reason: str = ""
    p_adjusted: float | None = None
    control_low: float | None = None
    control_high: float | None = None
    excess: float | None = None
    excess_low: float | None = None
    excess_high: float | None = None
    curve: Curve = ()
    power: Curve = ()

    @property
    def name(self) -> str:
        """test/slice."""
        return f"{self.test}/{self.slice}"

    @property
    def id(self) -> str:
        """stage/test/slice."""
        return f"{self.stage}/{self.name}"

    @property
    def row(self) -> Row:
        """The row of records.PRIVACY_REPORT."""
        return {name: getattr(self, name) for name in PRIVACY_REPORT.names}

    @property
    def facts(self) -> Mapping[str, Any]:
        """Every field, for the JSON report."""
        return {"id": self.id, **asdict(self)}


@dataclass(frozen=True)
class Verdict:
    """Whether the release may go out. VOID: the report failed its own controls and cannot be trusted.

    `reasons`: fixed words, each with the statistic it concerns.
    """

    passed: bool
    status: Literal["PASS", "FAIL", "VOID"]
    reasons: list[str]
    sentence: str
