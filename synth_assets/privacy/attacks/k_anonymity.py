"""k-anonymity of released rows: how many train subjects fit everything that a row says of a person?

A subject fits a row if it shares a value of every attribute type that the row has. The control counts the same rows
against as many holdout subjects: fitting one of them alone is coincidence. A row that fits nobody does not count.
"""

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.risk import paired_difference
from synth_assets.privacy.evidence.attributes import (
    AttributeTables,
    Table,
    attribute_tables,
    known_types,
    overlaps,
    released_table,
)
from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Estimate
from synth_assets.privacy.stages import ALL_BUT_POSITIVE
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.statistics.proportions import clopper_pearson, mcnemar_p

_LEAST_TYPES = 2
_CROWDS = {"k_1": 1, "k_below_5": 4, "k_below_11": 10}
_FEW = {"k_1": "exactly one", "k_below_5": "one to four", "k_below_11": "one to ten"}


def k_anonymity(rows: Table, sides: AttributeTables, policy: PrivacyPolicy) -> list[Estimate]:
    """Rows that fit few train subjects, beyond the rows that fit as few holdout subjects.

    Args:
        rows: of a release; rows of one attribute type say too little and are left out.
        sides: train and holdout.
        policy: the share with k = 1 is gated.
    """
    telling = tuple(row for row in rows if len(row.types) >= _LEAST_TYPES)
    ours, theirs = (fitting(telling, side) for side in (sides.train, sides.holdout))
    return [
        _estimate(name, (ours >= 1) & (ours <= most), (theirs >= 1) & (theirs <= most), len(sides.train), policy)
        for name, most in _CROWDS.items()
    ]


def _estimate(name: str, ours: "np.ndarray", theirs: "np.ndarray", crowd: int, policy: PrivacyPolicy) -> Estimate:
    n, gated, confidence = len(ours), _CROWDS[name] == 1, policy.confidence
    method = f"paired difference of shares, {confidence:.0%} Agresti-Min; exact McNemar test"
    limit, needs = (policy.max_unique_excess, policy.min_subjects) if gated else (None, 0)
    if n == 0:
        nothing = "No released row says two things of a person by which somebody could be recognized."
        return Estimate("k_anonymity", name, "excess share of rows", method, nothing, limit=limit, needs=needs)
    only_train, only_holdout = int(np.sum(ours & ~theirs)), int(np.sum(theirs & ~ours))
    excess = paired_difference(only_train, only_holdout, n, confidence)
    hits, control = int(np.sum(ours)), int(np.sum(theirs))
    span = clopper_pearson(control, n, confidence)
    return Estimate(
        test="k_anonymity",
        slice=name,
        unit="excess share of rows",
        value=excess.value,
        low=excess.low,
        high=excess.high,
        n=n,
        method=method,
        sentence=f"{hits:,} of {n:,} released rows ({percent(hits / n)}) fit {_FEW[name]} of {crowd:,} train subjects; "
        f"control {control:,} ({percent(control / n)}) fit {_FEW[name]} of {crowd:,} holdout subjects.",
        control=control / n,
        control_low=span.low,
        control_high=span.high,
        control_n=n,
        p_value=mcnemar_p(only_train, only_holdout),
        limit=limit,
        needs=needs,
    )


def fitting(rows: Table, subjects: Table) -> "np.ndarray":
    """Number of subjects k that share a value of every type the row has: int64 of shape (rows,)."""
    known = known_types(rows)
    sizes = [np.zeros(0, np.int64)]
    for span, similar in overlaps(rows, subjects):
        fits = np.logical_and.reduce([(values > 0) | ~known[kind][span, None] for kind, values in similar.items()])
        sizes.append(fits.sum(axis=1))
    return np.concatenate(sizes)


def _run(release: Release) -> list[Estimate]:
    return k_anonymity(release.once(released_table), release.evidence.once(attribute_tables), release.policy)


ATTACK = Attack(
    title="k-anonymity",
    asks="How many train subjects fit everything that a released row says of a person?",
    order=100,
    run=_run,
    titles={
        "k_anonymity/k_1": "Details that fit exactly one subject",
        "k_anonymity/k_below_*": "Details that fit fewer than {} subjects",
    },
    stages=ALL_BUT_POSITIVE,
    answers={"Singling out": "k_anonymity/k_1"},
)
