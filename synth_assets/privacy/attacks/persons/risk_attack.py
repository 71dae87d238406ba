"""What the three attacks of Giomi et al. 2023 on the criteria of WP216 share: knowledge, gate, line of the report.

How successes are counted belongs to each attack.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from synth_assets.privacy.attacks.persons.risk import Tally, risk_estimate
from synth_assets.privacy.evidence.attributes import AttributeTables, Table
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.results import Estimate


@dataclass(frozen=True, eq=False)
class RiskAttack(ABC):
    """An attack with its knowledge of the raw sides; `limit` and `needs` are those of the gate.

    `test` and `slice` name its line of the report; `claim` says what a success is, with `{side}` for train or holdout.
    """

    test: ClassVar[str]
    slice: ClassVar[str]
    claim: ClassVar[str]

    tables: AttributeTables
    confidence: float = 0.95
    limit: float | None = 0.1
    needs: int = 500

    @abstractmethod
    def tally(self, release: Table) -> Tally:
        """Successes on train and on holdout, given the rows of a release."""

    def outcomes(self, released: Sequence[Passage]) -> list[Estimate]:
        """The risk of a release beyond what the control achieves."""
        tally = self.tally(self.tables.release(released))
        return [risk_estimate(self.test, self.slice, self.claim, tally, self.confidence, self.limit, self.needs)]
