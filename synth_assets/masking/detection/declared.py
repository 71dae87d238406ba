"""Mentions of the types that a policy declares itself. How they are declared belongs to `custom`."""

from collections import defaultdict
from collections.abc import Sequence

from resources.errors import PolicyError
from resources.models.protocols import Models
from synth_assets.masking.kinds.custom import Finder, LabelRole
from synth_assets.masking.mentions import DECLARED, MODEL, Mention
from synth_assets.masking.policy import MaskingPolicy


def find_custom(texts: Sequence[str], policy: MaskingPolicy, models: Models) -> list[list[Mention]]:
    """Mentions of each text, unresolved: patterns and words for certain, labels with the score of their model.

    Raises:
        PolicyError: a pattern that takes too long, a label that its model does not know, or a role without a model.
    """
    found: list[list[Mention]] = [[] for _ in texts]
    for name, declared in policy.custom.items():
        if (finder := declared.finder) is None:
            continue
        detector = "custom_pattern" if declared.pattern else "custom_words"
        for mentions, text in zip(found, texts, strict=True):
            places = _places(name, finder, text)
            mentions += [Mention(start, end, name, 1.0, detector, DECLARED) for start, end in places]
    for role, types in _labels(policy).items():
        recognizer = models.zero_shot if role == "zero_shot" else models.recognizer
        for mentions, entities in zip(found, recognizer.find(texts, list(types)), strict=True):
            mentions += [
                Mention(e.start, e.end, name, e.score, e.detector, MODEL) for e in entities for name in types[e.type]
            ]
    return found


def _places(name: str, finder: Finder, text: str) -> list[tuple[int, int]]:
    try:
        return list(finder.find(text))
    except TimeoutError:
        raise PolicyError(
            f"masking.custom.{name}: the pattern takes too long on a text of {len(text):,} characters: avoid "
            "repetitions inside repetitions"
        ) from None


def _labels(policy: MaskingPolicy) -> dict[LabelRole, dict[str, list[str]]]:
    """For each role, its labels with the names of the types that ask for them."""
    asked: dict[LabelRole, dict[str, list[str]]] = {}
    for name, declared in policy.custom.items():
        if declared.model and declared.label:
            asked.setdefault(declared.model, defaultdict(list))[declared.label].append(name)
    return asked
