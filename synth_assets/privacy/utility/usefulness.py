"""How useful the text of each stage still is, beside text that never saw the corpus. Shown, never gated.

Everything is asked of the real holdout: asking the train side would reward copying it. The raw stage is the
ceiling, public text the floor, and every comparison gives each of them equally much text.
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
from synth_assets.privacy.utility.wording import UNITS, describe
from synth_assets.records import Row


@dataclass(frozen=True, eq=False)
class Usefulness:
    """Texts prepared once for all stages. None in place of a comparison: the holdout is too small to ask."""

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
        """Match the sizes and embed each text once; canaries are left out.

        Args:
            raw: RAW_CORPUS rows; the holdout asks, and the control split shows what real text gets.
            stages: rows by stage name, the train documents as "raw_corpus" among them. Fewer than 20 texts
                are not compared; the smallest stage that is sets the size of all.
            public: texts that never saw the corpus.
            encoder: embeds the first 200 words of a text.
            sample: most texts a side that are embedded or train a classifier.
            words: most words that a language model reads; the holdout asks at most a quarter of it.
            confidence: of the intervals.
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
        """One estimate a slice, its value None where the stage or the holdout gives too little to say."""
        figures = self._figures(stage)
        return [self._estimate(name, figures.get(name)) for name in UNITS]

    def _figures(self, stage: str) -> dict[str, Figure]:
        found: dict[str, Figure] = {}
        if self.exam and (learned := self.exam.figure(stage)):
            found["topic_accuracy"] = learned
        if self.reading and stage in self.reading.stages:
            found |= self.reading.figures(self.reading.stages[stage])
        if self.resemblance and stage in self.resemblance.stages:
            found |= self.resemblance.figures(self.resemblance.stages[stage])
        return found

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
        """How much each stage was given to learn from: examples or words."""
        if name == "topic_accuracy":
            return self.exam.size if self.exam else 0
        return self.reading.words if self.reading else 0
