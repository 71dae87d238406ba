"""Singling out (WP216): does a description that fits exactly one released row fit exactly one train subject?

Attack of Giomi et al. 2023. The attacker sees the release only: of each row it takes one to three attribute
values that no other row has together. The control tests the same descriptions on as many holdout subjects.
"""

import random
from collections.abc import Mapping, Sequence

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.persons.risk import RiskAttack, Tally
from synth_assets.privacy.evidence.attributes import Attribute, Table, postings
from synth_assets.privacy.stages import ALL_BUT_POSITIVE

_MOST = 3
_TRIES = 8

Predicate = tuple[Attribute, ...]
Postings = Mapping[Attribute, frozenset[int]]


def count(release: Table, train: Table, holdout: Table) -> Tally:
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


RISK = RiskAttack(
    "singling_out", "predicates", "descriptions that fit one released row alone fit one {side} subject alone", count
)
ATTACK = Attack(
    title="Singling out",
    asks="Does a description that fits one released row alone fit one train subject alone?",
    order=70,
    run=RISK.run,
    titles={"singling_out/predicates": "Descriptions that fit one row"},
    stages=ALL_BUT_POSITIVE,
    answers={"Singling out": "singling_out/*"},
)
