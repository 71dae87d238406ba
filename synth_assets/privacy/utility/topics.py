"""Train on the stage, test on real text: how well a topic classifier learned from a stage reads the holdout.

Every stage trains with the same number of examples (update-matched): more rows are no advantage.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.evidence.tokens import fold
from synth_assets.privacy.utility.intervals import Figure, shares
from synth_assets.privacy.utility.pools import FEWEST, PURPOSE, Pool, Pools, head
from synth_assets.text.draws import order_key

_SEEDS = 5
_TOPICS = 20
_STRENGTH = 10.0


@dataclass(frozen=True, eq=False)
class Exam:
    """Labeled pools of the stages, the number of examples each trains with, and the labeled holdout.

    `floor`: what always naming the most frequent topic of the stages gets, without reading anything.
    """

    stages: Mapping[str, Pool]
    size: int
    texts: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    floor: Figure | None
    confidence: float

    @classmethod
    def of(cls, pools: Pools, sample: int, confidence: float) -> "Exam":
        """Keep what has one of the holdout's 20 most frequent labels.

        At most `sample` training examples, and as many real documents to test on.
        """
        topics = frozenset(_most_frequent([pools.holdout.labels.get(p.id) for p in pools.holdout.passages], _TOPICS))
        able = {stage: _about(pool, topics) for stage, pool in pools.stages.items()}
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

    def figure(self, stage: str) -> Figure | None:
        """Share of the holdout whose topic is named rightly, mean over 5 draws of training examples."""
        pool = self.stages.get(stage)
        if pool is None:
            return None
        truth = np.array(self.labels)
        right = [self._taught(pool, seed) == truth for seed in range(_SEEDS)]
        return shares(np.stack(right), np.ones(len(truth)), self.confidence)

    def _taught(self, pool: Pool, seed: int) -> "np.ndarray":
        """What a TF-IDF and logistic regression classifier says of the holdout after one draw of examples."""
        order = {p: (order_key(f"{PURPOSE}.topics", str(seed), p.id), p.text) for p in pool.passages}
        drawn = sorted(pool.passages, key=order.__getitem__)[: self.size]
        labels = [pool.labels[p.id] for p in drawn]
        if len(set(labels)) < 2:
            return np.full(len(self.texts), labels[0])
        return _classify([_words(p.text) for p in drawn], labels, self.texts)


def _classify(texts: Sequence[Sequence[str]], labels: Sequence[str], asked: Sequence[Sequence[str]]) -> "np.ndarray":
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    model = LogisticRegression(C=_STRENGTH, max_iter=300, tol=1e-3)
    model.fit(vectorizer.fit_transform(texts), labels)
    return np.asarray(model.predict(vectorizer.transform(asked)))


def _most_frequent(labels: Sequence[str | None], count: int) -> list[str]:
    votes = Counter(label for label in labels if label is not None)
    return sorted(votes, key=lambda label: (-votes[label], label))[:count]


def _about(pool: Pool, topics: frozenset[str]) -> Pool:
    return Pool(tuple(p for p in pool.passages if pool.labels.get(p.id) in topics), pool.labels)


def _teaches(pool: Pool) -> bool:
    return len(pool.passages) >= FEWEST and len({pool.labels[p.id] for p in pool.passages}) >= 2


def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(head(text)))
