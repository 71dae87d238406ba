"""States the cost of differentially private rewriting from the executed draws, and writes its lines of the report.

It adds no entry to the ledger, because no release consists of the rewritten texts alone.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, Self

from pydantic import Field

from resources.config import StrictModel
from resources.errors import DataError
from synth_assets.differential_privacy.accounting import (
    EpsilonDelta,
    compose_rho,
    epsilon_of_draws,
    epsilon_of_rho,
    rho_of_draws,
)
from synth_assets.differential_privacy.ledger import Choice, Guarantee
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.differential_privacy.rewriting.rewriting import bounds_of, draws_per_token

STATEMENT = "dp_rewriting.json"
COLUMN = "masked_corpus.dp_text"

_CHOICES = (
    Choice(what="candidates and prior of a draw: from a public model and drawn tokens", paid=True),
    Choice(what="length, number of candidates, bounds, documents of a subject: from the policy", paid=True),
    Choice(
        what="the masker before it: its surrogates avoid values of other documents, and it rejects some", paid=False
    ),
)
_BYPASSES = (
    "every other column of the row: text, refilled_text, label, language, spans, masks, refills, scores",
    "augmented_corpus and instruction_set, which read those columns and never the rewritten text",
    "number, partition and subjects of the documents, rejected rows, candidates in quarantine",
    "counts of runs and of the privacy report",
)


class Executed(NamedTuple):
    """Counts of one materialization: rewritten documents, draws, and draws that depend on one unit."""

    documents: int
    draws: int
    epsilon: float
    token: int
    document: int
    user: int

    @classmethod
    def read(cls, figures: Mapping[str, int | float]) -> Self | None:
        """Read the figures of a masked_corpus version; None if nothing was rewritten."""
        if "dp_draws" not in figures:
            return None
        token, document, user = (int(figures[f"dp_draws_per_{unit}"]) for unit in ("token", "document", "user"))
        counts = int(figures["dp_documents"]), int(figures["dp_draws"])
        return cls(*counts, figures["dp_epsilon_per_draw"], token, document, user)


class Statement(StrictModel):
    """The statement stored with a version of the stage."""

    column: Literal["masked_corpus.dp_text"] = Field(description="The only column covered by the guarantees")
    variant: Literal["token", "document"] = Field(description="What one draw reads: one token, or the document")
    reproducible: Literal[False] = Field(False, description="Draws have no seed: the version cannot be reproduced")
    in_release: Literal[False] = Field(False, description="No release consists of that column alone")
    documents: int = Field(ge=0, description="Documents rewritten")
    draws: int = Field(ge=0, description="Draws made")
    token: Guarantee = Field(description="One token exchanged for another, same length")
    document: Guarantee = Field(description="One masked document exchanged for any other")
    user: Guarantee = Field(description="All rewritten documents of one subject exchanged")


def state(policy: DpRewritingPolicy, figures: Mapping[str, int | float], code_version: str) -> Statement:
    """Return the statement of a materialization under `policy` that reports `figures`.

    Raises:
        DataError: the executed draws differ from those accounted for.
    """
    executed = Executed.read(figures)
    length, most = policy.length, policy.documents_per_user
    if policy.variant == "off" or executed is None:
        raise DataError("nothing was rewritten, so nothing can be stated")
    draws = executed.documents * length
    if executed[1:] != (draws, policy.epsilon, draws_per_token(policy), length, length * most):
        raise DataError("the draws made are not those that are accounted for: no epsilon can be stated")
    return Statement(
        column=COLUMN,
        variant=policy.variant,
        documents=executed.documents,
        draws=executed.draws,
        token=_guarantee("token", executed.token, length * most, policy, code_version),
        document=_guarantee("document", executed.document, most, policy, code_version),
        user=_guarantee("user", executed.user, 1, policy, code_version),
    )


def lines(
    statement: Statement | None, versions: Iterable[Mapping[str, int | float]], delta: float
) -> tuple[tuple[str, str], ...]:
    """Return rows (label, text) of the report; none if nothing was ever rewritten.

    Args:
        statement: statement of the served version; None if it has no rewritten texts.
        versions: figures of all published versions of the source on all days; each made its own draws.
        delta: delta at which the total is stated.
    """
    spent = [executed for executed in map(Executed.read, versions) if executed is not None]
    if not spent:
        return ()
    basic = EpsilonDelta(math.fsum(e.user * e.epsilon for e in spent), 0.0)
    rho = compose_rho(rho_of_draws(e.epsilon, e.user) for e in spent)
    total = min(basic, EpsilonDelta(epsilon_of_rho(rho, delta), delta))
    return (
        *(_of_version(statement) if statement else ()),
        (
            "Rewritten texts, all versions",
            f"{len(spent)} version(s) of this source drew {sum(e.draws for e in spent):,} times; one person's total: "
            f"{_epsilon(total)}, for the draws alone.",
        ),
    )


def _of_version(statement: Statement) -> tuple[tuple[str, str], ...]:
    units = (statement.token, statement.document, statement.user)
    of_token, of_document, of_user = (
        epsilon_of_draws((g.pure or 0.0) / g.compositions, g.compositions, g.delta) for g in units
    )
    gaps = "; ".join(statement.document.gaps)
    unpaid = "; ".join(choice.what for choice in statement.document.choices if not choice.paid)
    label = "Rewritten texts (experiment, in no release)"
    return (
        (
            label,
            f"{statement.column}, variant {statement.variant}: one token {_epsilon(of_token)}; one document "
            f"{_epsilon(of_document)}; one user {_epsilon(of_user)}. An attacker's odds between any two documents move "
            f"by at most a factor of {_odds(of_document.epsilon)}.",
        ),
        (f"{label}: what it says of this release", f"Nothing; its epsilon is unaffected. Of the rows: {gaps}."),
        (f"{label}: mechanism", statement.document.mechanism),
        (f"{label}: not paid", f"{unpaid}."),
        (f"{label}: not covered", f"{'; '.join(statement.document.bypasses)}."),
        (f"{label}: random numbers", statement.document.rng),
    )


def _guarantee(
    unit: Literal["token", "document", "user"], draws: int, group: int, policy: DpRewritingPolicy, code_version: str
) -> Guarantee:
    bounds = bounds_of(policy)
    return Guarantee(
        unit=unit,
        adjacency="substitution",
        trust_model="local",
        mechanism=f"exponential mechanism, variant {policy.variant}: {policy.length} draws a document, each of epsilon "
        f"{policy.epsilon:g} among {policy.candidates:,} candidates",
        sensitivity=bounds.high - bounds.low,
        clip_bound=max(abs(bound) for bound in bounds),
        clip_bound_origin="fixed in the policy, before any document was read",
        sampling_accounted="full",
        sampling_executed="full",
        compositions=draws,
        fixed_in_advance=True,
        accountant="synth_assets.differential_privacy.accounting: the smaller of basic composition and zCDP of "
        "bounded-range draws; "
        f"float64 probabilities, integers of 80 bits: delta error below {draws * policy.candidates} * 2**-80",
        rho=rho_of_draws(policy.epsilon, draws),
        pure=policy.epsilon * draws,
        delta=policy.delta,
        choices=_CHOICES,
        bypasses=_BYPASSES,
        rng="secrets.SystemRandom: no seed, no second draw",
        group_size=group,
        pretraining="unknown: the language model may have read the corpus, if it was ever public",
        code_version=code_version,
    )


def _epsilon(stated: EpsilonDelta) -> str:
    return f"epsilon = {stated.epsilon:,.4g} at delta = {stated.delta:g}"


def _odds(epsilon: float) -> str:
    power = epsilon / math.log(10)
    return f"{math.exp(epsilon):,.1f}" if power < 6 else f"10^{power:,.0f}"
