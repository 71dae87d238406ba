"""k-anonymity of released rows: how many train subjects fit everything that a row says of a person?

A subject fits a row if it shares a value of every attribute type that the row has. The control counts the
same rows against as many holdout subjects: fitting one of them alone is coincidence. A row that fits nobody
is not counted as hiding among few.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.attacks.persons.risk import paired_difference
from synth_assets.privacy.evidence.attributes import AttributeTables, Table, known_types, overlaps
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.results import Estimate
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.statistics.proportions import clopper_pearson, mcnemar_p

_LEAST_TYPES = 2
_CROWDS = {"k_1": 1, "k_below_5": 4, "k_below_11": 10}
_FEW = {"k_1": "exactly one", "k_below_5": "one to four", "k_below_11": "one to ten"}


@dataclass(frozen=True, eq=False)
class KAnonymity:
    """The attack with its knowledge of the raw sides; `limit` and `needs` gate the share with k = 1."""

    tables: AttributeTables
    confidence: float = 0.95
    limit: float | None = 0.02
    needs: int = 40

    def outcomes(self, released: Sequence[Passage]) -> list[Estimate]:
        """Rows that fit few train subjects, beyond the rows that fit as few holdout subjects."""
        rows = tuple(row for row in self.tables.release(released) if len(row.types) >= _LEAST_TYPES)
        ours, theirs = (fitting(rows, side) for side in (self.tables.train, self.tables.holdout))
        return [self._estimate(name, _few(ours, most), _few(theirs, most)) for name, most in _CROWDS.items()]

    def _estimate(self, name: str, ours: "np.ndarray", theirs: "np.ndarray") -> Estimate:
        n = len(ours)
        gated = _CROWDS[name] == 1
        only_train, only_holdout = int(np.sum(ours & ~theirs)), int(np.sum(theirs & ~ours))
        found = paired_difference(only_train, only_holdout, n, self.confidence) if n else None
        control = int(np.sum(theirs))
        span = clopper_pearson(control, n, self.confidence) if n else None
        return Estimate(
            test="k_anonymity",
            slice=name,
            unit="excess share of rows",
            value=found.value if found else None,
            low=found.low if found else None,
            high=found.high if found else None,
            n=n,
            method=f"paired difference of shares, {self.confidence:.0%} Agresti-Min; exact McNemar test",
            sentence=self._sentence(name, int(np.sum(ours)), control, n),
            control=control / n if n else None,
            control_low=span.low if span else None,
            control_high=span.high if span else None,
            control_n=n,
            p_value=mcnemar_p(only_train, only_holdout) if n else None,
            limit=self.limit if gated else None,
            needs=self.needs if gated else 0,
        )

    def _sentence(self, name: str, hits: int, control: int, n: int) -> str:
        if n == 0:
            return "No released row says two things of a person by which somebody could be recognized."
        crowd = len(self.tables.train)
        return (
            f"{hits:,} of {n:,} released rows ({percent(hits / n)}) fit {_FEW[name]} of {crowd:,} train subjects; "
            f"control {control:,} ({percent(control / n)}) fit {_FEW[name]} of {crowd:,} holdout subjects."
        )


def fitting(rows: Table, subjects: Table) -> "np.ndarray":
    """Number of subjects k that share a value of every type the row has: int64 of shape (rows,)."""
    known = known_types(rows)
    sizes = [np.zeros(0, np.int64)]
    for span, similar in overlaps(rows, subjects):
        fits = np.logical_and.reduce([(values > 0) | ~known[kind][span, None] for kind, values in similar.items()])
        sizes.append(fits.sum(axis=1))
    return np.concatenate(sizes)


def _few(sizes: "np.ndarray", most: int) -> "np.ndarray":
    return (sizes >= 1) & (sizes <= most)
