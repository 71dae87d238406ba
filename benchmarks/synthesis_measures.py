"""What `synthesis.py` measures of one set of documents: use on real text, and traces of those who took part."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from synthesis_arms import Corpus, Made

from resources.models.engine import Engine
from resources.progress import silent
from synth_assets.privacy.attacks import linkage, membership, verbatim_windows
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Estimate, Outcome
from synth_assets.privacy.stages import AUGMENTED, MASKED, RAW
from synth_assets.privacy.utility.learning import Exam, Reading
from synth_assets.privacy.utility.pools import Pools, head
from synth_assets.privacy.utility.resemblance import Resemblance

WORDS_A_DOCUMENT = 40
"""Words that language models read of an arm, a document on average: what the shortest arm has."""
FRONTIER_TEXTS = 100
TEST_TEXTS = 1000
CONFIDENCE = 0.95
MEASURES = {
    "documents": "documents",
    "own_rows": "train subjects who have a row",
    "topic_tfidf": "label accuracy, TF-IDF",
    "topic_encoder": "label accuracy, encoder",
    "topic_floor": "always the most frequent label",
    "frontier": "frontier",
    "frontier_n": "texts of the frontier",
    "next_word": "next word accuracy",
    "masked_word": "masked word accuracy",
    "words_read": "words read",
    **{
        f"{name}_{side}": f"{what}, {side}"
        for name, what in (
            ("words_8", "8 words in a row"),
            ("words_13", "13 words in a row"),
            ("linkage_topic", "own row found by topic"),
            ("linkage_style", "own row found by style"),
            ("linkage_meaning", "own row found by vectors"),
            ("linkage_agreed", "own row found by two of them"),
        )
        for side in ("train", "holdout")
    },
    "auc_bigram": "membership, area, word pairs",
    "auc_similarity": "membership, area, nearest passage",
    "cpu_seconds": "CPU-seconds a document",
}
"""Every measure, in the order of the table, and what the table calls it."""
SHARES = {
    "verbatim_windows/words_8": "words_8",
    "verbatim_windows/words_13": "words_13",
    **{f"linkage/{feature}": f"linkage_{feature}" for feature in ("topic", "style", "meaning", "agreed")},
}
AREAS = {
    "membership/documents_bigram_auc": "auc_bigram",
    "membership/documents_similarity_auc": "auc_similarity",
}


@dataclass(frozen=True)
class Measures:
    """Measures documents against one corpus, whose side is prepared once."""

    corpus: Corpus
    masked: Sequence[Any]
    models: Engine
    documents: int
    policy: PrivacyPolicy = field(default_factory=lambda: PrivacyPolicy(min_canaries=0))

    def of(self, made: Made) -> dict[str, float]:
        """Every measure that there is enough text for."""
        rows = made.rows
        if not rows:
            return {"documents": 0.0}
        seconds = made.cpu_seconds / len(rows)
        return {"documents": float(len(rows)), **self._use(rows), **self._traces(rows), "cpu_seconds": seconds}

    @cached_property
    def _evidence(self) -> Evidence:
        tables = {RAW.name: self.corpus.raw, MASKED.name: self.masked}
        return Evidence(tables=tables, policy=self.policy, models=self.models, progress=silent)

    def _use(self, rows: Sequence[Any]) -> dict[str, float]:
        """Utility. The control split is left out, or its size would limit that of the frontier."""
        raw = [row for row in self.corpus.raw if row["split"] != "control"]
        pools = Pools.of(raw, {"arm": rows}, [])
        if not pools.arms["arm"].passages or not pools.holdout.passages:
            return {}
        exam = Exam.of(pools, TEST_TEXTS, CONFIDENCE)
        reading = Reading.of(pools, WORDS_A_DOCUMENT * self.documents, CONFIDENCE)
        alike = Resemblance.of(pools, self.models.encoder, FRONTIER_TEXTS, CONFIDENCE)
        figures = exam.figures("arm") | reading.figures("arm") | alike.figures("arm")
        names = {"topic_accuracy": "topic_tfidf", "frontier": "frontier", "next_word_accuracy": "next_word",
                 "masked_word_accuracy": "masked_word"}  # fmt: skip
        found = {ours: figures[theirs].value for theirs, ours in names.items() if theirs in figures}
        found |= {"frontier_n": float(figures["frontier"].n), "words_read": float(reading.words)}
        if "topic_accuracy" in figures and exam.floor:
            found |= {"topic_encoder": self._by_vectors(pools, frozenset(exam.labels)), "topic_floor": exam.floor.value}
        return found

    def _by_vectors(self, pools: Pools, topics: frozenset[str]) -> float:
        """Label accuracy on the holdout of a logistic regression on sentence vectors."""
        from sklearn.linear_model import LogisticRegression

        sides = []
        for pool in (pools.arms["arm"], pools.holdout):
            used = [p for p in pool.passages if pool.labels.get(p.id) in topics][:TEST_TEXTS]
            vectors = self.models.encoder.encode([head(p.text) for p in used])
            sides.append((vectors, [pool.labels[p.id] for p in used]))
        (read, taught), (asked, truth) = sides
        return float(LogisticRegression(C=10.0, max_iter=1000).fit(read, taught).score(asked, truth))

    def _traces(self, rows: Sequence[Any]) -> dict[str, float]:
        """What attacks find: shares of train beside those of the holdout, and areas."""
        passages = [Passage(row["id"], row["subject"], row["text"]) for row in rows]
        release = Release(evidence=self._evidence, stage=AUGMENTED.name, passages=passages)
        members = {p.subject for p in self._evidence.corpus.sides["train"]}
        found = {"own_rows": len(members & {p.subject for p in passages}) / len(members)}
        for attack in (verbatim_windows.ATTACK, linkage.ATTACK, membership.ATTACK):
            for counted in attack.run(release):
                if isinstance(counted, Outcome) and counted.name in SHARES and counted.n and counted.control_n:
                    name = SHARES[counted.name]
                    found[f"{name}_train"] = counted.hits / counted.n
                    found[f"{name}_holdout"] = counted.control_hits / counted.control_n
                elif isinstance(counted, Estimate) and counted.name in AREAS and counted.value is not None:
                    found[AREAS[counted.name]] = counted.value
        return found
