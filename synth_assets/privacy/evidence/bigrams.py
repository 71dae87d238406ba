"""Bigram language model scores of many texts at once. Which texts, and what a score means, belongs to the attacks."""

import numpy as np

from synth_assets.privacy.evidence.tokens import TokenStream


def bigram_scores(texts: TokenStream, count: int, corpus: TokenStream) -> "np.ndarray":
    """Mean log-probability (nats) of the bigrams of each of `count` texts under the corpus' model, Laplace-smoothed."""
    bigrams, starts = texts.windows(2)
    follows = _counts(bigrams, corpus.windows(2)[0])
    first = _counts(texts.ids[starts], corpus.ids)
    vocabulary = len(np.unique(corpus.ids)) + 1
    logs = np.log(follows + 1.0) - np.log(first + vocabulary)
    owner = texts.owner[starts]
    return np.bincount(owner, logs, count) / np.maximum(np.bincount(owner, minlength=count), 1)


def _counts(wanted: "np.ndarray", present: "np.ndarray") -> "np.ndarray":
    """How often each wanted hash is present."""
    values, counts = np.unique(present, return_counts=True)
    if not len(values):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[at] == wanted, counts[at], 0).astype(np.float64)
