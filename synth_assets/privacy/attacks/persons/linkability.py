"""Linkability (WP216): can two records about one person be joined because a release joins them?

Attack of Giomi et al. 2023. The attacker has two disjoint sets of attributes of each target and claims that
they belong together if both have the same nearest released row. Targets are train subjects; the control is
the same attack on holdout subjects, about whom the release can know nothing.
"""

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.persons.risk import RiskAttack, Tally
from synth_assets.privacy.evidence.attributes import AttributeType, Table, overlaps
from synth_assets.privacy.stages import ALL_BUT_POSITIVE

FIRST: tuple[AttributeType, ...] = ("place", "organization", "occupation")
SECOND: tuple[AttributeType, ...] = ("age", "gender", "nationality", "year", "month", "money")
_TIE = 1e-6


def count(release: Table, train: Table, holdout: Table) -> Tally:
    """Targets whose two halves have the same nearest row. The baseline names one row at random."""
    ours, theirs = linked(train, release), linked(holdout, release)
    return Tally(*ours, *theirs, 1 / len(release) if release else 0.0)


def linked(targets: Table, release: Table) -> tuple[int, int]:
    """Targets that are linked, and targets with a value in both halves; a tie of nearest rows links nobody."""
    usable = tuple(t for t in targets if t.types & set(FIRST) and t.types & set(SECOND))
    if not release:
        return 0, 0
    hits = 0
    for _, similar in overlaps(usable, release):
        first, second = (_nearest(np.sum([similar[kind] for kind in half], axis=0)) for half in (FIRST, SECOND))
        hits += int(np.sum((first == second) & (first >= 0)))
    return hits, len(usable)


def _nearest(similarity: "np.ndarray") -> "np.ndarray":
    """Index of the one most similar row of each target; -1 where there is none or more than one."""
    top = similarity.max(axis=1, keepdims=True)
    alone = np.sum(similarity >= top - _TIE, axis=1) == 1
    return np.where(alone & (top[:, 0] > 0), similarity.argmax(axis=1), -1)


RISK = RiskAttack(
    "linkability",
    "two_halves",
    "{side} subjects have both halves of what is known of them nearest to the same released row",
    count,
)
ATTACK = Attack(
    title="Linkability",
    asks="Does the text show that two records belong to the same person?",
    order=80,
    run=RISK.run,
    titles={"linkability/two_halves": "Two halves of what is known"},
    stages=ALL_BUT_POSITIVE,
    answers={"Linkability": "linkability/*"},
)
