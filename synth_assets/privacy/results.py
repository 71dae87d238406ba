"""What an attack counted, and what the report says about it. How it is judged belongs to `judge`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from synth_assets.records import PRIVACY_REPORT, Row

Status = Literal["PASS", "FAIL", "UNAVAILABLE", "INFO"]


@dataclass(frozen=True)
class Outcome:
    """Raw counts of one attack on one stage.

    `hits` of `n` train subjects against `control_hits` of `control_n` holdout subjects. Where `null` is
    a number, the hits are tested against it instead (a share that is 1/2 by symmetry), the control is
    shown only, and `ties` of `n` count half. `who` and `what` say it in words: "subjects", "have ...".
    `confirmed`: hits that allow no other explanation, of which more than `allowed` fail; None where that
    cannot be said. `needs` and `control_needs`: smallest sizes that make a measurement; 0 where nothing
    to find means nothing to fear.
    """

    test: str
    slice: str
    unit: str
    hits: int
    n: int
    control_hits: int
    control_n: int
    who: str
    what: str
    confirmed: int | None = None
    null: float | None = None
    ties: int = 0
    allowed: int = 0
    needs: int = 0
    control_needs: int = 0
    limit: float = 0.0


@dataclass(frozen=True)
class Extent:
    """A size instead of a rate, with its control: shown, never gated."""

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
    """A proven lower bound of epsilon: `right` of `n` guesses were; `most`: had all of them been.

    `unit`: what is exchanged, in words. `claimed`: epsilon of the release for the same exchange, None where none is.
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
    """A statistic that is no share of subjects (an area, a risk, a divergence), with the interval its attack made.

    `sentence`: the result in words, fixed phrases and numbers only. `limit`: what a gate compares the interval
    with; None where there is nothing to gate. `p_value`: exact, of no leak, where the attack has one; else the interval
    implies it. `needs`: smallest `n` that makes a measurement. `curve`: points
    (x, y) in [0, 1] of the picture that goes with it, a ROC curve for instance.
    """

    test: str
    slice: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    sentence: str
    control: float | None = None
    control_low: float | None = None
    control_high: float | None = None
    control_n: int = 0
    p_value: float | None = None
    limit: float | None = None
    needs: int = 0
    curve: tuple[tuple[float, float], ...] = ()


Counted = Outcome | Extent | Bound | Estimate


@dataclass(frozen=True)
class Statistic:
    """One judged line of the report; the fields of records.PRIVACY_REPORT and what only the page shows.

    `curve`: points of its picture. `power`: (leak share, probability that this gate sees it).
    """

    stage: str
    test: str
    slice: str
    value: float | None
    unit: str
    n: int
    low: float | None
    high: float | None
    method: str
    control: float | None
    control_n: int
    p_value: float | None
    detectable: float | None
    limit: float | None
    status: Status
    blocking: bool
    sentence: str
    reason: str = ""
    p_adjusted: float | None = None
    control_low: float | None = None
    control_high: float | None = None
    excess: float | None = None
    excess_low: float | None = None
    excess_high: float | None = None
    curve: tuple[tuple[float, float], ...] = ()
    power: tuple[tuple[float, float], ...] = ()

    @property
    def id(self) -> str:
        """stage/test/slice."""
        return f"{self.stage}/{self.test}/{self.slice}"

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
    """Whether the release may go out. `reasons`: fixed words with the statistic they concern; VOID: do not trust."""

    passed: bool
    status: Literal["PASS", "FAIL", "VOID"]
    reasons: list[str]
    sentence: str
