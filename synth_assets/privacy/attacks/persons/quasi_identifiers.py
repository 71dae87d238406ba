"""The attacks that need no direct identifier: details, topic and style that point to a person. Each is in `attacks`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resources.models.protocols import EntityRecognizer
from synth_assets.privacy.attacks.persons.attribute_inference import AttributeInference
from synth_assets.privacy.attacks.persons.k_anonymity import KAnonymity
from synth_assets.privacy.attacks.persons.linkability import Linkability
from synth_assets.privacy.attacks.persons.reidentification import Reidentification, identifier_words
from synth_assets.privacy.attacks.persons.singling_out import SinglingOut
from synth_assets.privacy.evidence.attributes import AttributeTables
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.passages import Corpus, Passage
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Counted

_BEHIND_PROTECTION = ("raw_corpus", "masked_corpus")
"""Stages on which the adaptive attacker, who knows masked text, would only meet his own knowledge again."""


@dataclass(frozen=True, eq=False)
class QuasiIdentifiers:
    """What is known of the raw sides, prepared once for all releases."""

    attributes: tuple[SinglingOut | Linkability | AttributeInference | KAnonymity, ...]
    whole: Reidentification
    half: Reidentification

    @classmethod
    def of(
        cls,
        corpus: Corpus,
        found: Identifiers,
        masked: Sequence[Passage],
        recognizer: EntityRecognizer,
        policy: PrivacyPolicy,
    ) -> "QuasiIdentifiers":
        """`masked`: passages of the masked corpus, what the adaptive attacker makes of a raw text he knows."""
        tables = AttributeTables.of(corpus, recognizer, policy.attribute_subjects)
        risk, needs = policy.max_risk, policy.min_attacks
        hide, known = identifier_words(found), _first_text(masked)
        size, confidence = policy.attribute_subjects, policy.confidence
        return cls(
            (
                SinglingOut(tables, confidence, risk, needs),
                Linkability(tables, confidence, risk, needs),
                AttributeInference(tables, confidence, risk, needs),
                KAnonymity(tables, confidence, policy.max_unique_excess, policy.min_subjects),
            ),
            # whoever has the whole original recognizes any text that keeps its content: stated, never gated
            Reidentification.of(corpus, hide, known, known="whole", sample=size, confidence=confidence, factor=None),
            Reidentification.of(
                corpus, hide, known="half", sample=size, confidence=confidence, needs=policy.min_subjects
            ),
        )

    def outcomes(self, stage: str, released: Sequence[Passage]) -> list[Counted]:
        """All attacks on one stage."""
        found: list[Counted] = [o for attack in self.attributes for o in attack.outcomes(released)]
        found += [o for attack in (self.whole, self.half) for o in attack.outcomes(released)]
        return [o for o in found if stage not in _BEHIND_PROTECTION or not o.slice.startswith("adaptive")]

    def negative(self, outsiders: Sequence[Passage]) -> list[Counted]:
        """All attacks on real text that took no part; for re-identification it stands under candidates' names."""
        found: list[Counted] = [o for attack in self.attributes for o in attack.outcomes(outsiders)]
        return [*found, *self.half.outcomes(self.half.posing(outsiders))]


def _first_text(masked: Sequence[Passage]) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for passage in masked:
        known.setdefault(passage.subject, passage.text)
    return known
