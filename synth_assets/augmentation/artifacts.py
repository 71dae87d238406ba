"""Measures whether a simple classifier can tell synthetic documents from real ones.

A classifier two-sample test (Lopez-Paz & Oquab, 2017) with hashed character and word n-grams and
L2-regularized logistic regression. 0.5 is ideal, but verbatim copies also give 0.5: read it next
to novelty and privacy.
"""

import zlib
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from synth_assets.statistics.roc import auc
from synth_assets.text.words import ngrams, words

_DIMENSIONS = 2**13
_FOLDS = 5
_NEWTON_STEPS = 8
_RIDGE = 0.1  # in units of the mean squared norm of a document (1.0): features are unit vectors
_RESAMPLES = 200
_MIN_GROUPS = 10  # two a fold


class ArtifactAuc(NamedTuple):
    """Area under the ROC curve, its 95 % interval (bootstrap over groups), and documents measured."""

    value: float
    low: float
    high: float
    n: int


def artifact_auc(
    real: Sequence[str],
    synthetic: Sequence[str],
    seed: int,
    groups: tuple[Sequence[str], Sequence[str]] | None = None,
) -> ArtifactAuc | None:
    """Cross-validated AUC of "is it synthetic?"; None for too few groups to say anything.

    `groups` names the source document of each real and each synthetic text: a document and its
    rewriting stay in one fold, otherwise the classifier would recognize the content.
    """
    named = groups or ([f"r{i}" for i in range(len(real))], [f"s{i}" for i in range(len(synthetic))])
    names = [*named[0], *named[1]]
    if not real or not synthetic or len(set(names)) < _MIN_GROUPS:
        return None
    features = np.stack([_features(text) for text in (*real, *synthetic)])
    target = np.repeat([0.0, 1.0], [len(real), len(synthetic)])
    rng = np.random.default_rng(seed)
    unique, group = np.unique(names, return_inverse=True)
    fold = rng.permutation(len(unique))[group] % _FOLDS
    scores = np.empty(len(target))
    for held in range(_FOLDS):
        scores[fold == held] = _scores(features, target, fold == held)
    low, high = _interval(scores, target, group, fold, rng)
    return ArtifactAuc(_mean_auc(scores, target, fold), low, high, len(names))


def _features(text: str) -> np.ndarray:
    lowered = f" {' '.join(text.split())} "
    chars = (lowered[i : i + n] for n in (2, 3, 4) for i in range(len(lowered) - n + 1))
    tokens = words(text)
    grams = (" ".join(gram) for n in (1, 2) for gram in ngrams(tokens, n))
    labeled = chain((f"c{gram}" for gram in chars), (f"w{gram}" for gram in grams))
    slots = [zlib.crc32(gram.encode()) % _DIMENSIONS for gram in labeled]
    counts = np.log1p(np.bincount(slots, minlength=_DIMENSIONS))
    return np.asarray(counts / max(float(np.linalg.norm(counts)), 1e-12), dtype=np.float64)


def _scores(features: np.ndarray, target: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Scores of the held documents by logistic regression in its dual form: one weight a document, not a feature."""
    train = features[~held]
    mean = train.mean(axis=0)
    spread = train.std(axis=0) + 1e-3
    train = (train - mean) / spread
    scale = float(np.mean(np.sum(train**2, axis=1))) or 1.0
    weights = _fit(train @ train.T / scale + 1.0, target[~held])
    return np.asarray(((features[held] - mean) / spread @ train.T / scale + 1.0) @ weights)


def _fit(gram: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Newton steps of kernel logistic regression: a = (K + r / w)^-1 z with the working response z."""
    weights = np.zeros(len(target))
    for _ in range(_NEWTON_STEPS):
        margin = np.clip(gram @ weights, -15, 15)
        probability = 1 / (1 + np.exp(-margin))
        variance = np.maximum(probability * (1 - probability), 1e-6)
        response = margin + (target - probability) / variance
        weights = np.linalg.solve(gram + np.diag(_RIDGE / variance), response)
    return weights


def _mean_auc(scores: np.ndarray, target: np.ndarray, fold: np.ndarray) -> float:
    """Mean over folds: scores of two folds come from two classifiers and do not compare."""
    parts = [(scores[fold == held], target[fold == held] == 1) for held in range(_FOLDS)]
    return float(np.nanmean([auc(part[synthetic], part[~synthetic]) for part, synthetic in parts]))


def _interval(
    scores: np.ndarray, target: np.ndarray, group: np.ndarray, fold: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    members = [np.flatnonzero(group == number) for number in range(group.max() + 1)]
    values = []
    for _ in range(_RESAMPLES):
        drawn = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        values.append(_mean_auc(scores[drawn], target[drawn], fold[drawn]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
