"""What the privacy report is told of the masking policy in force. The report knows no masking module by itself."""

from collections.abc import Sequence

from resources.models.protocols import Models
from synth_assets.masking.detection.declared import find_custom
from synth_assets.masking.policy import Actions, MaskingPolicy
from synth_assets.records import InForce


def actions_in_words(policy: MaskingPolicy) -> dict[str, str]:
    """The action for every type, built in or declared, by its name in capitals."""
    types = [*map(str.upper, Actions.model_fields), *policy.custom]
    coarser = {"generalize": f"generalize ({policy.generalization.replace('_', ' ')})"}
    return {kind: coarser.get(action := policy.action_of(kind), action) for kind in types}


def in_force(policy: MaskingPolicy, models: Models) -> InForce:
    """The policy as the report needs it: `find` finds declared types that are not kept, from the policy's score on."""
    hidden = frozenset(name for name, declared in policy.custom.items() if declared.action != "keep")

    def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        return [
            [(m.start, m.end, m.type) for m in found if m.type in hidden and m.score >= policy.min_score]
            for found in find_custom(texts, policy, models)
        ]

    return InForce(actions_in_words(policy), tuple(policy.custom), find)
