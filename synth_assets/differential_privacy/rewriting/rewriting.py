"""Rewrites texts token by token with differential privacy.

A rewritten text is drawn once and stored. Without a seed it cannot be reproduced, and each further call spends its
epsilon again.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from resources.errors import DataError
from resources.models.protocols import TokenModel
from resources.progress import Progress
from synth_assets.differential_privacy.rewriting.mechanism import Drawer, SecureDrawer, exponential_mechanism
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.differential_privacy.rewriting.scores import bounds_of, draws_per_token, scores_of
from synth_assets.records import Row


def rewrite(texts: Sequence[str], policy: DpRewritingPolicy, model: TokenModel, drawer: Drawer) -> list[str]:
    """Rewrite a batch of texts, each truncated or padded to `policy.length` tokens; every position is drawn.

    Raises:
        DataError: the number of draws is not texts * length.
        PolicyError: candidates or length exceed the model's.
    """
    documents = _padded(model.encode(texts), policy.length, model.pad)
    private = scores_of(documents, policy, model)
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
        self._chosen = _capped(subjects, policy.documents_per_user)
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


def _capped(subjects: Iterable[tuple[str, str]], most: int) -> frozenset[str]:
    """Ids of the first `most` rows of each subject, by id."""
    kept: dict[str, list[str]] = {}
    for name, subject in subjects:
        own = kept.setdefault(subject, [])
        insort(own, name)
        del own[most:]
    return frozenset(name for own in kept.values() for name in own)


def _padded(documents: Sequence[Sequence[int]], length: int, pad: int) -> np.ndarray:
    """Token ids (documents, length)."""
    rows = [[*document[:length], *[pad] * (length - len(document))] for document in documents]
    return np.array(rows, dtype=np.int64).reshape(-1, length)
