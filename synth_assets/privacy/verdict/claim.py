"""The epsilon claimed for one release, and the statistic that compares it with the budget of its source."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth_assets.differential_privacy.accounting import epsilon_of_mu, epsilon_of_rho, group_mu, group_rho
from synth_assets.differential_privacy.ledger import Entry, Guarantee, Ledger, statement
from synth_assets.differential_privacy.shifts import epsilon_of_shifts, replaced
from synth_assets.modes import Mode
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Counted, Statistic, Status
from synth_assets.privacy.stages import RELEASED

_EXCHANGE = {"add_remove": 2, "replace_one": 1}
"""By adjacency, how many changes exchange one document for another, which is what the audits do."""


@dataclass(frozen=True)
class Claim:
    """What is claimed.

    Attributes:
        ledger: of the source, this release as its last entry.
        aside: notes (label, text) on mechanisms not used in this release.
    """

    ledger: Ledger
    aside: tuple[tuple[str, str], ...] = ()

    @property
    def entry(self) -> Entry:
        """This release."""
        return self.ledger.entries[-1]

    def lines(self, policy: PrivacyPolicy) -> list[tuple[str, str]]:
        """(label, text) of the ledger, for the page."""
        return [*statement(self.ledger, self.entry.source, policy.ledger_delta), *self.aside]

    def judged(self, outcomes: Sequence[Counted], policy: PrivacyPolicy) -> list[Counted]:
        """The outcomes; each proven bound is compared with the claim where both concern the same exchange."""
        claimed = exchange_epsilon(self.entry.guarantee, policy.audit_delta)
        return [replace(o, limit=claimed, claimed=claimed) if isinstance(o, Bound) and claimed else o for o in outcomes]

    def statistic(self, policy: PrivacyPolicy, mode: Mode) -> Statistic:
        """Whether the ledger holds a complete guarantee, and the source is within its budget."""
        source, delta = self.entry.source, policy.ledger_delta
        total = self.ledger.epsilon(source, delta)
        gated, bounded = policy.blocks("ledger/total", mode), not math.isinf(total)
        status: Status = "STATED"
        reason = ""
        if gated and not bounded:
            status, reason = "UNAVAILABLE", "no_guarantee"
        elif gated:
            status, reason = ("FAIL", "over_budget") if total > policy.max_total_epsilon else ("PASS", "")
        gaps = "; ".join(self.ledger.gaps(source))
        said = f"One person's total is epsilon = {total:.2f} at delta = {delta:g}" if bounded else f"No bound: {gaps}"
        return Statistic(
            stage=RELEASED.name,
            test="ledger",
            slice="total",
            value=total if bounded else None,
            unit="epsilon",
            n=sum(entry.source == source for entry in self.ledger.entries),
            method="composed over all draws and releases; days in parallel where a person takes part in one",
            limit=policy.max_total_epsilon if gated else None,
            status=status,
            blocking=gated,
            sentence=f"{said}. The budget of a source is {policy.max_total_epsilon:g}.",
            reason=reason,
        )


def exchange_epsilon(guarantee: Guarantee | None, delta: float) -> float | None:
    """The claimed epsilon at `delta` for one document exchanged for another; None where none can be derived.

    Of counts, it is exact: the exchange changes the counts of both documents, which is the root of two of mu. Of any
    other mechanism with added or removed documents, it is that of a group of two.
    """
    if guarantee is None or guarantee.unit == "token" or guarantee.adjacency not in _EXCHANGE or guarantee.gaps:
        return None
    if guarantee.shifts and guarantee.adjacency == "add_remove":
        return epsilon_of_shifts(replaced(guarantee.shifts), delta)
    size = _EXCHANGE[guarantee.adjacency]
    if guarantee.mu is not None:
        return epsilon_of_mu(group_mu(guarantee.mu, size), delta)
    return epsilon_of_rho(group_rho(guarantee.rho or 0.0, size), delta)
