"""Public inputs of formal synthesis: a vocabulary, its concepts, and the weight of each word. No document is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from resources.errors import PolicyError
from synth_assets.differential_privacy.noise import Integers
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.frame_votes import Election
from synth_assets.synthesis.frames import frames
from synth_assets.text.words import stop_words

_LEAST_LETTERS = 3
_SEED = 0


@dataclass(frozen=True)
class Public:
    """What is known before any document is read.

    Attributes:
        labels: the public list, and last None, which stands for every other label.
        words: the vocabulary, case-folded, most frequent first.
        vectors: (words, dimension), float32, unit rows.
        concept_of: concept of each word, (words,).
        concepts: number of concepts.
        weights: importance of each word, (words,): rare words say more.
        forms: the frames that documents vote for.
    """

    labels: tuple[str | None, ...]
    words: tuple[str, ...]
    vectors: np.ndarray
    concept_of: Integers
    concepts: int
    weights: np.ndarray
    forms: Election

    @classmethod
    def of(
        cls, policy: FormalPolicy, words: Callable[[], Sequence[str]], encode: Callable[[Sequence[str]], np.ndarray]
    ) -> "Public":
        """Public inputs of a policy.

        Args:
            policy: gives labels and perhaps the vocabulary.
            words: words of a public tokenizer, most frequent first; asked only where the policy names none.
            encode: unit vectors of a public encoder.

        Raises:
            PolicyError: no word is left.
        """
        known = _vocabulary(policy, words)
        if not known:
            raise PolicyError("synthesis.formal: no word of the vocabulary is alphabetic, long enough and no stop word")
        vectors = encode(known)
        concepts = min(policy.concepts, len(known))
        return cls(
            labels=(*policy.labels, None),
            words=known,
            vectors=vectors,
            concept_of=clusters(vectors, concepts)[0],
            concepts=concepts,
            weights=np.log(np.arange(len(known)) + 10.0),
            forms=Election(policy.frames or tuple(frames()), encode),
        )

    def label_of(self, label: str | None) -> int:
        """Place of a label; a label that is not in the public list is the last."""
        return self.labels.index(label) if label in self.labels else len(self.labels) - 1


def _vocabulary(policy: FormalPolicy, words: Callable[[], Sequence[str]]) -> tuple[str, ...]:
    """Alphabetic words of three letters or more that are no stop words, case-folded, each once."""
    source = policy.vocabulary or words()
    folded = (word.casefold() for word in source)
    kept = (w for w in folded if w.isalpha() and len(w) >= _LEAST_LETTERS and w not in stop_words())
    return tuple(dict.fromkeys(kept))[: policy.vocabulary_size]


def clusters(vectors: np.ndarray, count: int) -> tuple[Integers, np.ndarray]:
    """K-means with a fixed seed: the cluster of each vector, (n,), and the unit centers, (clusters, dimension)."""
    from sklearn.cluster import KMeans

    fitted = KMeans(count, n_init=1, max_iter=50, random_state=_SEED).fit(vectors.astype(np.float64))
    centers = fitted.cluster_centers_
    lengths = np.linalg.norm(centers, axis=1, keepdims=True)
    return fitted.labels_.astype(np.int64), (centers / np.maximum(lengths, 1e-12)).astype(np.float32)
