"""Types that a policy declares: finding them in text, and what the privacy report is told about all types."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from resources.errors import PolicyError
from resources.models.protocols import Models
from synth_assets.masking.kinds.custom import LabelRole
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.mentions import DECLARED, MODEL, Mention
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.records import InForce


def find_custom(texts: Sequence[str], policy: MaskingPolicy, models: Models) -> list[list[Mention]]:
    """Mentions of each text, unresolved: patterns and words for certain, labels with the score of their model.

    Raises:
        PolicyError: a pattern that takes too long, a label that its model does not know, or a role without a model.
    """
    by_text: list[list[Mention]] = [[] for _ in texts]
    for name, declared in policy.custom.items():
        if (finder := declared.finder) is None:
            continue
        detector = "custom_pattern" if declared.pattern else "custom_words"
        for mentions, text in zip(by_text, texts, strict=True):
            try:
                mentions += [Mention(start, end, name, 1.0, detector, DECLARED) for start, end in finder.find(text)]
            except TimeoutError:
                raise PolicyError(
                    f"masking.custom.{name}: the pattern takes too long on a text of {len(text):,} characters: avoid "
                    "repetitions inside repetitions"
                ) from None
    for role, types in _labels(policy).items():
        recognizer = models.zero_shot if role == "zero_shot" else models.recognizer
        for mentions, entities in zip(by_text, recognizer.find(texts, list(types)), strict=True):
            mentions += [
                Mention(e.start, e.end, name, e.score, e.detector, MODEL) for e in entities for name in types[e.type]
            ]
    return by_text


def _labels(policy: MaskingPolicy) -> dict[LabelRole, dict[str, list[str]]]:
    """For each role, its labels with the names of the types that ask for them."""
    asked: dict[LabelRole, dict[str, list[str]]] = {}
    for name, declared in policy.custom.items():
        if declared.model and declared.label:
            asked.setdefault(declared.model, defaultdict(list))[declared.label].append(name)
    return asked


def in_force(policy: MaskingPolicy, models: Models | None = None) -> InForce:
    """What the privacy report is told of the policy; declared types that are hidden can be found only with `models`.

    The report's own patterns stay independent of the masker's: only with declared types is it helped.
    """
    coarser = {"generalize": f"generalize ({policy.generalization.replace('_', ' ')})"}
    actions = {kind: coarser.get(action := policy.action_of(kind), action) for kind in (*kinds(), *policy.custom)}
    letters = sorted({letter for kind in kinds().values() for letter in kind.safe_harbor})
    harbor = {letter: tuple(k.name for k in kinds().values() if letter in k.safe_harbor) for letter in letters}
    rules = InForce(actions, tuple(policy.custom), safe_harbor=harbor)
    if models is None:
        return rules
    hidden = frozenset(name for name, declared in policy.custom.items() if declared.action != "keep")

    def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        return [
            [(m.start, m.end, m.type) for m in mentions if m.type in hidden and m.score >= policy.min_score]
            for mentions in find_custom(texts, policy, models)
        ]

    return replace(rules, find=find)
