"""The version of a stage: everything that shapes its output, apart from its input.

The data version, a hash of the content, is the lake's.
"""

import hashlib
from collections.abc import Iterable

from resources.code import code_digest
from resources.models.engine import fingerprint
from synth_assets.factory.plan import Plan
from synth_assets.factory.policy import sections_digest
from synth_assets.factory.stage import Stage, StageVersion

SHARED = ("resources.lake.store", "synth_assets.factory.gate")
"""How rows are stored and audited: code of every stage."""


def stage_version(plan: Plan, stage: Stage) -> StageVersion:
    """The version of a stage as `plan` shapes it: its code, policy sections, suite, models and further settings."""
    used = [*stage.roles, *stage.optional_roles(plan.policy)]
    if "masked_lm" in used and "second_masked_lm" in plan.registry:
        used.append("second_masked_lm")
    models = {role: fingerprint(role, plan.registry[role]) for role in used}
    policy = sections_digest(plan.policy, stage.policy)
    roles = [f"{role}={digest}" for role, digest in sorted(models.items())]
    parts = [policy, plan.suites[stage.name].digest, *roles]
    return StageVersion(code_version(stage.method.__module__, parts), policy, models)


def code_version(module: str, parts: Iterable[str] = ()) -> str:
    """Digest of the code that `module` reaches and of `parts`, 16 hex digits."""
    return hashlib.sha256("\0".join([code_digest(module, *SHARED), *parts]).encode()).hexdigest()[:16]
