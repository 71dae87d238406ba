"""Measures what models learn from the text of a stage: a topic classifier and count-based models of words.

All stages train with the same number of examples or words, so that more rows are no advantage. The word models use
interpolated absolute discounting (Ney, Essen and Kneser 1994), in which a rare context falls back on the next coarser
one. Only the most likely word is needed, which is found exactly without scoring the whole vocabulary.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.tokens import TokenStream, fold, tokenize
from synth_assets.privacy.utility.intervals import GROUPS, Figure, jackknife, shares
from synth_assets.privacy.utility.pools import CONTROL, FEWEST, HEAD_WORDS, PUBLIC, PURPOSE, Pool, Pools, head
from synth_assets.text.draws import order_key

_SEEDS = 5
_TOPICS = 20
_STRENGTH = 10.0
_ASKED_SHARE = 4
"""The holdout has at most 1 / this many of the words read."""
_DISCOUNT = 0.75


@dataclass(frozen=True, eq=False)
class Exam:
    """Labeled pools of the stages, the number of training examples of each, and the labeled holdout.

    `floor`: accuracy of always predicting the most frequent topic of the stages.
    """

    stages: Mapping[str, Pool]
    size: int
    texts: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    floor: Figure | None
    confidence: float

    @classmethod
    def of(cls, pools: Pools, sample: int, confidence: float) -> "Exam":
        """Keep texts with one of the 20 most frequent labels of the holdout.

        At most `sample` texts are used for training and as many for testing.
        """
        topics = frozenset(_most_frequent([pools.holdout.labels.get(p.id) for p in pools.holdout.passages], _TOPICS))
        able = {stage: _about(pool, topics) for stage, pool in pools.arms.items()}  # the others have no labels
        able = {stage: pool for stage, pool in able.items() if _teaches(pool)}
        asked = _about(pools.holdout, topics).passages[:sample]
        if len(asked) < FEWEST or not able:
            return cls({}, 0, (), (), None, confidence)
        labels = tuple(pools.holdout.labels[p.id] for p in asked)
        taught = [pool.labels[p.id] for pool in able.values() for p in pool.passages]
        (favorite,) = _most_frequent(taught, 1)
        right = np.array([label == favorite for label in labels])
        return cls(
            able,
            min([sample, *(len(pool.passages) for pool in able.values())]),
            tuple(tuple(fold(head(p.text))) for p in asked),
            labels,
            shares(right, np.ones(len(right)), confidence),
            confidence,
        )

    def figures(self, arm: str) -> dict[str, Figure]:
        """topic_accuracy on the holdout, averaged over 5 draws of training examples; the floor for `PUBLIC`."""
        if arm == PUBLIC and self.floor:
            return {"topic_accuracy": self.floor}
        if arm not in self.stages:
            return {}
        truth = np.array(self.labels)
        right = [self._taught(self.stages[arm], seed) == truth for seed in range(_SEEDS)]
        return {"topic_accuracy": shares(np.stack(right), np.ones(len(truth)), self.confidence)}

    def _taught(self, pool: Pool, seed: int) -> "np.ndarray":
        """Predictions of a TF-IDF and logistic regression classifier after one draw of training examples."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        order = {p: (order_key(f"{PURPOSE}.topics", str(seed), p.id), p.text) for p in pool.passages}
        drawn = sorted(pool.passages, key=order.__getitem__)[: self.size]
        labels = [pool.labels[p.id] for p in drawn]
        if len(set(labels)) < 2:
            return np.full(len(self.texts), labels[0])
        vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True)
        model = LogisticRegression(C=_STRENGTH, max_iter=300, tol=1e-3)
        model.fit(vectorizer.fit_transform([fold(head(p.text)) for p in drawn]), labels)
        return np.asarray(model.predict(vectorizer.transform(self.texts)))


def _most_frequent(labels: Sequence[str | None], count: int) -> list[str]:
    votes = Counter(label for label in labels if label is not None)
    return sorted(votes, key=lambda label: (-votes[label], label))[:count]


def _about(pool: Pool, topics: frozenset[str]) -> Pool:
    return Pool(tuple(p for p in pool.passages if pool.labels.get(p.id) in topics), pool.labels)


def _teaches(pool: Pool) -> bool:
    return len(pool.passages) >= FEWEST and len({pool.labels[p.id] for p in pool.passages}) >= 2


@dataclass(frozen=True)
class Pattern:
    """Positions of the guessed word and its contexts in a window of `width` words.

    `target`: offset of the guessed word. `chain`: offsets of the contexts, coarse to fine, each containing
    the one before.
    """

    width: int
    target: int
    chain: tuple[tuple[int, ...], ...]


