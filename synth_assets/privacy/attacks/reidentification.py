"""Re-identification: is the subject of a released row recognized among candidates, by topic or by style?

After the TRI attack of Manzanares-Salor, Sánchez and Lison (2024), without a trained classifier: the attacker
has a background text of each candidate and ranks the candidates by TF-IDF cosine. Candidates are train subjects and as
many holdout subjects. Every train subject has a stand-in among them, drawn at random: without a leak the row's own
subject comes first as often as the stand-in does. Names and numbers are left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.features import BITS, READERS, Feature, Texts, Vectors, hashed, style, topic
from synth_assets.privacy.evidence.attributes import equal_sides, one_row_a_subject
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.passages import Corpus, Passage, pick
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import fold
from synth_assets.privacy.results import Estimate
from synth_assets.privacy.stages import ALL_BUT_POSITIVE, MASKED, NEGATIVE, RAW
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.statistics.proportions import binomial_p, clopper_pearson

Known = Literal["whole", "half"]

_TIE = 1e-6


class Ranks(NamedTuple):
    """Ranks, from 1, of each row's own subject and of its stand-in among `candidates`; ties count against."""

    own: "np.ndarray"
    stand_in: "np.ndarray"
    candidates: int


@dataclass(frozen=True, eq=False)
class Lineup:
    """Candidates and their features. `position`, `stand_in`: index of a subject's own text and of its stand-in's."""

    position: Mapping[str, int]
    stand_in: Mapping[str, int]
    features: Mapping[Feature, Vectors]
    size: int

    @classmethod
    def of(
        cls, backgrounds: Mapping[str, Texts], stand_in: Mapping[str, int], hide: Mapping[str, Collection[str]]
    ) -> "Lineup":
        """Fit the features of all candidates; `hide`: folded words taken out of a subject's background."""
        topics = [topic(texts, hide.get(subject, ())) for subject, texts in backgrounds.items()]
        styles = [style(texts) for texts in backgrounds.values()]
        read: dict[Feature, list[list[str]]] = {"topic": topics, "style": styles}
        features = {feature: Vectors.fit(hashed(texts, BITS[feature])) for feature, texts in read.items()}
        return cls({s: i for i, s in enumerate(backgrounds)}, stand_in, features, len(backgrounds))

    def ranks(self, rows: Mapping[str, Texts], feature: Feature) -> Ranks:
        """Ranks for one row a subject; every subject must have a stand-in."""
        counts = hashed([READERS[feature](texts) for texts in rows.values()], BITS[feature])
        similar = list(self.features[feature].similarities(counts))
        own = np.array([self.position[s] for s in rows], dtype=np.int64)
        other = np.array([self.stand_in[s] for s in rows], dtype=np.int64)
        return Ranks(_ranks(similar, own), _ranks(similar, other), self.size)


