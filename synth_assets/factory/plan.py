"""What a code location was loaded with: home, policy, sources, suites, models, guarantees.

Made once, when definitions are assembled. Nothing heavy is imported here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from resources.errors import PolicyError
from resources.expectations.suites import Suite
from resources.home import Home
from resources.models.engine import fingerprint
from resources.models.registry import Registry, load_registry
from synth_assets.corpus.reading.sources import SourceConfig, load_sources
from synth_assets.differential_privacy.ledger import Guarantee, load_guarantees
from synth_assets.factory.policy import Policy, load_policy, sections_digest
from synth_assets.factory.stage import Stage
from synth_assets.factory.stages import STAGES
from synth_assets.factory.versions import code_version

PACKAGED_SUITES = Path(__file__).parent / "suites"


@dataclass(frozen=True)
class Plan:
    """Everything that shapes the stages, apart from the data."""

    home: Home
    policy: Policy
    sources: Mapping[str, SourceConfig]
    suites: Mapping[str, Suite]
    registry: Registry
    guarantees: Mapping[str, Guarantee]

    @classmethod
    def load(cls, home: Home) -> "Plan":
        """Read policy, sources, suites and registry. Raises PolicyError naming the file and the key."""
        suites = {stage: Suite.load(_suite_file(home, stage)) for stage in STAGES}
        sources = load_sources(home.sources_file) if home.sources_file.is_file() else {}
        policy, registry = load_policy(home.policy_file), load_registry(home.models_file)
        if policy.masking.needs_zero_shot and registry.zero_shot is None:
            raise PolicyError("masking.custom names a label for zero_shot: give models.yaml a model for this role")
        return cls(home, policy, sources, suites, registry, load_guarantees(home.guarantees_file))

    def code_version(self, stage: Stage) -> str:
        """Digest of code, policy sections, suite, models and further settings of a stage."""
        models = [f"{role}={digest}" for role, digest in sorted(self.models(stage).items())]
        parts = [self.policy_digest(stage), self.suites[stage.name].digest, *models, *stage.settings(self)]
        return code_version(stage.method.__module__, parts)

    def policy_digest(self, stage: Stage) -> str:
        """Digest of the seed and of the policy sections that shape a stage."""
        return sections_digest(self.policy, stage.policy)

    def models(self, stage: Stage) -> dict[str, str]:
        """Fingerprints of the models a stage uses, by role."""
        entries = self.registry.entries()
        roles = [*stage.roles, *stage.optional_roles(self.policy)]
        if "masked_lm" in roles and "second_masked_lm" in entries:
            roles.append("second_masked_lm")
        return {role: fingerprint(role, entries[role]) for role in roles}


def _suite_file(home: Home, stage: str) -> Path:
    own = home.suites / f"{stage}.yaml"
    return own if own.is_file() else PACKAGED_SUITES / f"{stage}.yaml"
