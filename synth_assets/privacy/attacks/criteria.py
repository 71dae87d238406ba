"""Singling out, linkability and inference (WP216), by the attacks of Giomi et al. 2023.

Singling out: does a description that fits exactly one released row fit exactly one train subject? The attacker sees the
release only, and takes of each row one to three attribute values that no other row has together. The control tests the
same descriptions on as many holdout subjects.

Linkability: can two records about one person be joined because a release joins them? The attacker has two disjoint sets
of attributes of each target and claims that they belong together if both have the same nearest released row.

Inference: does a release reveal an attribute of somebody of whom the others are known? One attribute of each target is
hidden and guessed from the released row that is nearest by all the others.

The targets of the last two are train subjects; the control is the same attack on holdout subjects, about whom the
release can know nothing.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.risk import RiskAttack, Tally
from synth_assets.privacy.evidence.attributes import (
    Attribute,
    AttributeType,
    Subject,
    Table,
    known_types,
    overlaps,
    postings,
)
from synth_assets.privacy.stages import ALL_BUT_POSITIVE
from synth_assets.text.draws import order_key

_MOST = 3
_TRIES = 8
_TIE = 1e-6
FIRST: tuple[AttributeType, ...] = ("place", "organization", "occupation")
SECOND: tuple[AttributeType, ...] = ("age", "gender", "nationality", "year", "month", "money")

Predicate = tuple[Attribute, ...]
Postings = Mapping[Attribute, frozenset[int]]


def count_singled_out(release: Table, train: Table, holdout: Table) -> Tally:
    """Descriptions that fit exactly one subject, on two sides of equal size.

    Raises:
        ValueError: if the sides differ in size: a larger crowd hides better.
    """
    if len(train) != len(holdout):
        raise ValueError("train and holdout must have equal size")
    ours, theirs = postings(train), postings(holdout)
    guesses = unique_predicates(release)
    random_guesses = marginal_predicates(release, [len(guess) for guess in guesses])
    return Tally(
        _singled(guesses, ours),
        len(guesses),
        _singled(guesses, theirs),
        len(guesses),
        _singled(random_guesses, ours) / max(1, len(random_guesses)),
    )


def unique_predicates(release: Table) -> list[Predicate]:
    """One description a row, of one to three values, that fits no other row; rows without one are left out."""
    rows = postings(release)
    predicates = []
    for row in sorted(release, key=lambda r: r.subject):
        draw = random.Random(f"singling_out/{row.subject}")
        values = sorted(row.values)
        for _ in range(_TRIES if values else 0):
            guess = tuple(sorted(draw.sample(values, min(len(values), draw.randint(1, _MOST)))))
            if matching(guess, rows) == 1:
                predicates.append(guess)
                break
    return predicates


def marginal_predicates(release: Table, sizes: Sequence[int]) -> list[Predicate]:
    """Descriptions of the given sizes whose values are drawn one by one from all the values of the release."""
    pool = sorted(value for row in release for value in row.values)
    draw = random.Random("singling_out/baseline")
    return [tuple(sorted({draw.choice(pool) for _ in range(size)})) for size in sizes]


def matching(guess: Predicate, rows: Postings) -> int:
    """How many rows have all the values."""
    sets = sorted((rows.get(value, frozenset()) for value in guess), key=len)
    return len(frozenset.intersection(*sets))


def _singled(guesses: Sequence[Predicate], rows: Postings) -> int:
    return sum(matching(guess, rows) == 1 for guess in guesses)


def count_linked(release: Table, train: Table, holdout: Table) -> Tally:
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


def count_inferred(release: Table, train: Table, holdout: Table) -> Tally:
    """Right guesses on both sides. The baseline names the most frequent value of the release."""
    frequency = Counter(value for row in release for value in row.values)
    common: dict[AttributeType, Attribute] = {}
    for value in sorted(frequency, key=lambda v: (-frequency[v], v)):
        common.setdefault(value[0], value)
    victims, others = (tuple(t for t in side if len(t.types) >= 2) for side in (train, holdout))
    baseline = sum(common.get(hidden(t)) in t.values for t in victims) / max(1, len(victims))
    if not release:
        return Tally(0, 0, 0, 0, baseline)
    ours, theirs = (
        sum(guess in t.values for guess, t in zip(guesses(side, release, frequency), side, strict=True))
        for side in (victims, others)
    )
    return Tally(ours, len(victims), theirs, len(others), baseline)


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


SINGLING_OUT_RISK = RiskAttack(
    "singling_out",
    "predicates",
    "descriptions that fit one released row alone fit one {side} subject alone",
    count_singled_out,
)
SINGLING_OUT = Attack(
    title="Singling out",
    asks="Does a description that fits one released row alone fit one train subject alone?",
    order=70,
    run=SINGLING_OUT_RISK.run,
    titles={"singling_out/predicates": "Descriptions that fit one row"},
    stages=ALL_BUT_POSITIVE,
    answers={"Singling out": "singling_out/*"},
)
LINKABILITY_RISK = RiskAttack(
    "linkability",
    "two_halves",
    "{side} subjects have both halves of what is known of them nearest to the same released row",
    count_linked,
)
LINKABILITY = Attack(
    title="Linkability",
    asks="Does the text show that two records belong to the same person?",
    order=80,
    run=LINKABILITY_RISK.run,
    titles={"linkability/two_halves": "Two halves of what is known"},
    stages=ALL_BUT_POSITIVE,
    answers={"Linkability": "linkability/*"},
)
INFERENCE_RISK = RiskAttack(
    "attribute_inference",
    "hidden_value",
    "{side} subjects have a hidden attribute rightly guessed from the released row nearest to the others",
    count_inferred,
)
INFERENCE = Attack(
    title="Attribute inference",
    asks="Does the text reveal an attribute of somebody of whom the others are known?",
    order=90,
    run=INFERENCE_RISK.run,
    titles={"attribute_inference/hidden_value": "A hidden detail"},
    stages=ALL_BUT_POSITIVE,
    answers={"Inference": "attribute_inference/*"},
)
