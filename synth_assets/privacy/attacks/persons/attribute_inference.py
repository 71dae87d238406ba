"""Inference (WP216): does a release reveal an attribute of somebody of whom the others are known?

Attack of Giomi et al. 2023. One attribute of each target is hidden and guessed from the released row that is
nearest by all the others. Targets are train subjects; the control is the same attack on holdout subjects, where
only general knowledge can help.
"""

from collections import Counter

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.persons.risk import RiskAttack, Tally
from synth_assets.privacy.evidence.attributes import Attribute, AttributeType, Subject, Table, known_types, overlaps
from synth_assets.privacy.stages import ALL_BUT_POSITIVE
from synth_assets.text.draws import order_key


def count(release: Table, train: Table, holdout: Table) -> Tally:
    """Right guesses on both sides. The baseline names the most frequent value of the release."""
    frequency = Counter(value for row in release for value in row.values)
    common: dict[AttributeType, Attribute] = {}
    for value in sorted(frequency, key=lambda v: (-frequency[v], v)):
        common.setdefault(value[0], value)
    victims, others = _targets(train), _targets(holdout)
    baseline = sum(common.get(hidden(t)) in t.values for t in victims) / max(1, len(victims))
    return Tally(
        _inferred(victims, release, frequency),
        len(victims) if release else 0,
        _inferred(others, release, frequency),
        len(others) if release else 0,
        baseline,
    )


def hidden(target: Subject) -> AttributeType:
    """The type hidden of a target, chosen by hash so that it is the same in every release."""
    draw = int(order_key("attribute_inference", target.subject), 16)
    kinds = sorted(target.types)
    return kinds[draw % len(kinds)]


def guesses(targets: Table, release: Table, frequency: Counter[Attribute]) -> list[Attribute | None]:
    """For each target the rarest value of the hidden type in the nearest row that has one.

    Of rows equally near, the first by subject is taken; None where no such row shares anything with the target.
    """
    rows = tuple(sorted(release, key=lambda row: row.subject))
    known, guessed = known_types(rows), list[Attribute | None]()
    for span, similar in overlaps(targets, rows):
        total = np.sum(list(similar.values()), axis=0)
        for index, target in enumerate(targets[span]):
            kind = hidden(target)
            others = np.where(known[kind], total[index] - similar[kind][index], 0.0)
            best = int(np.argmax(np.round(others, 5)))
            values = [value for value in rows[best].values if value[0] == kind] if others[best] > 1e-5 else []
            guessed.append(min(values, key=lambda v: (frequency[v], v), default=None))
    return guessed


def _targets(table: Table) -> Table:
    return tuple(target for target in table if len(target.types) >= 2)


def _inferred(targets: Table, release: Table, frequency: Counter[Attribute]) -> int:
    if not release:
        return 0
    return sum(
        guess in target.values for guess, target in zip(guesses(targets, release, frequency), targets, strict=True)
    )


RISK = RiskAttack(
    "attribute_inference",
    "hidden_value",
    "{side} subjects have a hidden attribute rightly guessed from the released row nearest to the others",
    count,
)
ATTACK = Attack(
    title="Attribute inference",
    asks="Does the text reveal an attribute of somebody of whom the others are known?",
    order=90,
    run=RISK.run,
    titles={"attribute_inference/hidden_value": "A hidden detail"},
    stages=ALL_BUT_POSITIVE,
    answers={"Inference": "attribute_inference/*"},
)
