"""Measures how useful the text of each stage is, compared with public text. Reported, never gated.

All measures use the real holdout, because measuring on the train side would reward copies of it. The raw stage is the
ceiling and public text the floor; each comparison gives all of them the same amount of text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resources.models.protocols import SentenceEncoder
from synth_assets.privacy.results import Estimate
from synth_assets.privacy.utility.intervals import Figure
from synth_assets.privacy.utility.pools import Pools
from synth_assets.privacy.utility.reading import Reading
from synth_assets.privacy.utility.resemblance import Resemblance
from synth_assets.privacy.utility.topics import Exam
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
_SHARES = ("topic_accuracy", "next_word_accuracy", "masked_word_accuracy", "vocabulary_coverage", "distinct_2")
_FLOORS: Mapping[str, str] = {"topic_accuracy": "always naming the most frequent topic"}
_NOTHING: Mapping[str, str] = {
    "topic_accuracy": "There are too few labeled texts in this stage or in the holdout to train and test a classifier."
}


@dataclass(frozen=True, eq=False)
class Usefulness:
    """Texts prepared once for all stages; a comparison is None if the holdout is too small."""

    exam: Exam | None
    reading: Reading | None
    resemblance: Resemblance | None
    floor: Mapping[str, Figure]
    real: Mapping[str, Figure]

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
            return cls(None, None, None, {}, {})
        exam = Exam.of(pools, sample, confidence)
        reading = Reading.of(pools, words, confidence)
        resemblance = Resemblance.of(pools, encoder, sample, confidence)
        floor = {} if exam.floor is None else {"topic_accuracy": exam.floor}
        floor |= reading.figures(reading.public) if reading.public else {}
        floor |= resemblance.figures(resemblance.public) if resemblance.public else {}
        real = resemblance.figures(resemblance.control) if resemblance.control else {}
        return cls(exam, reading, resemblance, floor, real)

    def outcomes(self, stage: str) -> list[Estimate]:
        """One estimate per slice; its value is None if the stage or the holdout has too little text."""
        figures = self._figures(stage)
        return [self._estimate(name, figures.get(name)) for name in UNITS]

    def _figures(self, stage: str) -> dict[str, Figure]:
        figures: dict[str, Figure] = {}
        if self.exam and (learned := self.exam.figure(stage)):
            figures["topic_accuracy"] = learned
        if self.reading and stage in self.reading.stages:
            figures |= self.reading.figures(self.reading.stages[stage])
        if self.resemblance and stage in self.resemblance.stages:
            figures |= self.resemblance.figures(self.resemblance.stages[stage])
        return figures

    def _estimate(self, name: str, figure: Figure | None) -> Estimate:
        floor = self.floor.get(name)
        return Estimate(
            test="utility",
            slice=name,
            unit=UNITS[name],
            value=figure.value if figure else None,
            low=figure.low if figure else None,
            high=figure.high if figure else None,
            n=figure.n if figure else 0,
            method=figure.method if figure else "",
            sentence=describe(name, figure, floor, self.real.get(name), self._read(name)),
            control=floor.value if floor else None,
            control_low=floor.low if floor else None,
            control_high=floor.high if floor else None,
            control_n=floor.n if floor else 0,
        )

    def _read(self, name: str) -> int:
        """Examples or words that each stage was given for training."""
        if name == "topic_accuracy":
            return self.exam.size if self.exam else 0
        return self.reading.words if self.reading else 0


def describe(name: str, figure: Figure | None, floor: Figure | None, real: Figure | None, read: int) -> str:
    """Describe the result of slice `name` next to those of public text and, if measured, of real text."""
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
