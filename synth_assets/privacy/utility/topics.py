"""Trains a topic classifier on each stage and tests it on the real holdout.

All stages train with the same number of examples, so that more rows are no advantage.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.evidence.tokens import fold
from synth_assets.privacy.utility.intervals import Figure, shares
from synth_assets.privacy.utility.pools import FEWEST, PUBLIC, PURPOSE, Pool, Pools, head
from synth_assets.text.draws import order_key

_SEEDS = 5
_TOPICS = 20
_STRENGTH = 10.0


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
            tuple(_words(p.text) for p in asked),
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
        model.fit(vectorizer.fit_transform([_words(p.text) for p in drawn]), labels)
        return np.asarray(model.predict(vectorizer.transform(self.texts)))


def _most_frequent(labels: Sequence[str | None], count: int) -> list[str]:
    votes = Counter(label for label in labels if label is not None)
    return sorted(votes, key=lambda label: (-votes[label], label))[:count]


def _about(pool: Pool, topics: frozenset[str]) -> Pool:
    return Pool(tuple(p for p in pool.passages if pool.labels.get(p.id) in topics), pool.labels)


def _teaches(pool: Pool) -> bool:
    return len(pool.passages) >= FEWEST and len({pool.labels[p.id] for p in pool.passages}) >= 2


def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(head(text)))
