"""Mask plans: which units a masked-LM trainer hides, stored as spans of characters for any tokenizer.

Every kind of plan hides an expected share of exactly its rate. Plans of words, spans and collocations hide each unit
with the same probability, so the rate holds in characters and in the tokens of any tokenizer; plans that put entities
first weigh units by their cost. The 80/10/10 corruption is BERT's (Devlin et al. 2019), drawn once per unit or span.
"""

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from synth_assets.masked_lm.collocations import LONGEST, Collocations
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.spans import mean_square, random_spans
from synth_assets.masked_lm.units import Entity, grouped, is_maskable, sentence_numbers, units_of


@dataclass(frozen=True)
class Mask:
    """A hidden unit. Masks with the same `unit` number form a span and share their corruption: mask, random or keep."""

    start: int
    end: int
    kind: str
    unit: int
    corruption: str


class Atom(NamedTuple):
    """Units that are hidden together: their cost in any measure, whether they hold an entity, and their sentence."""

    cost: int
    is_entity: bool
    sentence: int


def make_plan(
    text: str,
    entities: Sequence[Entity],
    policy: PlanPolicy,
    rng: random.Random,
    collocations: Collocations | None = None,
) -> list[Mask]:
    """A plan whose expected share of hidden maskable characters is exactly `policy.rate`.

    The plan of the kind "token" is empty: its tokens are drawn when the plan is rendered for a tokenizer.

    Args:
        text: masked text.
        entities: entities of the text, sorted.
        policy: the kind of the plan and its settings.
        rng: source of every draw.
        collocations: vocabulary of the corpus; needed only for the kind "pmi".
    """
    if policy.kind == "token":
        return []
    maskable = [unit for unit in units_of(text, entities) if is_maskable(unit, policy.punctuation)]
    links = collocations.links(text, maskable) if collocations and policy.kind == "pmi" else []
    parts = grouped(len(maskable), links)
    sentences = sentence_numbers(text, maskable)
    atoms = [
        Atom(sum(maskable[i].length for i in part), maskable[part.start].is_entity, sentences[part.start])
        for part in parts
    ]
    masks = []
    for number, group in enumerate(choose(atoms, policy, policy.rate, rng)):
        corruption = draw_corruption(policy, rng)
        hidden = (maskable[i] for place in group for i in parts[place])
        masks += [Mask(unit.start, unit.end, unit.kind, number, corruption) for unit in hidden]
    return masks


def choose(atoms: Sequence[Atom], policy: PlanPolicy, rate: float, rng: random.Random) -> list[range]:
    """Draw the hidden atoms, as sorted groups that share their corruption; their expected cost is rate * total cost."""
    if policy.kind == "span":
        return random_spans([atom.sentence for atom in atoms], rate, policy, rng)
    chosen = _entities_first(atoms, rate, rng) if policy.kind == "entity" else _sample(range(len(atoms)), rate, rng)
    return [range(i, i + 1) for i in sorted(chosen)]


def draw_corruption(policy: PlanPolicy, rng: random.Random) -> str:
    """Draw how a hidden unit is shown: mask, random or keep."""
    draw = rng.random()
    if draw < policy.mask_share:
        return "mask"
    return "random" if draw < policy.mask_share + policy.random_share else "keep"


def rate_at(policy: PlanPolicy, epoch: int, epochs: int) -> float:
    """The rate of an epoch: constant, or linear from `rate` in the first epoch to `rate_end` in the last and beyond.

    A falling rate follows Ankner et al. 2024.
    """
    if policy.rate_end is None or epochs < 2:
        return policy.rate
    return policy.rate + (policy.rate_end - policy.rate) * min(1.0, epoch / (epochs - 1))


def seed_of(seed: int, document: str, epoch: int) -> int:
    """The seed of a document's masks in one epoch; workers and batches do not change it."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{epoch}|{document}".encode()).digest()[:16])


def maskable_lengths(text: str, entities: Sequence[Entity], punctuation: bool = False) -> list[int]:
    """Characters of each unit that a plan could hide."""
    return [unit.length for unit in units_of(text, entities) if is_maskable(unit, punctuation)]


def maskable_characters(text: str, entities: Sequence[Entity], punctuation: bool = False) -> int:
    """Number of characters that a plan could hide."""
    return sum(maskable_lengths(text, entities, punctuation))


def variance_bound(policy: PlanPolicy, squares: float) -> float:
    """An upper bound of the variance of the hidden cost.

    Units of one group are hidden together, which multiplies the variance of single units by at most
    E[size^2] / E[size]; entities have probabilities of their own.

    Args:
        policy: the policy of the plans.
        squares: the sum of the squared costs of all units.
    """
    if policy.kind == "token":
        return 0.0
    single = 0.25 if policy.kind == "entity" else policy.rate * (1 - policy.rate)
    return single * squares * {"span": mean_square(policy), "pmi": LONGEST}.get(policy.kind, 1.0)


def _entities_first(atoms: Sequence[Atom], rate: float, rng: random.Random) -> list[int]:
    """All entities and a sample of the rest; if entities alone exceed the budget, only a sample of entities."""
    named = [i for i, atom in enumerate(atoms) if atom.is_entity]
    rest = [i for i, atom in enumerate(atoms) if not atom.is_entity]
    cost, others = sum(atoms[i].cost for i in named), sum(atoms[i].cost for i in rest)
    budget = rate * (cost + others)
    if cost > budget:
        return _sample(named, budget / cost, rng)
    return named + _sample(rest, (budget - cost) / max(1, others), rng)


def _sample(places: Sequence[int], share: float, rng: random.Random) -> list[int]:
    """A sample in which each place has probability `share`; its size is rounded up or down at random."""
    wanted = share * len(places)
    number = math.floor(wanted)
    number += rng.random() < wanted - number
    return rng.sample(places, min(number, len(places)))
