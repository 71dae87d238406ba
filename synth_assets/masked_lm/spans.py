"""Random spans of units: lengths follow a given law, and the expected cover is exact.

Lengths are geometric and at most `span_max` (SpanBERT, Joshi et al. 2020). Stopping at a budget would favor short
spans, and cutting the last span would add more of them. Here lengths are a stationary renewal process on [0, budget):
the first start is drawn from the equilibrium law, and every span that starts inside the budget is kept whole. Then the
expected number of spans of each length is proportional to the law, and the expected sum is the budget (Cox 1962,
Renewal Theory, section 4.3). Placed on a circle with a random rotation, every unit is hidden with the same probability.
"""

import math
import random
from collections.abc import Iterator, Sequence
from functools import cache

from synth_assets.masked_lm.policy import PlanPolicy


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
