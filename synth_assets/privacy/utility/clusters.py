"""Two sets of embeddings as histograms over common clusters, so that they can be compared like word counts."""

import numpy as np

_VARIANCE = 0.9
_STARTS = 3


def reduced(vectors: "np.ndarray") -> "np.ndarray":
    """Vectors of shape (n, d) on the principal components that hold 90 % of their variance."""
    from sklearn.decomposition import PCA

    centered = vectors.astype(np.float64) - vectors.mean(axis=0)
    if not np.any(np.abs(centered) > 1e-9):
        return np.zeros((len(vectors), 1))
    return np.asarray(PCA(n_components=_VARIANCE, svd_solver="full").fit_transform(centered))


def histograms(points: "np.ndarray", border: int, clusters: int) -> tuple["np.ndarray", "np.ndarray"]:
    """Counts by k-means cluster of the points before and from `border`, clustered together."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    clusters = min(clusters, len(np.unique(points, axis=0)))
    # one thread: the order in which several add their sums is not repeatable
    with threadpool_limits(limits=1):
        assigned = KMeans(clusters, n_init=_STARTS, random_state=0).fit_predict(points)
    return (
        np.bincount(assigned[:border], minlength=clusters),
        np.bincount(assigned[border:], minlength=clusters),
    )
