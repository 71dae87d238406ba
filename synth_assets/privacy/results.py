"""What an attack counts, and the statistic that the report makes of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from synth_assets.records import PRIVACY_REPORT, Row

Status = Literal["PASS", "FAIL", "UNAVAILABLE", "STATED"]
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Named:
    """The key of a statistic: the test, and what it is restricted to."""

    test: str
    slice: str

    @property
    def name(self) -> str:
        """test/slice."""
        return f"{self.test}/{self.slice}"


@dataclass(frozen=True)
class Outcome(Named):
    """Counts of one attack: `hits` of `n` train subjects beside `control_hits` of `control_n` holdout subjects.

    Attributes:
        what: a hit in words: "have ...".
        who: what is counted, in words.
        unit: what the share is of.
        confirmed: hits that have no innocent explanation, of which more than `allowed` fail; None where no hit is
            certain.
        null: share expected without a leak; None to compare with the control.
        ties: of `n`, undecided; each counts half. Only with `null`.
        needs: smallest `n` that counts as a measurement; 0 where nothing to find is nothing to fear.
        control_needs: the same for `control_n`.
        limit: excess up to which a significant result passes.
    """

    hits: int
    n: int
    what: str
    control_hits: int = 0
    control_n: int = 0
    who: str = "subjects"
    unit: str = "share of subjects"
    confirmed: int | None = None
    allowed: int = 0
    null: float | None = None
    ties: int = 0
    needs: int = 0
    control_needs: int = 0
    limit: float = 0.0


@dataclass(frozen=True)
class Bound(Named):
    """A proven lower bound of epsilon: `value` at `delta`, by `right` correct guesses of `n`.

    Attributes:
        most: the bound if all guesses were correct.
        limit: bound up to which a gate passes.
        unit: what is exchanged, in words.
        claimed: epsilon claimed for the same exchange; None without a claim.
    """

    value: float
    most: float
    right: int
    n: int
    delta: float
    limit: float
    unit: str
    claimed: float | None = None


@dataclass(frozen=True)
class Estimate(Named):
    """A statistic that is no share of subjects (an area, a risk, a length), with the interval of its attack.

    Attributes:
        method: how the interval was made.
        sentence: the result in fixed phrases and numbers.
        value: None where there was too little to measure.
        control: the same statistic without a leak.
        p_value: exact, of no leak; None to derive it from the interval.
        limit: what a gate compares the interval with; None where nothing is gated.
        needs: smallest `n` that counts as a measurement.
        curve: points (x, y) in [0, 1] of its picture, for instance a ROC curve.
    """

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


Counted = Outcome | Bound | Estimate


@dataclass(frozen=True, kw_only=True)
class Statistic(Named):
    """One judged line of the report: the fields of records.PRIVACY_REPORT, then those that only the page shows.

    Attributes:
        curve: points of its picture.
        power: (share of leaking subjects, probability that the gate sees it).
    """

    stage: str
    value: float | None
    unit: str
    n: int
    method: str
    sentence: str
    status: Status = "STATED"
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
    """Whether the release may go out.

    NOT MEASURABLE: no leak was found, and too few people took part to say that there is none. VOID: the report failed
    its own controls and cannot be trusted.
    """

    passed: bool
    status: Literal["PASS", "FAIL", "NOT MEASURABLE", "VOID"]
    reasons: list[str]
    sentence: str


def verdict_of(figures: Mapping[str, int | float]) -> str:
    """The verdict of a published report, from the figures of its manifest."""
    return (
        "PASS" if figures.get("verdict_passed") else "NOT MEASURABLE" if figures.get("verdict_unmeasured") else "FAIL"
    )
