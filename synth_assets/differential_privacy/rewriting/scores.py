"""Scores of candidate tokens: the only path from the private document to a draw.

Candidates and their prior come from a stream that sees drawn tokens only.
"""

from typing import Protocol

import numpy as np

from resources.models.protocols import TokenModel
from synth_assets.differential_privacy.rewriting.mechanism import Bounds
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy

_BEFORE = "The original text is:\n"
_AFTER = "\n\nThe original text, repeated word for word:\n"


def bounds_of(policy: DpRewritingPolicy) -> Bounds:
    """The public bounds of a score."""
    return Bounds(-policy.clip, policy.clip) if policy.variant == "document" else Bounds(0.0, 1.0)


def draws_per_token(policy: DpRewritingPolicy) -> int:
    """Number of draws that depend on one token of a document."""
    return policy.length if policy.variant == "document" else 1


class Scores(Protocol):
    """Scores candidates position by position."""

    def at(self, position: int, candidates: np.ndarray, prior: np.ndarray) -> np.ndarray:
        """Scores (rows, candidates) of the token at `position`; `prior` is the public log p of the candidates."""
        ...

    def append(self, drawn: np.ndarray) -> None:
        """Append the drawn tokens, shape (rows,)."""
        ...


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


def scores_of(documents: np.ndarray, policy: DpRewritingPolicy, model: TokenModel) -> Scores:
    """The scores of the policy's variant for documents (rows, length) of token ids."""
    return (DocumentScores if policy.variant == "document" else TokenScores)(documents, policy, model)
