"""What is claimed of epsilon for one release, and what the report says of it. Composition belongs to `ledger`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth_assets.differential_privacy.accounting import epsilon_of_mu, epsilon_of_rho, group_mu, group_rho
from synth_assets.differential_privacy.ledger import Entry, Guarantee, Ledger, statement
from synth_assets.privacy.evidence.passages import RELEASED_STAGE
from synth_assets.privacy.gates import gate_of
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Counted, Statistic, Status

_EXCHANGE = {"add_remove": 2, "replace_one": 1}
"""Changes of each adjacency that exchange one document for another, which is what the audits do."""


@dataclass(frozen=True)
class Claim:
    """The ledger with this release as its last entry."""

    ledger: Ledger
    aside: tuple[tuple[str, str], ...] = ()
    """(label, text) of mechanisms that made nothing of this release."""

    @classmethod
    def nothing(cls) -> "Claim":
        """No epsilon, and no earlier release."""
        return cls(Ledger((Entry("|", "this release", None),)))

    @property
    def entry(self) -> Entry:
        """This release."""
        return self.ledger.entries[-1]

    def lines(self, policy: PrivacyPolicy) -> list[tuple[str, str]]:
        """(label, text) of the ledger, for the page."""
        return [*statement(self.ledger, self.entry.source, policy.ledger_delta), *self.aside]

    def judged(self, outcomes: Sequence[Counted], policy: PrivacyPolicy) -> list[Counted]:
        """The outcomes, each proven bound compared with the claim where both speak of the same exchange."""
        claimed = exchange_epsilon(self.entry.guarantee, policy.audit_delta)
        return [replace(o, limit=claimed, claimed=claimed) if isinstance(o, Bound) and claimed else o for o in outcomes]

    def statistic(self, policy: PrivacyPolicy) -> Statistic:
        """Is a complete guarantee on the ledger, and is the source within its budget?"""
        source, delta = self.entry.source, policy.ledger_delta
        total = self.ledger.epsilon(source, delta)
        gated = gate_of("ledger", "total", policy.profile, policy.gates) is not None
        status, reason = _status(total, policy) if gated else ("INFO", "")
        bounded = not math.isinf(total)
        gaps = "; ".join(self.ledger.gaps(source))
        said = f"One person's total is epsilon = {total:.2f} at delta = {delta:g}" if bounded else f"No bound: {gaps}"
        return Statistic(
            stage=RELEASED_STAGE,
            test="ledger",
            slice="total",
            value=total if bounded else None,
            unit="epsilon",
            n=sum(entry.source == source for entry in self.ledger.entries),
            low=None,
            high=None,
            method="composed over all releases of the source; no parallel composition over days",
            control=None,
            control_n=0,
            p_value=None,
            detectable=None,
            limit=policy.max_total_epsilon if gated else None,
            status=status,
            blocking=gated,
            sentence=f"{said}. The budget of a source is {policy.max_total_epsilon:g}.",
            reason=reason,
        )


def exchange_epsilon(guarantee: Guarantee | None, delta: float) -> float | None:
    """The claimed epsilon at `delta` for one document exchanged for another; None where none can be derived."""
    if guarantee is None or guarantee.unit == "token" or guarantee.adjacency not in _EXCHANGE or guarantee.gaps:
        return None
    size = _EXCHANGE[guarantee.adjacency]
    if guarantee.mu is not None:
        return epsilon_of_mu(group_mu(guarantee.mu, size), delta)
    return epsilon_of_rho(group_rho(guarantee.rho or 0.0, size), delta)


def _status(total: float, policy: PrivacyPolicy) -> tuple[Status, str]:
    if math.isinf(total):
        return "UNAVAILABLE", "no_guarantee"
    return ("FAIL", "over_budget") if total > policy.max_total_epsilon else ("PASS", "")