NEXT_WORD = Pattern(width=3, target=2, chain=((1,), (0, 1)))
MASKED_WORD = Pattern(width=5, target=2, chain=((1,), (1, 3), (0, 1, 3, 4)))


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

    arms: Mapping[str, Words]
    holdout: Words
    words: int
    confidence: float

    @classmethod
    def of(cls, pools: Pools, words: int, confidence: float) -> "Reading":
        """Limit all to the words of the smallest stage or of the public text, and to `words`."""
        used = {name: pool.passages for name, pool in pools.arms.items() if pool.passages and name != CONTROL}
        matched = min([words, *(Words.of(passages, words).count for passages in used.values())])
        arms = {name: Words.of(passages, matched) for name, passages in used.items()}
        return cls(arms, Words.of(pools.holdout.passages, words // _ASKED_SHARE), matched, confidence)

    def figures(self, name: str) -> dict[str, Figure]:
        """The available ones of next_word_accuracy, masked_word_accuracy, vocabulary_coverage and distinct_2."""
        if name not in self.arms:
            return {}
        arm, asked = self.arms[name], self.holdout.stream
        figures = {
            "next_word_accuracy": self._by_subject(*guessed(arm.stream, asked, NEXT_WORD)),
            "masked_word_accuracy": self._by_subject(*guessed(arm.stream, asked, MASKED_WORD)),
            "vocabulary_coverage": self._by_subject(np.isin(asked.ids, arm.stream.ids), asked.owner),
            "distinct_2": distinct(arm, 2, self.confidence),
        }
        return {measure: figure for measure, figure in figures.items() if figure is not None}

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


def guessed(read: TokenStream, asked: TokenStream, pattern: Pattern) -> tuple["np.ndarray", "np.ndarray"]:
    """Guess the words of `asked` with a model of `read`.

    Returns:
        For each position whose window lies inside one text: whether the guess is correct (bool), and the index of
        its text in `asked`. All guesses are wrong if nothing was read.
    """
    starts = [np.flatnonzero(stream.remaining >= pattern.width) for stream in (read, asked)]
    owner = asked.owner[starts[1]]
    if not len(starts[0]):
        return np.zeros(len(owner), dtype=bool), owner
    _, codes = np.unique(np.concatenate([read.ids, asked.ids]), return_inverse=True)
    places = np.concatenate([starts[0], starts[1] + len(read.ids)])
    border = len(starts[0])
    chain = [_combined([codes[places + offset] for offset in offsets]) for offsets in pattern.chain]
    target = codes[places + pattern.target]
    best = most_likely(target[:border], [c[:border] for c in chain], [c[border:] for c in chain])
    return best == target[border:], owner


def most_likely(target: "np.ndarray", known: Sequence["np.ndarray"], asked: Sequence["np.ndarray"]) -> "np.ndarray":
    """The most likely word at each asked position; ties go to the smallest code.

    p(w | c) = max(count(c, w) - d, 0) / count(c) + d kinds(c) / count(c) p(w | coarser c), where kinds(c) is the
    number of different words after c; without a context the relative frequency.

    Args:
        target: words read, shape (n,), as codes from 0.
        known: their contexts as codes from 0, coarse to fine, each of shape (n,); a finer context must
            determine the coarser ones.
        asked: contexts of the asked positions in the same codes, each of shape (m,).
    """
    words = int(target.max()) + 1
    keys, counts = np.unique(target, return_counts=True)
    scores = counts / len(target)
    best, top = keys[[np.argmax(scores)]], scores.max(keepdims=True)
    coarse, coarse_asked = np.zeros_like(target), np.zeros(len(asked[0]), dtype=np.int64)
    for fine, fine_asked in zip(known, asked, strict=True):
        size = int(max(fine.max(), fine_asked.max(initial=0))) + 1
        parent = np.zeros(size, dtype=np.int64)
        parent[fine_asked], parent[fine] = coarse_asked, coarse
        pairs, counts = np.unique(fine * words + target, return_counts=True)
        context, word = np.divmod(pairs, words)
        seen, kinds = np.bincount(fine, minlength=size), np.bincount(context, minlength=size)
        rest = np.where(seen > 0, _DISCOUNT * kinds / np.maximum(seen, 1), 1.0)
        lower = scores[np.searchsorted(keys, parent[context] * words + word)]
        scores, keys = (counts - _DISCOUNT) / seen[context] + rest[context] * lower, pairs
        # an unseen word is best only if it is the coarser context's best: every other unseen word scores less
        best, top = best[parent], rest * top[parent]
        order = np.lexsort((word, -scores, context))
        first = order[np.unique(context[order], return_index=True)[1]]
        first = first[scores[first] >= top[context[first]]]
        best[context[first]], top[context[first]] = word[first], scores[first]
        coarse, coarse_asked = fine, fine_asked
    return np.asarray(best[coarse_asked])


def _combined(columns: Sequence["np.ndarray"]) -> "np.ndarray":
    """One code for each distinct row of the columns, without collisions."""
    code = columns[0]
    for column in columns[1:]:
        _, code = np.unique(code * (int(column.max()) + 1) + column, return_inverse=True)
    return code