@dataclass(frozen=True, eq=False)
class Reidentification:
    """The attack with its knowledge of the raw sides.

    Attributes:
        corpus: raw passages.
        hide: words of each subject's identifiers.
        masked: masked text of train subjects, which the adaptive attacker knows instead of the raw text. Its stand-ins
            are other train subjects, since no text of the holdout was masked.
        known: whether the attacker has the whole raw text of a subject (the worst case) or its first half, by which
            the second half of the released row is recognized.
        sample: subjects of each side, chosen by hash.
        confidence: of the intervals.
        factor: a gate asks whether the interval lies above so many times chance; None: nothing is gated.
        needs: released rows that make a measurement.
    """

    corpus: Corpus
    hide: Mapping[str, Collection[str]]
    masked: Mapping[str, str] = field(default_factory=dict)
    known: Known = "whole"
    sample: int = 1000
    confidence: float = 0.95
    factor: float | None = 2.0
    needs: int = 100

    @cached_property
    def lineups(self) -> Mapping[str, Lineup]:
        """Candidates by attacker: "" knows raw texts, "adaptive_" texts that went through the same masking."""
        train, holdout = (_part(side, self.known, first=True) for side in equal_sides(self.corpus, self.sample))
        stand_ins = {subject: len(train) + i for i, subject in enumerate(train)}
        lineups = {"": Lineup.of({**train, **holdout}, stand_ins, self.hide)} if train else {}
        behind = _part({s: (self.masked[s],) for s in train if s in self.masked}, self.known, first=True)
        if len(behind) > 1:
            neighbors = {subject: (i + 1) % len(behind) for i, subject in enumerate(behind)}
            lineups["adaptive_"] = Lineup.of(behind, neighbors, self.hide)
        return lineups

    def outcomes(self, released: Sequence[Passage]) -> list[Estimate]:
        """Top-1 accuracy and mean reciprocal rank by topic and by style, for each attacker."""
        estimates = []
        for attacker, lineup in self.lineups.items():
            chosen = [p for p in released if p.subject in lineup.stand_in]
            rows = _part(one_row_a_subject(chosen, self.sample), self.known, first=False)
            for feature in lineup.features:
                ranks = lineup.ranks(rows, feature)
                name = f"{attacker}{feature}_{self.known}"
                estimates += [self._first(name, ranks), self._reciprocal(name, ranks)]
        return estimates

    def renamed(self, outsiders: Sequence[Passage]) -> list[Passage]:
        """Passages of others under the names of candidates: a release in which nobody can be recognized."""
        subjects = [p.subject for p in pick(outsiders, self.sample)]
        names = list(self.lineups[""].stand_in) if self.lineups else []
        name_of = dict(zip(subjects, names, strict=False))
        return [Passage(p.id, name_of[p.subject], p.text) for p in outsiders if p.subject in name_of]

    def _first(self, name: str, ranks: Ranks) -> Estimate:
        n, chance = len(ranks.own), 1 / max(1, ranks.candidates)
        method = f"{self.confidence:.0%} Clopper-Pearson; exact binomial test against chance"
        limit = None if self.factor is None else min(1.0, self.factor * chance)
        nobody = Estimate("reidentification", f"{name}_top_1", "share of rows", method, _NOBODY)
        if n == 0:  # stated, not gated: linkage attacks a release whose rows belong to nobody
            return nobody
        hits, control = int(np.sum(ranks.own == 1)), int(np.sum(ranks.stand_in == 1))
        span, beside = (clopper_pearson(count, n, self.confidence) for count in (hits, control))
        nothing = " The attack did no better than chance: it found nothing." if hits / n <= chance else ""
        return replace(
            nobody,
            value=hits / n,
            low=span.low,
            high=span.high,
            n=n,
            sentence=f"{hits:,} of {n:,} released rows ({percent(hits / n)}) are most like their own subject among "
            f"{ranks.candidates:,} candidates; stand-ins {control:,} ({percent(control / n)}); chance "
            f"{percent(chance)}.{nothing}",
            control=control / n,
            control_low=beside.low,
            control_high=beside.high,
            control_n=n,
            p_value=binomial_p(hits, n, chance),
            limit=limit,
            needs=self.needs,
        )

    def _reciprocal(self, name: str, ranks: Ranks) -> Estimate:
        n = len(ranks.own)
        method = f"mean, {self.confidence:.0%} normal interval"
        nobody = Estimate("reidentification", f"{name}_mrr", "mean reciprocal rank", method, _NOBODY)
        if n == 0:
            return nobody
        chance = float(np.mean(1 / np.arange(1, max(1, ranks.candidates) + 1)))
        ours, theirs = (_mean(1 / side, self.confidence) for side in (ranks.own, ranks.stand_in))
        return replace(
            nobody,
            value=ours[0],
            low=ours[1],
            high=ours[2],
            n=n,
            sentence=f"Mean reciprocal rank of a row's own subject {ours[0]:.3f} over {n:,} rows; of stand-ins "
            f"{theirs[0]:.3f}; by chance {chance:.3f}. It is 1 if everybody is recognized at once.",
            control=theirs[0],
            control_low=theirs[1],
            control_high=theirs[2],
            control_n=n,
        )


