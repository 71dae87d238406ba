"""Texts rewritten token by token with differential privacy: the order of draws, and which texts are rewritten.

A rewritten text is drawn once and stored. There is no seed, so it cannot be made again; every further call spends
its epsilon once more.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from resources.errors import DataError
from resources.models.protocols import TokenModel
from resources.progress import Progress
from synth_assets.masking.dp_rewriting.mechanism import Drawer, SecureDrawer, exponential_mechanism
from synth_assets.masking.dp_rewriting.policy import DpRewritingPolicy
from synth_assets.masking.dp_rewriting.scores import bounds_of, draws_per_token, scores_of
from synth_assets.records import Row


def rewrite(texts: Sequence[str], policy: DpRewritingPolicy, model: TokenModel, drawer: Drawer) -> list[str]:
    """One batch of texts, each cut or padded to `policy.length` tokens; every position is drawn.

    Raises:
        DataError: other than texts * length draws were made.
        PolicyError: candidates or length are more than the model has.
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


def rewrite_rows(
    rows: Sequence[Row], policy: DpRewritingPolicy, model: TokenModel, batch_size: int, progress: Progress
) -> tuple[list[Row], dict[str, int | float]]:
    """MASKED_CORPUS rows with `dp_text`, and the figures from which the cost is computed.

    Of each subject the first `documents_per_user` rows by id are rewritten; the others have no `dp_text`.

    Raises:
        DataError, PolicyError: as `rewrite`.
    """
    chosen = _capped(rows, policy.documents_per_user)
    drawer = SecureDrawer()
    made: dict[str, str] = {}
    for start in range(0, len(chosen), batch_size):
        batch = chosen[start : start + batch_size]
        texts = rewrite([row["text"] for row in batch], policy, model, drawer)
        made |= {row["id"]: text for row, text in zip(batch, texts, strict=True)}
        progress("dp_rewriting", len(made), len(chosen))
    figures = {
        "dp_documents": len(made),
        "dp_draws": drawer.count,
        "dp_epsilon_per_draw": policy.epsilon,
        "dp_draws_per_token": draws_per_token(policy),
        "dp_draws_per_document": policy.length,
        "dp_draws_per_user": policy.length * policy.documents_per_user,
    }
    return [{**row, "dp_text": made.get(row["id"])} for row in rows], figures


def _capped(rows: Sequence[Row], most: int) -> list[Row]:
    seen: Counter[str] = Counter()
    kept = []
    for row in sorted(rows, key=lambda r: str(r["id"])):
        seen[row["subject"]] += 1
        if seen[row["subject"]] <= most:
            kept.append(row)
    return kept


def _padded(documents: Sequence[Sequence[int]], length: int, pad: int) -> np.ndarray:
    """Token ids (documents, length)."""
    rows = [[*document[:length], *[pad] * (length - len(document))] for document in documents]
    return np.array(rows, dtype=np.int64).reshape(-1, length)
