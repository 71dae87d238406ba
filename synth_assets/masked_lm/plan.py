"""Mask plans: which units a masked-LM trainer hides, stored as spans of characters for any tokenizer.

Every kind of plan hides an expected share of exactly its rate. Plans of words, spans and collocations hide each unit
with the same probability, so the rate holds in characters and in the tokens of any tokenizer; plans that put entities
first weigh units by their cost. The 80/10/10 corruption is BERT's (Devlin et al. 2019), drawn once per unit or span.

Lengths of spans are geometric and at most `span_max` (SpanBERT, Joshi et al. 2020). Stopping at a budget would favor
short spans, and cutting the last span would add more of them. Here lengths are a stationary renewal process on
[0, budget): the first start is drawn from the equilibrium law, and every span that starts inside the budget is kept
whole. Then the expected number of spans of each length is proportional to the law, and the expected sum is the budget
(Cox 1962, Renewal Theory, section 4.3). Placed on a circle with a random rotation, every unit is hidden with the same
probability.
"""

import hashlib
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from synth_assets.masked_lm.collocations import LONGEST, Collocations
from synth_assets.masked_lm.policy import PlanPolicy
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


@cache
def length_law(p: float, longest: int, law: str) -> tuple[float, ...]:
    """Probabilities of the lengths 1 to `longest`.

    Args:
        p: parameter of the geometric law, (1-p)^(k-1) p.
        longest: the longest length.
        law: "clipped" counts longer draws as `longest` (mean 4.46 for .2 and 10); "truncated" draws them again, as
            SpanBERT's code does (mean 3.80).
    """
    weights = [p * (1 - p) ** (k - 1) for k in range(1, longest + 1)]
    if law == "clipped":
        weights[-1] = (1 - p) ** (longest - 1)
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def mean_square(policy: PlanPolicy) -> float:
    """E[length^2] / E[length] of the policy's law."""
    law = length_law(policy.span_p, policy.span_max, policy.span_law)
    return sum(k * k * share for k, share in enumerate(law, 1)) / sum(k * share for k, share in enumerate(law, 1))


def longest_span(count: int, rate: float, span_max: int) -> int:
    """The longest span in a text of `count` units: at most its budget, and at most the units that stay visible."""
    budget = rate * count
    return max(1, min(span_max, math.ceil(budget), math.floor(count - budget)))


def draw_lengths(count: int, rate: float, policy: PlanPolicy, rng: random.Random) -> list[int]:
    """Lengths of the spans of a text of `count` units; their expected sum is rate * count."""
    longest = longest_span(count, rate, policy.span_max)
    law = length_law(policy.span_p, longest, policy.span_law)
    choices = range(1, longest + 1)
    straddling = rng.choices(choices, [k * share for k, share in zip(choices, law, strict=True)])[0]
    start = rng.random() * straddling
    lengths: list[int] = []
    while start < rate * count:
        lengths.append(rng.choices(choices, law)[0])
        start += lengths[-1]
    return lengths


def random_spans(sentences: Sequence[int], rate: float, policy: PlanPolicy, rng: random.Random) -> list[range]:
    """Sorted spans of units; a span that would cross the end of a sentence becomes two.

    Args:
        sentences: the number of the sentence of each unit, shape (n,).
        rate: the exact probability that a unit is hidden.
        policy: `span_p`, `span_max`, `span_law`.
        rng: source of every draw.
    """
    if not sentences:
        return []
    placed = _placed(draw_lengths(len(sentences), rate, policy, rng), len(sentences), rng)
    return sorted((part for span in placed for part in split_span(span, sentences)), key=lambda part: part.start)


def split_span(span: range, sentences: Sequence[int]) -> Iterator[range]:
    """The parts of a span on the circle of units, split where a sentence or the text ends."""
    count = len(sentences)
    first = span.start
    for at in range(span.start + 1, span.stop + 1):
        if at == span.stop or at % count == 0 or sentences[at % count] != sentences[(at - 1) % count]:
            yield range(first % count, (at - 1) % count + 1)
            first = at


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


def _placed(lengths: Sequence[int], count: int, rng: random.Random) -> list[range]:
    """The spans on the circle of `count` units, with a gap between neighbors wherever there is room."""
    if not lengths:
        return []
    free = count - sum(lengths)
    least = int(free >= len(lengths))
    extra = free - least * len(lengths)
    bars = sorted(rng.sample(range(extra + len(lengths) - 1), len(lengths) - 1))
    gaps = [b - a - 1 for a, b in zip([-1, *bars], [*bars, extra + len(lengths) - 1], strict=True)]
    at = rng.randrange(count)
    spans = []
    for length, gap in zip(lengths, gaps, strict=True):
        spans.append(range(at, at + length))
        at += length + gap + least
    return spans
