"""Estimates how many identifiers the masker missed, without labels: from which detectors saw what, and by planting.

The unit is an identifier: what one document calls a person, a place or a number, however often. Linking hides all
mentions of what was found once, so an identifier is missed when no detector saw any of its mentions.

Capture-recapture asks how many units are on no list, from which lists have the others. Every estimate assumes a closed
population, no false entries and independent lists. Here families of detectors are the lists, and they are not
independent: an odd name is hard for all of them (positive dependence), which makes the estimate too low; a false find
of one of them makes it too high. It covers types that two or more families look for (`Kind.recapture`); every other
type "cannot be estimated" this way, which does not mean 0.

Planting (`planting`) measures the recall r of made-up identifiers. Of a type with n found, n (1 - r) / r were missed,
if all found are identifiers and the corpus writes them as we do. Recall in the places of detected identifiers is
optimistic, because a detector has seen something there; so the lower of the recalls there and in carrier sentences
counts.

The larger of the two estimates counts. docs/figures.md calibrates them against gold annotations.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import NamedTuple

import regex

from resources.models.protocols import EntityRecognizer
from synth_assets.masking.detection.linking import Linked
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.mentions import FAMILIES, Detector
from synth_assets.masking.missed.planting import Recall, Where, planted_recall
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.statistics.proportions import wilson

CONFIDENCE = 0.95
LEAST_SHARED = 7
"""Units on more than one list that an estimate needs: from 7 on Chapman's is all but unbiased (Robson, Regier 1964)."""
MILLION = 1_000_000
_TOKEN = regex.compile(r"\w+")


class Estimate(NamedTuple):
    """Number of unseen units with the ends of its confidence interval."""

    missed: float
    low: float
    high: float


def chapman(first_only: int, second_only: int, both: int) -> Estimate | None:
    """Unseen units from two lists: Lincoln-Petersen in Chapman's form (1951); None where too few are on both.

    f0 = (n1 + 1)(n2 + 1) / (m + 1) - 1 - seen = first_only * second_only / (m + 1), with Seber's variance (1970)
    (n1 + 1)(n2 + 1) first_only second_only / ((m + 1)^2 (m + 2)) and a log-normal interval.
    """
    if both < LEAST_SHARED:
        return None
    missed = first_only * second_only / (both + 1)
    sizes = (first_only + both + 1) * (second_only + both + 1)
    variance = sizes * first_only * second_only / ((both + 1) ** 2 * (both + 2))
    return _log_normal(missed, variance, first_only + second_only, both)


def chao(histories: Mapping[int, int]) -> Estimate | None:
    """Unseen units from three lists or more: Chao's lower bound for lists of unequal reach (1989, Biometrics 45:427).

    f0 = (f1^2 - sum Z_i^2) / (2 (f2 + 1)), with f1 and f2 the units on exactly one and two lists and Z_i those on
    list i alone; for two lists it is Chapman's. Under independence it estimates f0 itself; where units differ in how
    easily they are found, it is a lower bound of it. Variance by the delta method on Poisson counts, plus f0 for the
    unseen cell.

    Args:
        histories: set of lists (bits) -> number of units on exactly these lists. The empty set is left out of account.
    """
    alone = [count for lists, count in histories.items() if lists.bit_count() == 1]
    pairs = sum(count for lists, count in histories.items() if lists.bit_count() == 2)
    shared = sum(count for lists, count in histories.items() if lists.bit_count() >= 2)
    if shared < LEAST_SHARED:
        return None
    products = sum(a * b for a, b in combinations(alone, 2))
    missed = products / (pairs + 1)
    by_single = sum(((sum(alone) - count) / (pairs + 1)) ** 2 * count for count in alone)
    variance = by_single + products**2 * pairs / (pairs + 1) ** 4 + missed
    return _log_normal(missed, variance, sum(alone), shared)


def _log_normal(missed: float, variance: float, alone: int, shared: int) -> Estimate:
    """Interval (f0 / C, f0 * C), C = exp(z sqrt(log(1 + var / f0^2))) (Chao 1987).

    Where f0 is 0 there is no such interval: then the upper end is what the exact upper end of a miss rate of 0 of
    `shared` lets be missed beside the units that one list has alone.
    """
    tail = (1 - CONFIDENCE) / 2
    if missed == 0:
        rate = 1 - tail ** (1 / shared)
        return Estimate(0.0, 0.0, max(1, alone) * rate / (1 - rate))
    factor = math.exp(NormalDist().inv_cdf(1 - tail) * math.sqrt(math.log(1 + variance / missed**2)))
    return Estimate(missed, missed / factor, missed * factor)


@dataclass(frozen=True)
class TypeMissed:
    """One type: identifiers found, and how many were missed by either method; None where a method cannot tell.

    `recall` has the ways of planting with enough identifiers to count.
    """

    kind: str
    found: int
    captured: Estimate | None
    recall: Mapping[Where, Recall]

    @property
    def worst(self) -> Recall | None:
        """The lowest recall of a way of planting with enough identifiers."""
        return min(self.recall.values(), key=lambda result: result.found / result.planted, default=None)

    @property
    def planted(self) -> Estimate | None:
        """Missed identifiers by the recall of planted ones."""
        return by_planting(self.found, self.worst)

    @property
    def larger(self) -> Estimate | None:
        """The larger of the two estimates."""
        known = [estimate for estimate in (self.captured, self.planted) if estimate is not None]
        return max(known, default=None)


