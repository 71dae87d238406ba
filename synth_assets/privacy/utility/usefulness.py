"""Measures how useful the text of each stage is, compared with public text. Reported; none blocks by itself.

All measures use the real holdout, because measuring on the train side would reward copies of it. The raw stage is the
ceiling and public text the floor; each comparison gives all of them the same amount of text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from resources.models.protocols import SentenceEncoder
from synth_assets.privacy.results import Estimate
from synth_assets.privacy.utility.intervals import Figure
from synth_assets.privacy.utility.learning import Exam, Reading
from synth_assets.privacy.utility.pools import CONTROL, PUBLIC, Pools
from synth_assets.privacy.utility.resemblance import Resemblance
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.records import Row

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
_NO_TOPICS = "There are too few labeled texts in this stage or in the holdout to train and test a classifier."


@dataclass(frozen=True, eq=False)
class Usefulness:
    """Texts prepared once for all stages.

    Attributes:
        parts: the measures; empty if the holdout is too small.
        examples: texts of each stage that train a classifier.
        words: words of each stage that a language model reads.
        floor: figures of public text.
        real: figures of the control split.
    """

    parts: tuple[Exam | Reading | Resemblance, ...] = ()
    examples: int = 0
    words: int = 0
    floor: Mapping[str, Figure] = field(default_factory=dict)
    real: Mapping[str, Figure] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        raw: Sequence[Row],
        stages: Mapping[str, Sequence[Row]],
        public: Sequence[str],
        encoder: SentenceEncoder,
        sample: int,
        words: int,
        confidence: float = 0.95,
    ) -> "Usefulness":
        """Match the sizes and embed each text once, without canaries.

        Args:
            raw: RAW_CORPUS rows; the holdout is the test set, and the control split shows the scores of real text.
            stages: rows by stage name, including the train documents as "raw_corpus". Stages of fewer than 20 texts
                are not compared; the smallest other stage sets the size of all.
            public: texts unrelated to the corpus.
            encoder: embeds the first 200 words of each text.
            sample: maximum texts per side that are embedded or used to train a classifier.
            words: maximum words read by a language model; it is tested on at most a quarter as many.
            confidence: confidence level of the intervals.
        """
        pools = Pools.of(raw, stages, public)
        if not pools.holdout.passages:
            return cls()
        exam, reading = Exam.of(pools, sample, confidence), Reading.of(pools, words, confidence)
        parts = (exam, reading, Resemblance.of(pools, encoder, sample, confidence))
        return cls(parts, exam.size, reading.words, _figures(parts, PUBLIC), _figures(parts, CONTROL))

    def outcomes(self, stage: str) -> list[Estimate]:
        """One estimate per slice; its value is None if the stage or the holdout has too little text."""
        figures = _figures(self.parts, stage)
        return [self._estimate(name, figures.get(name)) for name in UNITS]

    def _estimate(self, name: str, figure: Figure | None) -> Estimate:
        estimate = Estimate("utility", name, UNITS[name], method="", sentence=self._sentence(name, figure))
        if name in self.floor:
            value, low, high, n, _ = self.floor[name]
            estimate = replace(estimate, control=value, control_low=low, control_high=high, control_n=n)
        return replace(estimate, **figure._asdict()) if figure else estimate

    def _sentence(self, name: str, figure: Figure | None) -> str:
        """The result of a slice next to those of public text and, if measured, of real text."""
        topic = name == "topic_accuracy"
        if figure is None:
            return _NO_TOPICS if topic else "There are too few texts in this stage or in the holdout to compare them."
        read = self.examples if topic else self.words
        parts = [_SAYS[name].format(value=_shown(name, figure.value), n=f"{figure.n:,}", read=f"{read:,}")]
        floor = "always naming the most frequent topic" if topic else "public text that never saw the corpus"
        for label, figures in ((floor, self.floor), ("real text of the control split", self.real)):
            if name in figures:
                parts.append(f"{label}: {_shown(name, figures[name].value)}")
        return "; ".join(parts) + "."


def _figures(parts: Sequence[Exam | Reading | Resemblance], arm: str) -> dict[str, Figure]:
    return {name: figure for part in parts for name, figure in part.figures(arm).items()}


def _shown(name: str, value: float) -> str:
    return percent(value) if UNITS[name].startswith("share") else f"{value:.3f}"
