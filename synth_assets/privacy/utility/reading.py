"""Measures what count-based models learn from the words of a stage, with the same number of words for all stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.tokens import TokenStream, fold, tokenize
from synth_assets.privacy.utility.intervals import GROUPS, Figure, jackknife, shares
from synth_assets.privacy.utility.ngrams import MASKED_WORD, NEXT_WORD, Pattern, guessed
from synth_assets.privacy.utility.pools import HEAD_WORDS, Pools

_ASKED_SHARE = 4
"""The holdout has at most 1 / this many of the words read."""


@dataclass(frozen=True, eq=False)
class Words:
    """The first words of a pool; `subject`: subject number of each text in `stream`."""

    stream: TokenStream
    subject: "np.ndarray"

    @classmethod
    def of(cls, passages: Sequence[Passage], limit: int) -> "Words":
        """Read subject by subject, in the order of `passages`, up to `limit` words in total.

        A subject contributes at most `HEAD_WORDS`, so that the same number of words comes from about the same number
        of subjects, whether a stage has one long text or several short ones per subject.
        """
        by_subject: dict[str, list[str]] = {}
        for passage in passages:
            by_subject.setdefault(passage.subject, []).append(passage.text)
        portions: list[list[str]] = []
        subject: list[int] = []
        total = 0
        for number, texts in enumerate(by_subject.values()):
            left = min(HEAD_WORDS, limit - total)
            for text in texts:
                if left <= 0:
                    break
                portions.append(fold(text)[:left])
                subject.append(number)
                left -= len(portions[-1])
                total += len(portions[-1])
        return cls(tokenize([" ".join(words) for words in portions]), np.array(subject, dtype=np.int64))

    @property
    def count(self) -> int:
        """Total number of words."""
        return len(self.stream.ids)


@dataclass(frozen=True, eq=False)
class Reading:
    """Equal numbers of words from each stage and from public text, and the holdout to test on."""

    stages: Mapping[str, Words]
    public: Words | None
    holdout: Words
    words: int
    confidence: float

    @classmethod
    def of(cls, pools: Pools, words: int, confidence: float) -> "Reading":
        """Limit all to the words of the smallest stage or of the public text, and to `words`."""
        used = {stage: pool for stage, pool in pools.stages.items() if pool.passages}
        offered = [*used.values(), *([pools.public] if pools.public.passages else [])]
        matched = min([words, *(Words.of(pool.passages, words).count for pool in offered)])
        return cls(
            {stage: Words.of(pool.passages, matched) for stage, pool in used.items()},
            Words.of(pools.public.passages, matched) if pools.public.passages else None,
            Words.of(pools.holdout.passages, words // _ASKED_SHARE),
            matched,
            confidence,
        )

    def figures(self, arm: Words) -> dict[str, Figure]:
        """The available ones of next_word_accuracy, masked_word_accuracy, vocabulary_coverage and distinct_2."""
        figures = {
            "next_word_accuracy": self._accuracy(arm, NEXT_WORD),
            "masked_word_accuracy": self._accuracy(arm, MASKED_WORD),
            "vocabulary_coverage": self._coverage(arm),
            "distinct_2": distinct(arm, 2, self.confidence),
        }
        return {name: figure for name, figure in figures.items() if figure is not None}

    def _accuracy(self, arm: Words, pattern: Pattern) -> Figure | None:
        right, owner = guessed(arm.stream, self.holdout.stream, pattern)
        return self._by_subject(right, owner)

    def _coverage(self, arm: Words) -> Figure | None:
        asked = self.holdout.stream
        return self._by_subject(np.isin(asked.ids, arm.stream.ids), asked.owner)

    def _by_subject(self, right: "np.ndarray", owner: "np.ndarray") -> Figure | None:
        if not len(right):
            return None
        _, subject = np.unique(self.holdout.subject[owner], return_inverse=True)
        return shares(np.bincount(subject, weights=right), np.bincount(subject), self.confidence)


def distinct(arm: Words, width: int, confidence: float) -> Figure | None:
    """Distinct windows of `width` words among all (distinct-n, Li et al. 2016); decreases with the number of words."""
    hashes, starts = arm.stream.windows(width)
    subject = arm.subject[arm.stream.owner[starts]]
    n = len(np.unique(subject))
    if n < 2:
        return None
    group = subject % min(GROUPS, n)
    without = [_distinct_share(hashes[group != g]) for g in np.unique(group)]
    return jackknife(_distinct_share(hashes), without, n, confidence)


def _distinct_share(hashes: "np.ndarray") -> float:
    return len(np.unique(hashes)) / len(hashes)
