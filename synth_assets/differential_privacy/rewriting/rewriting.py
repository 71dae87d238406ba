"""Rewrites texts token by token with differential privacy.

A rewritten text is drawn once and stored. Without a seed it cannot be reproduced, and each further call spends its
epsilon again. Scores are the only path from the private document to a draw: candidates and their prior come from a
stream that sees drawn tokens only.
"""

import math
import random
import secrets
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from resources.errors import DataError
from resources.models.protocols import TokenModel
from resources.progress import Progress
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.records import Row

_BITS = 80
"""Probabilities are drawn as integers of this many bits."""
_BEFORE = "The original text is:\n"
_AFTER = "\n\nThe original text, repeated word for word:\n"


class Bounds(NamedTuple):
    """Public interval into which every score is clipped; its width is the sensitivity of a score."""

    low: float
    high: float


def exponential_mechanism(
    scores: np.ndarray, bounds: Bounds, epsilon: float, log_prior: np.ndarray | None = None
) -> np.ndarray:
    """P(y) proportional to prior(y) * exp(epsilon * clip(score(y)) / (2 * sensitivity)), by row, in float64.

    McSherry and Talwar 2007, with a base measure. Pure epsilon-DP and epsilon-bounded-range with respect to the data
    behind the scores. The prior cancels in the ratio of two documents, so it must be the same for both.

    Args:
        scores: (rows, candidates); finite values, clipped here.
        bounds: clipping bounds, fixed before the data was seen.
        epsilon: of one draw, in nats.
        log_prior: (rows, candidates), from public and previously drawn text only; uniform by default.

    Raises:
        DataError: a score or a prior is not finite.
    """
    exponents = epsilon * np.clip(scores, *bounds) / (2 * (bounds.high - bounds.low))
    if log_prior is not None:
        exponents = exponents + log_prior
    if not np.isfinite(exponents).all():
        raise DataError("a candidate has a score that is not a number")
    weights = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    shares: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return shares


class SecureDrawer:
    """Draws with the operating system's generator, which has no seed, so no draw can be repeated. Counts the draws.

    Probabilities are scaled to integers of at least 1, and an integer below their sum is drawn. Rounding therefore
    drops no candidate, and adds less than candidates * 2**-80 to delta per draw.
    """

    def __init__(self) -> None:
        self.generator: random.Random = secrets.SystemRandom()
        self.count = 0

    def draw(self, probabilities: np.ndarray) -> np.ndarray:
        """Draw an index in [0, candidates) for each row of the probabilities (rows, candidates)."""
        return np.array([self._one(row) for row in probabilities.tolist()], dtype=np.int64)

    def _one(self, row: list[float]) -> int:
        weights = [int(math.ldexp(share, _BITS)) + 1 for share in row]
        left = self.generator.randrange(sum(weights))
        self.count += 1
        for place, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return place
        raise AssertionError("an integer below the sum of the weights has a place")


def bounds_of(policy: DpRewritingPolicy) -> Bounds:
    """The public bounds of a score."""
    return Bounds(-policy.clip, policy.clip) if policy.variant == "document" else Bounds(0.0, 1.0)


def draws_per_token(policy: DpRewritingPolicy) -> int:
    """Number of draws that depend on one token of a document."""
    return policy.length if policy.variant == "document" else 1


class TokenScores:
    """Variant token: similarity of a candidate to the private token at the same position.

    A private token is read at its own position only, so substituting one token changes one draw.
    """

    def __init__(self, documents: np.ndarray, policy: DpRewritingPolicy, model: TokenModel) -> None:
        self._documents, self._floor, self._model = documents, policy.similarity_floor, model

    def at(self, position: int, candidates: np.ndarray, prior: np.ndarray) -> np.ndarray:
        """Cosine of embeddings, rescaled so that the floor is 0 and the same token 1."""
        cosine = self._model.similarity(self._documents[:, position], candidates)
        scores: np.ndarray = (cosine - self._floor) / (1 - self._floor)
        return scores

    def append(self, drawn: np.ndarray) -> None:
        """Do nothing: similarities do not depend on earlier draws."""


