"""Collocations of a corpus: word n-grams that a mask plan treats as one unit (PMI-masking, Levine et al. 2021).

PMI_n(w1..wn) = min over segmentations s of w1..wn of log p(w1..wn) / prod p(s_i), with n from 2 to 5. N-grams of each
n are ranked apart and taken from the rankings in the authors' shares. Learn them from masked text only: an entity ends
an n-gram, so no surrogate is part of one.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate

from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.units import WORD, Entity, Unit, sentence_numbers, units_of

LONGEST = 5
_SHARES = {2: 0.5, 3: 0.25, 4: 0.125, 5: 0.125}

Gram = tuple[str, ...]


class Collocations:
    """A vocabulary of n-grams of casefolded words."""

    def __init__(self, grams: Iterable[Gram]) -> None:
        self.grams = frozenset(grams)

    @classmethod
    def learn(cls, runs: Iterable[Sequence[str]], policy: PlanPolicy) -> "Collocations":
        """The vocabulary of the `word_runs` of all documents, which are iterated six times.

        Candidates are n-grams with at least `pmi_min_count` occurrences and a positive PMI_n. The best of each n are
        taken in the shares 50, 25, 12.5 and 12.5 %, until `pmi_coverage` of the words are part of an n-gram.
        """
        ranks = _ranks(_counts(runs, policy.pmi_min_count))
        limit = _limit(runs, ranks, policy.pmi_coverage)
        return cls(gram for gram, rank in ranks.items() if rank <= limit)

    def links(self, text: str, units: Sequence[Unit]) -> list[tuple[int, int]]:
        """The (first, last) units of each collocation of a text: from the left, the longest first."""
        adjacent = _adjacent(text, units)
        words = [text[unit.start : unit.end].casefold() if unit.kind == WORD else "" for unit in units]
        links = []
        at = 0
        while at < len(units):
            end = at + 1
            while end < min(len(units), at + LONGEST) and adjacent[end]:
                end += 1
            while end > at + 1 and tuple(words[at:end]) not in self.grams:
                end -= 1
            if end > at + 1:
                links.append((at, end - 1))
            at = end
        return links


def word_runs(text: str, entities: Sequence[Entity]) -> list[list[str]]:
    """Casefolded words of a text, in runs of words with nothing but white space between them."""
    units = units_of(text, entities)
    runs: list[list[str]] = []
    for unit, follows in zip(units, _adjacent(text, units), strict=True):
        if unit.kind == WORD:
            if not follows:
                runs.append([])
            runs[-1].append(text[unit.start : unit.end].casefold())
    return runs


def pmi(gram: Gram, log_p: Callable[[Gram], float]) -> float:
    """PMI_n in nats: the least gain of the n-gram over any way to divide it (Levine et al. 2021, equation 3)."""

    @cache
    def best(part: Gram) -> float:
        return max([log_p(part), *divided(part)])

    def divided(part: Gram) -> list[float]:
        return [log_p(part[:i]) + best(part[i:]) for i in range(1, len(part))]

    return log_p(gram) - max(divided(gram))


def _adjacent(text: str, units: Sequence[Unit]) -> list[bool]:
    """Whether each unit is a word that follows another word of its sentence after nothing but white space."""
    sentences = sentence_numbers(text, units)
    return [
        i > 0
        and unit.kind == units[i - 1].kind == WORD
        and sentences[i] == sentences[i - 1]
        and text[units[i - 1].end : unit.start].isspace()
        for i, unit in enumerate(units)
    ]


def _counts(runs: Iterable[Sequence[str]], least: int) -> dict[Gram, tuple[int, int]]:
    """Occurrences of each n-gram that has at least `least`, and of all n-grams of that n.

    An n-gram is counted only if both of its (n-1)-grams are frequent, so memory stays that of frequent n-grams.
    """
    known: dict[Gram, tuple[int, int]] = {}
    for n in range(1, LONGEST + 1):
        counts: Counter[Gram] = Counter()
        positions = 0
        for run in runs:
            positions += max(0, len(run) - n + 1)
            grams = (tuple(run[i : i + n]) for i in range(len(run) - n + 1))
            counts.update(g for g in grams if n == 1 or (g[:-1] in known and g[1:] in known))
        known |= {gram: (count, positions) for gram, count in counts.items() if count >= least}
    return known


def _ranks(counts: dict[Gram, tuple[int, int]]) -> dict[Gram, float]:
    """The size that a vocabulary of the authors' shares must have to include the n-gram."""

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
    """The size of the vocabulary at which the share of words that are part of an n-gram reaches `coverage`."""
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