@dataclass(frozen=True)
class Missed:
    """Identifiers missed in `tokens` words of text; `sampled` documents were copied to plant identifiers."""

    tokens: int
    sampled: int
    types: tuple[TypeMissed, ...]

    @property
    def total(self) -> Estimate:
        """The larger estimates of all types that have one, added up; interval by MOVER (Zou and Donner 2008)."""
        return add(item.larger for item in self.types if item.larger is not None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Types that no method can estimate."""
        return tuple(item.kind for item in self.types if item.larger is None)

    def per_million(self, estimate: Estimate) -> Estimate:
        """The estimate for a million tokens of such text."""
        return Estimate(*(value * MILLION / max(1, self.tokens) for value in estimate))


def estimate_missed(
    documents: Iterable[tuple[str, Sequence[Linked]]],
    count: int,
    policy: MaskingPolicy,
    recognizer: EntityRecognizer,
    rng: random.Random,
) -> Missed:
    """Estimate what the masker missed; only documents that are planted in are held in memory.

    Args:
        documents: text and linked mentions of each, in an order that the data decide; read once.
        count: their number.
        policy: of the masker.
        recognizer: the one that masks.
        rng: decides what is planted, and where.
    """
    size = min(policy.missed.documents, count)
    chosen: dict[int, tuple[str, Sequence[Linked]] | None] = dict.fromkeys(rng.sample(range(count), size))
    tokens = 0

    def mentions() -> Iterator[Sequence[Linked]]:
        nonlocal tokens
        for place, (text, items) in enumerate(documents):
            tokens += len(_TOKEN.findall(text))
            if place in chosen:
                chosen[place] = text, items
            yield items

    histories = capture_histories(mentions())
    found = {kind: counts.total() for kind, counts in histories.items() if policy.action_of(kind) != "keep"}
    expected = (kind.name for kind in kinds().values() if kind.expected and policy.action_of(kind.name) != "keep")
    names = sorted({*found, *expected})
    sample = [document for document in chosen.values() if document is not None]
    plantable = [name for name in names if name in kinds()]
    recall = planted_recall(sample, plantable, recognizer, policy, rng) if plantable else {}
    types = []
    for kind in names:
        own: dict[Where, Recall] = {
            where: result
            for (name, where), result in recall.items()
            if name == kind and result.planted >= policy.missed.min_planted
        }
        captured = by_recapture(kind, histories.get(kind, Counter()), policy.detectors)
        types.append(TypeMissed(kind, found.get(kind, 0), captured, own))
    return Missed(tokens, len(sample), tuple(types))


def capture_histories(linked: Iterable[Sequence[Linked]]) -> dict[str, Counter[int]]:
    """By type, how many identifiers were seen by exactly which families (bits of `FAMILIES`)."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for items in linked:
        seen: dict[int, tuple[str, int]] = {}
        for mention, entity in items:
            kind, families = seen.get(entity, (mention.type, 0))
            seen[entity] = kind, families | mention.seen
        for kind, families in seen.values():
            counts[kind][families] += 1
    return counts


def by_recapture(kind: str, histories: Mapping[int, int], detectors: Sequence[Detector]) -> Estimate | None:
    """The larger of Chapman's estimate (rules against the model) and, from three families on, Chao's."""
    lists = [FAMILIES[name] for name in (kinds()[kind].recapture if kind in kinds() else ()) if name in detectors]
    if len(lists) < 2:
        return None
    reach = sum(lists)
    seen: Counter[int] = Counter()
    for families, count in histories.items():
        if families & reach:
            seen[families & reach] += count
    second = FAMILIES["ner"] if FAMILIES["ner"] in lists else lists[-1]
    first_only = sum(count for families, count in seen.items() if not families & second)
    second_only = seen[second]
    pair = chapman(first_only, second_only, seen.total() - first_only - second_only)
    known = [pair, chao(seen) if len(lists) > 2 else None]
    return max((estimate for estimate in known if estimate is not None), default=None)


def by_planting(found: int, worst: Recall | None) -> Estimate | None:
    """Missed beside n = `found` identifiers: n (1 - r) / r, r the recall of planted ones with its Wilson interval.

    For n = 0 the estimate is 0, and its upper end what would stay unseen altogether in 1 of 40 corpora. None without
    recall, and for n = 0 where half of the planted ones or more were missed.
    """
    if worst is None:
        return None
    ends = wilson(worst.found, worst.planted, CONFIDENCE)
    if not found:
        most = math.log(2 / (1 - CONFIDENCE))
        return Estimate(0.0, 0.0, most * (1 - ends.low) / ends.low) if 2 * worst.found > worst.planted else None
    # Where none of the planted ones was found, half of one is taken for found (Haldane 1956).
    rate, least = max(worst.found, 0.5) / worst.planted, 0.5 / worst.planted
    return Estimate(*(found * (1 - r) / max(r, least) for r in (rate, ends.high, ends.low)))


def add(estimates: Iterable[Estimate]) -> Estimate:
    """Sum of independent estimates: each end is as far away as the root of the squared distances of the parts."""
    parts = list(estimates)
    total = sum(part.missed for part in parts)
    below = math.sqrt(sum((part.missed - part.low) ** 2 for part in parts))
    above = math.sqrt(sum((part.high - part.missed) ** 2 for part in parts))
    return Estimate(total, max(0.0, total - below), total + above)