class DocumentScores:
    """Variant document: log p(token | document, drawn) - log p(token | drawn), the document being the prompt.

    Each draw reads the whole document, so substituting one token changes all draws. Clipped differences to public
    log-probabilities are those of private prediction (Amin et al., Findings of EMNLP 2024), with one reference.
    """

    def __init__(self, documents: np.ndarray, policy: DpRewritingPolicy, model: TokenModel) -> None:
        before, after = model.encode([_BEFORE, _AFTER])
        rows = [[*before, *(t for t in row if t != model.pad), *after] for row in documents.tolist()]
        width = len(before) + policy.length + len(after)
        self._stream = model.open(rows, width, policy.length)

    def at(self, position: int, candidates: np.ndarray, prior: np.ndarray) -> np.ndarray:
        """The difference, in nats."""
        scores: np.ndarray = self._stream.at(candidates) - prior
        return scores

    def append(self, drawn: np.ndarray) -> None:
        """Append the drawn tokens to the private stream."""
        self._stream.append(drawn)


def rewrite(texts: Sequence[str], policy: DpRewritingPolicy, model: TokenModel, drawer: SecureDrawer) -> list[str]:
    """Rewrite a batch of texts, each truncated or padded to `policy.length` tokens; every position is drawn.

    Raises:
        DataError: the number of draws is not texts * length.
        PolicyError: candidates or length exceed the model's.
    """
    encoded = (tokens[: policy.length] for tokens in model.encode(texts))
    padded = [[*tokens, *[model.pad] * (policy.length - len(tokens))] for tokens in encoded]
    documents = np.array(padded, dtype=np.int64).reshape(-1, policy.length)
    private = (DocumentScores if policy.variant == "document" else TokenScores)(documents, policy, model)
    public = model.open([[] for _ in texts], 0, policy.length)
    before, bounds, rows = drawer.count, bounds_of(policy), np.arange(len(texts))
    released = np.empty_like(documents)
    for position in range(policy.length):
        candidates, prior = public.top(policy.candidates)
        scores = private.at(position, candidates, prior)
        shares = exponential_mechanism(scores, bounds, policy.epsilon, policy.fluency * prior)
        released[:, position] = candidates[rows, drawer.draw(shares)]
        if position + 1 < policy.length:
            public.append(released[:, position])
            private.append(released[:, position])
    if drawer.count - before != documents.size:
        raise DataError(f"{drawer.count - before} draws were made, {documents.size} are accounted for")
    return model.decode(released.tolist())


class Rewriting:
    """Fills `dp_text` of MASKED_CORPUS rows and counts the draws from which the cost is computed.

    The first `documents_per_user` rows of each subject, by id, are rewritten; the others have no `dp_text`.

    Args:
        subjects: id and subject of each row; about 200 bytes are kept per rewritten row.
        policy: variant, epsilon and limits.
        model: the public language model.
        batch_size: rows rewritten together.
        progress: receives the number of rewritten documents.
    """

    def __init__(
        self,
        subjects: Iterable[tuple[str, str]],
        policy: DpRewritingPolicy,
        model: TokenModel,
        batch_size: int,
        progress: Progress,
    ) -> None:
        self._policy, self._model, self._batch_size, self._progress = policy, model, batch_size, progress
        first: dict[str, list[str]] = {}
        for name, subject in subjects:
            own = first.setdefault(subject, [])
            insort(own, name)
            del own[policy.documents_per_user :]
        self._chosen = frozenset(name for own in first.values() for name in own)
        self._drawer = SecureDrawer()
        self._done = 0

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows in their order, with one batch in memory. Raises what `rewrite` raises."""
        waiting = iter(rows)
        while batch := list(islice(waiting, self._batch_size)):
            texts = {row["id"]: row["text"] for row in batch if row["id"] in self._chosen}
            drawn = rewrite(list(texts.values()), self._policy, self._model, self._drawer) if texts else []
            rewritten = dict(zip(texts, drawn, strict=True))
            self._done += len(texts)
            self._progress("dp_rewriting", self._done, len(self._chosen))
            yield from ({**row, "dp_text": rewritten.get(row["id"])} for row in batch)

    def figures(self) -> dict[str, int | float]:
        """Counts of the rows yielded so far."""
        policy = self._policy
        return {
            "dp_documents": self._done,
            "dp_draws": self._drawer.count,
            "dp_epsilon_per_draw": policy.epsilon,
            "dp_draws_per_token": draws_per_token(policy),
            "dp_draws_per_document": policy.length,
            "dp_draws_per_user": policy.length * policy.documents_per_user,
        }
