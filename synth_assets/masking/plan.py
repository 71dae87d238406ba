"""Mask plans: which characters a masked-LM trainer hides, stored as spans so that any tokenizer can use them.

Units are words, numbers and whole entities; how a tokenizer's ids are masked belongs to `render`.
Span lengths follow SpanBERT (Joshi et al. 2020), the 80/10/10 corruption BERT (Devlin et al. 2019).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from synth_assets.masking.policy import PlanPolicy

_UNIT = regex.compile(
    r"(?P<atomic>https?://[^\s<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\[[A-Z]+(?:_[A-Z]+)*_\d+\])"
    r"|(?P<number>\p{N}+(?:[.,:/-]\p{N}+)*%?)"
    r"|(?P<word>\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)?)"
    r"|(?P<punct>[^\s\p{L}\p{N}])"
)
_BREAK = regex.compile(r"[.!?…。]\s|\n")
_TRIES = 20


@dataclass(frozen=True)
class Unit:
    """Characters that are masked together or not at all."""

    start: int
    end: int
    kind: str

    @property
    def cost(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Mask:
    """A hidden unit; masks of one `unit` number form a span and share their corruption: mask, random or keep."""

    start: int
    end: int
    kind: str
    unit: int
    corruption: str


def units(text: str, entities: Sequence[tuple[int, int, str]] = ()) -> list[Unit]:
    """Units of a text, left to right; `entities` are (start, end, type), sorted, and are never split."""
    found: list[Unit] = []
    done = 0
    for start, end, kind in entities:
        found += _plain_units(text, done, start)
        if start < end:
            found.append(Unit(start, end, f"entity:{kind}"))
        done = max(done, end)
    return found + _plain_units(text, done, len(text))


def _plain_units(text: str, start: int, end: int) -> list[Unit]:
    return [Unit(m.start(), m.end(), str(m.lastgroup)) for m in _UNIT.finditer(text, start, end)]


def make_plan(
    text: str, entities: Sequence[tuple[int, int, str]], policy: PlanPolicy, rng: random.Random
) -> list[Mask]:
    """A plan whose expected share of hidden maskable characters is exactly `policy.rate`."""
    maskable = [unit for unit in units(text, entities) if unit.kind != "punct"]
    budget = policy.rate * sum(unit.cost for unit in maskable)
    groups = _spans(text, maskable, budget, policy, rng) if policy.kind == "span" else []
    groups = _fill_up(maskable, groups, budget, rng)
    masks = []
    for number, group in enumerate(sorted(groups)):
        corruption = _corruption(policy, rng)
        masks += [Mask(maskable[i].start, maskable[i].end, maskable[i].kind, number, corruption) for i in group]
    return masks


def maskable_characters(text: str, entities: Sequence[tuple[int, int, str]]) -> int:
    """Characters a plan could hide."""
    return sum(unit.cost for unit in units(text, entities) if unit.kind != "punct")


def _spans(
    text: str, maskable: Sequence[Unit], budget: float, policy: PlanPolicy, rng: random.Random
) -> list[list[int]]:
    """Separate spans of geometric length as long as whole spans fit the budget."""
    segment = _segments(text, maskable)
    taken: set[int] = set()
    groups: list[list[int]] = []
    spent = 0
    while maskable:
        span = _draw_span(len(maskable), segment, taken, policy, rng)
        cost = sum(maskable[i].cost for i in span)
        if not span or spent + cost > budget:
            break
        groups.append(span)
        taken.update(span)
        spent += cost
    return groups


def _draw_span(
    count: int, segment: Sequence[int], taken: set[int], policy: PlanPolicy, rng: random.Random
) -> list[int]:
    """Unit numbers of a free span that touches no other and crosses no sentence end; [] after 20 tries."""
    for _ in range(_TRIES):
        length = 1
        while length < policy.span_max and rng.random() > policy.span_p:
            length += 1
        start = rng.randrange(count)
        span = [i for i in range(start, min(start + length, count)) if segment[i] == segment[start]]
        if not any(i in taken for i in range(span[0] - 1, span[-1] + 2)):
            return span
    return []


def _fill_up(maskable: Sequence[Unit], groups: list[list[int]], budget: float, rng: random.Random) -> list[list[int]]:
    """Single units in random order up to the budget; the one that crosses it is kept with the missing share."""
    taken = {i for group in groups for i in group}
    missing = budget - sum(maskable[i].cost for i in taken)
    rest = [i for i in range(len(maskable)) if i not in taken]
    rng.shuffle(rest)
    for i in rest:
        cost = maskable[i].cost
        if cost <= missing or rng.random() < missing / cost:
            groups.append([i])
        missing -= cost
        if missing <= 0:
            break
    return groups


def _segments(text: str, maskable: Sequence[Unit]) -> list[int]:
    """The number of the sentence or line each unit lies in."""
    breaks: Iterator[int] = (match.start() for match in _BREAK.finditer(text))
    numbers, number = [], 0
    following = next(breaks, None)
    for unit in maskable:
        while following is not None and following < unit.start:
            number += 1
            following = next(breaks, None)
        numbers.append(number)
    return numbers


def _corruption(policy: PlanPolicy, rng: random.Random) -> str:
    draw = rng.random()
    if draw < policy.mask_share:
        return "mask"
    return "random" if draw < policy.mask_share + policy.random_share else "keep"
