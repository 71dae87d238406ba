"""TextRank over sentence vectors: the stationary rank in the similarity graph (Mihalcea & Tarau 2004)."""

import numpy as np


def rank(vectors: np.ndarray, damping: float = 0.85, steps: int = 50) -> np.ndarray:
    """Importance of each row of unit vectors, shape (n,), summing to 1. Negative similarities count as none."""
    count = len(vectors)
    weights = np.clip(vectors.astype(np.float64) @ vectors.astype(np.float64).T, 0, None)
    np.fill_diagonal(weights, 0)
    totals = weights.sum(axis=0)
    # A sentence like no other spreads its rank evenly, as a page without links does in PageRank.
    transition = np.where(totals > 0, weights / np.where(totals > 0, totals, 1), 1 / count)
    scores = np.full(count, 1 / count)
    for _ in range(steps):
        scores = (1 - damping) / count + damping * transition @ scores
    return scores
