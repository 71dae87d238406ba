"""How far two histograms are apart: the Jensen-Shannon divergence and the area under the divergence frontier.

Pure mathematics over the last axis; what is counted belongs to the comparisons.
"""

from collections.abc import Callable

import numpy as np

from synth_assets.privacy.utility.intervals import DRAWS, Figure, bootstrap, generator

_SCALE = 5.0
_MIXTURES = 25


def jensen_shannon(left: "np.ndarray", right: "np.ndarray") -> "np.ndarray":
    """Divergence in bits (Lin 1991) of counts of shape (..., bins): 0 for equal shares, 1 without a common bin."""
    p, q = _normal(left), _normal(right)
    middle = (p + q) / 2
    bits = (_divergence(p, middle) + _divergence(q, middle)) / 2 / np.log(2)
    return np.asarray(np.clip(bits, 0.0, 1.0))


def frontier_area(left: "np.ndarray", right: "np.ndarray") -> "np.ndarray":
    """Area under the divergence frontier (MAUVE, Pillutla et al. 2021) of counts of shape (..., bins); 1: equal.

    The frontier joins the points (exp(-c KL(q|r)), exp(-c KL(p|r))) of 25 mixtures r = t p + (1 - t) q with c = 5,
    t evenly inside (0, 1), between the axis points (0, 1) and (1, 0).
    """
    p, q = _normal(left), _normal(right)
    x, y = [np.ones(p.shape[:-1])], [np.zeros(p.shape[:-1])]
    for t in np.arange(1, _MIXTURES + 1) / (_MIXTURES + 1):
        mixture = t * p + (1 - t) * q
        x.append(np.exp(-_SCALE * _divergence(q, mixture)))
        y.append(np.exp(-_SCALE * _divergence(p, mixture)))
    x.append(np.zeros_like(x[0]))
    y.append(np.ones_like(y[0]))
    return np.asarray(np.abs(np.trapezoid(np.stack(y), np.stack(x), axis=0)))


def compared(
    measure: Callable[["np.ndarray", "np.ndarray"], "np.ndarray"],
    left: "np.ndarray",
    right: "np.ndarray",
    confidence: float,
) -> Figure:
    """`measure` of two histograms of counts, both texts resampled for the interval with the bins fixed."""
    draws = generator("histograms")
    again = [draws.multinomial(int(side.sum()), _normal(side), size=DRAWS) for side in (left, right)]
    return bootstrap(float(measure(left, right)), measure(*again), int(left.sum()), confidence)


def _normal(counts: "np.ndarray") -> "np.ndarray":
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _divergence(p: "np.ndarray", r: "np.ndarray") -> "np.ndarray":
    """Kullback-Leibler divergence in nats; r is above zero wherever p is."""
    ratio = np.divide(p, r, out=np.ones_like(r), where=p > 0)
    return np.asarray(np.sum(p * np.log(ratio), axis=-1))
