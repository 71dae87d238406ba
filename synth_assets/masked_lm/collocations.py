"""Collocations of a corpus: word n-grams that a mask plan treats as one unit (PMI-masking, Levine et al. 2021).

PMI_n(w1..wn) = min over segmentations s of w1..wn of log p(w1..wn) / prod p(s_i), with n from 2 to 5. N-grams are
ranked for each n apart and taken from the rankings in the authors' shares. Give it masked text only: entities end an
n-gram, so that no surrogate is part of one.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate

from synth_assets.masked_lm.units import WORD, Entity, Unit, segments, units
from synth_assets.masking.policy import PlanPolicy

LONGEST = 5
_SHARES = {2: 0.5, 3: 0.25, 4: 0.125, 5: 0.125}

Gram = tuple[str, ...]


class Collocations:
    """A vocabulary of n-grams of folded words."""

    def __init__(self, grams: Iterable[Gram]) -> None:
        self.grams = frozenset(grams)

    @classmethod
    def learn(cls, documents: Iterable[tuple[str, Sequence[Entity]]], policy: PlanPolicy) -> "Collocations":
        """The vocabulary of a corpus of (masked text, its entities).

        N-grams of at least `pmi_min_count` occurrences and a positive PMI_n, the best of each n in the shares 50, 25,
        12.5 and 12.5 %, as many as make `pmi_coverage` of the words part of one.
        """
        return cls.of_runs([run for text, entities in documents for run in word_runs(text, entities)], policy)

    @classmethod
    def of_runs(cls, runs: Iterable[Sequence[str]], policy: PlanPolicy) -> "Collocations":
        """`learn`, of the `word_runs` of all documents; they are gone through six times."""
        ranks = _ranks(_counts(runs, policy.pmi_min_count))
        limit = _limit(runs, ranks, policy.pmi_coverage)
        return cls(gram for gram, rank in ranks.items() if rank <= limit)

    def links(self, text: str, found: Sequence[Unit]) -> list[tuple[int, int]]:
        """(first, last) unit of each collocation of a text, from the left, the longest first."""
        segment = segments(text, found)
        words = [text[unit.start : unit.end].casefold() if unit.kind == WORD else "" for unit in found]
        apart = [not _adjacent(text, found, segment, i) for i in range(len(found))]
        links = []
        at = 0
        while at < len(found):
            end = at + 1
            while end < min(len(found), at + LONGEST) and not apart[end]:
                end += 1
            while end > at + 1 and tuple(words[at:end]) not in self.grams:
                end -= 1
            if end > at + 1:
                links.append((at, end - 1))
            at = end
        return links


def _adjacent(text: str, found: Sequence[Unit], segment: Sequence[int], i: int) -> bool:
    """Whether unit i is a word that follows another word of its sentence after nothing but white space."""
    if i == 0 or found[i].kind != WORD or found[i - 1].kind != WORD or segment[i] != segment[i - 1]:
        return False
    return text[found[i - 1].end : found[i].start].isspace()


def word_runs(text: str, entities: Sequence[Entity]) -> list[list[str]]:
    """Folded words that follow each other after nothing but white space."""
    found = units(text, entities)
    segment = segments(text, found)
    runs: list[list[str]] = []
    for i, unit in enumerate(found):
        if unit.kind == WORD:
            if not _adjacent(text, found, segment, i):
                runs.append([])
            runs[-1].append(text[unit.start : unit.end].casefold())
    return runs


def _counts(runs: Iterable[Sequence[str]], least: int) -> dict[Gram, tuple[int, int]]:
    """Occurrences of each n-gram, and of all n-grams of that n; beyond single words only what reaches `least`.

    An n-gram is counted only where both its (n-1)-grams were frequent, so that memory stays that of frequent n-grams.
    """
    known: dict[Gram, tuple[int, int]] = {}
    for n in range(1, LONGEST + 1):
        found: Counter[Gram] = Counter()
        positions = 0
        for run in runs:
            positions += max(0, len(run) - n + 1)
            grams = (tuple(run[i : i + n]) for i in range(len(run) - n + 1))
            found.update(g for g in grams if n == 1 or (g[:-1] in known and g[1:] in known))
        known |= {gram: (count, positions) for gram, count in found.items() if count >= least}
    return known


def pmi(gram: Gram, log_p: Callable[[Gram], float]) -> float:
    """PMI_n in nats: the least gain of the n-gram over any way to divide it (Levine et al. 2021, equation 3)."""

    @cache
    def best(part: Gram) -> float:
        return max([log_p(part), *divided(part)])

    def divided(part: Gram) -> list[float]:
        return [log_p(part[:i]) + best(part[i:]) for i in range(1, len(part))]

    return log_p(gram) - max(divided(gram))


def _ranks(counts: dict[Gram, tuple[int, int]]) -> dict[Gram, float]:
    """The size a vocabulary of the authors' shares must have for the n-gram to be in it."""

    def log_p(gram: Gram) -> float:
        count, positions = counts[gram]
        return math.log(count / positions)

    scored = sorted((-pmi(gram, log_p), gram) for gram in counts if len(gram) > 1)
    ranks: dict[Gram, float] = {}
    place: Counter[int] = Counter()
    for score, gram in scored:
        if score < 0:
            place[len(gram)] += 1
            ranks[gram] = place[len(gram)] / _SHARES[len(gram)]
    return ranks


def _limit(runs: Iterable[Sequence[str]], ranks: dict[Gram, float], coverage: float) -> float:
    """The size at which the share of words that are part of an n-gram reaches `coverage`."""
    first: Counter[float] = Counter()
    for run in runs:
        enters = [math.inf] * len(run)
        for n in _SHARES:
            for i in range(len(run) - n + 1):
                rank = ranks.get(tuple(run[i : i + n]))
                if rank is not None:
                    enters[i : i + n] = [min(rank, known) for known in enters[i : i + n]]
        first.update(enters)
    wanted = math.ceil(coverage * first.total())
    if not wanted:
        return 0.0
    sizes = sorted(first)
    return sizes[bisect_left(list(accumulate(first[size] for size in sizes)), wanted)]