def identifier_words(identifiers: Identifiers) -> dict[str, frozenset[str]]:
    """Folded words of the unique identifiers of each subject."""
    words: dict[str, set[str]] = {}
    for subject, value in zip(identifiers.subjects, identifiers.values, strict=True):
        words.setdefault(subject, set()).update(fold(value))
    return {subject: frozenset(own) for subject, own in words.items()}


_NOBODY = "No released row is made from a candidate's text, so nobody could be recognized."


def _ranks(blocks: Sequence["np.ndarray"], targets: "np.ndarray") -> "np.ndarray":
    ranks, start = [np.zeros(0, np.int64)], 0
    for block in blocks:
        own = block[np.arange(len(block)), targets[start : start + len(block)]]
        ranks.append(np.sum(block >= own[:, None] - _TIE, axis=1))
        start += len(block)
    return np.concatenate(ranks)


def _mean(values: "np.ndarray", confidence: float) -> tuple[float, float, float]:
    value = float(np.mean(values))
    error = NormalDist().inv_cdf((1 + confidence) / 2) * float(np.std(values)) / len(values) ** 0.5
    return value, max(0.0, value - error), min(1.0, value + error)


def _part(texts: Mapping[str, Texts], known: Known, first: bool) -> dict[str, Texts]:
    """One half of the words of each text; whole texts where the attacker knows them whole."""
    if known == "whole":
        return dict(texts)
    return {subject: tuple(_half(text, first) for text in own) for subject, own in texts.items()}


def _half(text: str, first: bool) -> str:
    words = text.split()
    middle = len(words) // 2
    return " ".join(words[:middle] if first else words[middle:])


def reidentification(release: Release) -> list[Estimate]:
    """Both attackers on a release; on the negative control, its passages under the names of candidates."""
    half = release.evidence.once(_half_known)
    if release.stage == NEGATIVE:
        return half.outcomes(half.renamed(release.passages))
    whole = release.evidence.once(_whole_known)
    estimates = [*whole.outcomes(release.passages), *half.outcomes(release.passages)]
    # the adaptive attacker, who knows masked text, would only find his own knowledge in the first stages
    return [e for e in estimates if release.stage not in (RAW.name, MASKED.name) or not e.slice.startswith("adaptive")]


def _whole_known(evidence: Evidence) -> Reidentification:
    """Never gated: whoever has the original recognizes any text that keeps its content."""
    masked: dict[str, str] = {}
    for passage in evidence.passages(MASKED.name):
        masked.setdefault(passage.subject, passage.text)
    return Reidentification(
        evidence.corpus,
        identifier_words(evidence.identifiers),
        masked,
        known="whole",
        sample=evidence.policy.attribute_subjects,
        confidence=evidence.policy.confidence,
        factor=None,
    )


def _half_known(evidence: Evidence) -> Reidentification:
    return Reidentification(
        evidence.corpus,
        identifier_words(evidence.identifiers),
        known="half",
        sample=evidence.policy.attribute_subjects,
        confidence=evidence.policy.confidence,
        needs=evidence.policy.min_subjects,
    )


ATTACK = Attack(
    title="Re-identification",
    asks="Does topic or style point from a released row to the subject it was made from?",
    order=110,
    run=reidentification,
    titles={
        f"reidentification/{attacker}{feature}_{known}_{measure}": f"By {feature}, {known} text known{masked}: {words}"
        for attacker, masked in (("", ""), ("adaptive_", ", after the same masking"))
        for feature in READERS
        for known in ("whole", "half")
        for measure, words in (("top_1", "first guess"), ("mrr", "mean rank"))
    },
    stages=ALL_BUT_POSITIVE,
    answers={"Linkability": "reidentification/*_half_top_1"},
)
