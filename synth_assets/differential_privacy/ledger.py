"""The privacy ledger: guarantees stated by mechanisms, composed by source."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from resources.config import StrictModel
from synth_assets.differential_privacy.accounting import (
    compose_mu,
    compose_rho,
    epsilon_of_mu,
    epsilon_of_rho,
    group_mu,
    group_rho,
    rho_of_mu,
)
from synth_assets.differential_privacy.shifts import Shift, epsilon_of_shifts, replaced, rho_of_shifts

NONE_CLAIMED = "No epsilon is claimed: nothing in this release comes from an accounted mechanism"
EXACT_NUMBERS = "The numbers in this report are exact counts over the private documents; no epsilon covers them."

Sampling = Literal["full", "poisson", "fixed_size", "shuffle"]


class Choice(StrictModel):
    """A decision taken after seeing private data."""

    what: str = Field(min_length=1, description="E.g. label shares, lengths, vocabulary, thresholds, early stopping")
    paid: bool = Field(description="Whether its privacy cost is part of mu or rho")


class Guarantee(StrictModel):
    """A complete statement of differential privacy, covering the hazards of NIST SP 800-226.

    Empty fields are rejected. Where nothing applies, state it: "none, because ...".
    """

    unit: Literal["token", "document", "user"] = Field(description="Unit of privacy")
    adjacency: Literal["add_remove", "replace_one", "replace_by_null", "substitution"] = Field(
        description="How two neighboring corpora differ; epsilons of different adjacencies are not comparable"
    )
    trust_model: Literal["local", "central"] = Field(
        description="local: the adversary sees every rewritten document beside its owner; central: the corpus only"
    )
    mechanism: str = Field(description="Name of the mechanism, its noise and what it releases")
    sensitivity: float = Field(gt=0, allow_inf_nan=False, description="Maximum change of a released value by one unit")
    clip_bound: float = Field(gt=0, allow_inf_nan=False, description="Norm to which one unit's contribution is clipped")
    clip_bound_origin: str = Field(description="Origin of the bound; measuring it on private data costs epsilon")
    sampling_accounted: Sampling = Field(description="Sampling scheme the accountant assumes")
    sampling_executed: Sampling = Field(description="Sampling scheme that was executed")
    compositions: int = Field(ge=1, description="Number of runs of the mechanism on the data")
    fixed_in_advance: bool = Field(description="Whether that number was fixed before the data was seen")
    accountant: str = Field(description="Name, version and numeric error of the accountant")
    mu: float | None = Field(None, gt=0, allow_inf_nan=False, description="Gaussian DP of all compositions")
    rho: float | None = Field(None, gt=0, allow_inf_nan=False, description="zCDP of all compositions")
    pure: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Epsilon of all compositions at delta 0, where it is known"
    )
    shifts: tuple[Shift, ...] = Field(
        (),
        description="(coordinates, variance) of discrete Gaussian counts, from which epsilon is exact; rho is theirs",
    )
    delta: float = Field(gt=0, lt=1, description="Delta at which epsilon is stated")
    choices: tuple[Choice, ...] = Field(min_length=1, description="Every data-dependent choice, paid or not")
    bypasses: tuple[str, ...] = Field(
        min_length=1,
        description="Private data past the mechanism, e.g. through the masker, stop words, logs or checkpoints",
    )
    rng: str = Field(description="Generator of the noise and where its seed comes from")
    group_size: int = Field(ge=1, description="Maximum units (tokens, documents) of one person")
    one_partition: bool = Field(
        False, description="Whether a person takes part in the draws of one partition of the source only"
    )
    pretraining: str = Field(description="Whether the model could have been trained on the corpus")
    code_version: str = Field(description="Digest of the executed code")

    @field_validator(
        "mechanism", "clip_bound_origin", "accountant", "rng", "pretraining", "code_version", "bypasses", mode="after"
    )
    @classmethod
    def _said(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not all(part.strip() for part in ((value,) if isinstance(value, str) else value)):
            raise ValueError("must not be empty: where there is nothing to say, say so and why")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.mu is None) == (self.rho is None):
            raise ValueError("state exactly one of mu (Gaussian DP) and rho (zCDP)")
        if self.shifts and not math.isclose(rho_of_shifts(self.shifts), self.rho or 0.0, rel_tol=1e-9):
            raise ValueError("rho must be that of the shifts")
        if self.sampling_executed != self.sampling_accounted:
            raise ValueError(
                f"sampling_executed is {self.sampling_executed!r} but the accountant assumed "
                f"{self.sampling_accounted!r}: the stated epsilon is not that of what was run"
            )
        if self.unit == "user" and self.group_size != 1:
            raise ValueError("group_size must be 1 where the unit is the user: the bound already covers all records")
        return self

    @property
    def epsilon(self) -> float:
        """Epsilon of one unit at the stated delta."""
        return _epsilon([self], self.delta, grouped=False)

    @property
    def gaps(self) -> list[str]:
        """Reasons why the stated epsilon does not cover the release; empty if it does."""
        unpaid = sum(not choice.paid for choice in self.choices)
        gaps = [f"{unpaid} data-dependent choice(s) were not paid for"] if unpaid else []
        return gaps if self.fixed_in_advance else [*gaps, "the number of compositions was not fixed in advance"]


@dataclass(frozen=True)
class Entry:
    """Cost of one draw or release of one partition ("day|source"); None if no accounted mechanism made it."""

    partition: str
    release: str
    guarantee: Guarantee | None

    @property
    def source(self) -> str:
        """Source of the partition; a person may occur on any of its days."""
        return self.partition.partition("|")[2]


@dataclass(frozen=True)
class Ledger:
    """All draws and releases of all partitions.

    Guarantees of one source are composed over all its entries: a person may occur on several days. Where every one of
    them says that a person takes part in one partition only, the entries of each partition are composed, and the
    largest total counts (parallel composition). Guarantees for one unit are first extended to the `group_size` units of
    a person. Different sources are assumed to concern different persons.
    """

    entries: tuple[Entry, ...]

    def epsilon(self, source: str, delta: float) -> float:
        """Total epsilon for one person of a source, in nats: 0.0 without releases, infinite without a bound.

        Raises:
            ValueError: if `delta` is not between 0 and 1.
        """
        if self.gaps(source):
            return math.inf
        return max((_epsilon(part, delta, grouped=True) for part in self._apart(source)), default=0.0)

    def gaps(self, source: str) -> list[str]:
        """Reasons why the total of a source has no bound; empty if it has one."""
        stated = self._stated(source)
        silent = sum(entry.source == source for entry in self.entries) - len(stated)
        gaps = [f"{silent} release(s) of this source come from no accounted mechanism"] if silent else []
        gaps += sorted({gap for guarantee in stated for gap in guarantee.gaps})
        for name in ("adjacency", "trust_model"):
            if len({getattr(guarantee, name) for guarantee in stated}) > 1:
                gaps.append(f"the guarantees differ in {name} and cannot be added")
        return gaps

    def in_parallel(self, source: str) -> bool:
        """Whether the days of a source are composed in parallel."""
        return all(guarantee.one_partition for guarantee in self._stated(source))

    def _apart(self, source: str) -> list[list[Guarantee]]:
        """Guarantees of the source in groups, of which one person is in one only."""
        parts: dict[str, list[Guarantee]] = {}
        for entry in self.entries:
            if entry.source == source and entry.guarantee is not None:
                parts.setdefault(entry.partition if self.in_parallel(source) else "", []).append(entry.guarantee)
        return list(parts.values())

    def _stated(self, source: str) -> list[Guarantee]:
        return [e.guarantee for e in self.entries if e.source == source and e.guarantee is not None]


def statement(ledger: Ledger, source: str, delta: float) -> list[tuple[str, str]]:
    """Rows (label, text) of the report page on the epsilon spent by a source.

    Raises:
        ValueError: if `delta` is not between 0 and 1.
    """
    entries = [entry for entry in ledger.entries if entry.source == source]
    if all(entry.guarantee is None for entry in entries):
        return [("Differential privacy", f"{NONE_CLAIMED}."), ("This report", EXACT_NUMBERS)]
    if gaps := ledger.gaps(source):
        total = f"Epsilon has no bound: {'; '.join(gaps)}."
    else:
        apart = ledger.in_parallel(source)
        days = "the day with most: a person takes part on one" if apart else "all days: a person may occur on several"
        total = (
            f"Epsilon = {ledger.epsilon(source, delta):.2f} at delta = {delta:g}, composed over {len(entries)} draw(s) "
            f"or release(s) of {days}."
        )
    rows = [("Total for one person", total)]
    for entry in entries:
        if entry.guarantee is None:
            rows.append((f"{entry.partition}, {entry.release}", "No accounted mechanism; epsilon has no bound."))
        else:
            rows += [(f"{entry.partition}, {entry.release}: {label}", text) for label, text in _fields(entry.guarantee)]
    return [*rows, ("This report", EXACT_NUMBERS)]


def _fields(guarantee: Guarantee) -> list[tuple[str, str]]:
    g = guarantee
    stated = f"mu = {g.mu:g} (Gaussian DP)" if g.mu is not None else f"rho = {g.rho:g} (zCDP)"
    if g.adjacency == "add_remove" and g.shifts:
        exchanged = epsilon_of_shifts(replaced(g.shifts), g.delta)
        stated += f", epsilon = {exchanged:.2f} for one {g.unit} exchanged for another"
    stated += f", epsilon = {g.pure:g} at delta = 0" if g.pure is not None else ""
    fixed = "fixed in advance" if g.fixed_in_advance else "not fixed in advance"
    return [
        ("guarantee", f"epsilon = {g.epsilon:.2f} at delta = {g.delta:g} for one {g.unit}; {stated}"),
        (
            "unit and adjacency",
            f"{g.unit}, {g.adjacency}; at most {g.group_size:,} of one person"
            + ("; each in one partition only" if g.one_partition else ""),
        ),
        ("trust model", g.trust_model),
        ("mechanism", f"{g.mechanism}; sensitivity {g.sensitivity:g}"),
        ("clip bound", f"{g.clip_bound:g}; {g.clip_bound_origin}"),
        ("sampling, accounted and executed", g.sampling_executed),
        ("compositions", f"{g.compositions:,}, {fixed}"),
        ("accountant", g.accountant),
        ("data-dependent choices", "; ".join(f"{c.what} ({'paid' if c.paid else 'NOT PAID'})" for c in g.choices)),
        ("not covered", "; ".join(g.bypasses)),
        ("random numbers", g.rng),
        ("pre-training", g.pretraining),
        ("code", g.code_version),
    ]


def _epsilon(guarantees: Iterable[Guarantee], delta: float, grouped: bool) -> float:
    """Exact if all are Gaussian DP, or all counts under discrete Gaussian noise; else zCDP or, if less, their sum."""
    guarantees = list(guarantees)
    if guarantees and all(g.shifts and (g.group_size == 1 or not grouped) for g in guarantees):
        return epsilon_of_shifts([shift for g in guarantees for shift in g.shifts], delta)
    mus: list[float] = []
    rhos: list[float] = []
    basic = 0.0
    for guarantee in guarantees:
        size = guarantee.group_size if grouped else 1
        basic += math.inf if guarantee.pure is None else size * guarantee.pure
        if guarantee.mu is not None:
            mus.append(group_mu(guarantee.mu, size))
        elif guarantee.rho is not None:
            rhos.append(group_rho(guarantee.rho, size))
    mu = compose_mu(mus)
    if not rhos:
        return min(basic, epsilon_of_mu(mu, delta))
    return min(basic, epsilon_of_rho(compose_rho([*rhos, rho_of_mu(mu)]), delta))
