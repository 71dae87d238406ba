"""The usefulness of a stage in words: fixed phrases and numbers."""

from collections.abc import Mapping

from synth_assets.privacy.utility.intervals import Figure
from synth_assets.privacy.verdict.sentences import percent

UNITS: Mapping[str, str] = {
    "topic_accuracy": "share of holdout subjects",
    "next_word_accuracy": "share of holdout words",
    "masked_word_accuracy": "share of holdout words",
    "vocabulary_coverage": "share of holdout words",
    "length_divergence": "Jensen-Shannon divergence (bits)",
    "topic_divergence": "Jensen-Shannon divergence (bits)",
    "frontier": "area under the divergence frontier",
    "distinct_2": "share of word pairs",
    "self_similarity": "cosine",
}
"""Unit of each slice, in the order of the report."""

_SAYS: Mapping[str, str] = {
    "topic_accuracy": "A classifier trained on {read} texts of this stage names the topic of {value} of {n} real "
    "holdout documents",
    "next_word_accuracy": "A language model that read {read} words of this stage guesses {value} of the next words "
    "in {n} subjects' real holdout documents",
    "masked_word_accuracy": "A language model that read {read} words of this stage guesses {value} of the hidden "
    "words in {n} subjects' real holdout documents",
    "vocabulary_coverage": "{read} words of this stage contain {value} of the word occurrences in {n} subjects' real "
    "holdout documents",
    "length_divergence": "The lengths of {n} texts differ from those of as many real holdout documents by {value} "
    "(0: alike, 1: nothing in common)",
    "topic_divergence": "The topics of {n} texts differ from those of as many real holdout documents by {value} "
    "(0: alike, 1: nothing in common)",
    "frontier": "{n} texts cover as many real holdout documents, and are covered by them, to {value} (1: not to be "
    "told apart, 0: nothing in common)",
    "distinct_2": "Of the word pairs in {read} words of this stage, {value} are different ones",
    "self_similarity": "Each of {n} texts has a nearest other one with a mean cosine of {value} (1: repetitions only)",
}
_SHARES = ("topic_accuracy", "next_word_accuracy", "masked_word_accuracy", "vocabulary_coverage", "distinct_2")
_FLOORS: Mapping[str, str] = {"topic_accuracy": "always naming the most frequent topic"}
_NOTHING: Mapping[str, str] = {
    "topic_accuracy": "There are too few labeled texts in this stage or in the holdout to train and test a classifier."
}


def describe(name: str, figure: Figure | None, floor: Figure | None, real: Figure | None, read: int) -> str:
    """The result of slice `name` beside public text and, where it was measured, beside real text kept outside."""
    if figure is None:
        return _NOTHING.get(name, "There are too few texts in this stage or in the holdout to compare them.")
    said = _SAYS[name].format(value=_shown(name, figure.value), n=f"{figure.n:,}", read=f"{read:,}")
    beside = []
    if floor is not None:
        beside.append(f"{_FLOORS.get(name, 'public text that never saw the corpus')}: {_shown(name, floor.value)}")
    if real is not None:
        beside.append(f"real text of the control split: {_shown(name, real.value)}")
    return "; ".join([said, *beside]) + "."


def _shown(name: str, value: float) -> str:
    return percent(value) if name in _SHARES else f"{value:.3f}"
