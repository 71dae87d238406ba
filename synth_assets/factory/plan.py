"""What a code location was loaded with: home, policy, sources, suites, model fingerprints.

Made once when definitions are assembled; assets close over it. Nothing heavy is imported here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from resources.errors import PolicyError
from resources.expectations.suites import Suite
from resources.home import Home
from resources.models.engine import fingerprint
from resources.models.registry import Registry, load_registry
from synth_assets.corpus.reading.sources import SourceConfig, load_sources
from synth_assets.differential_privacy.ledger import Guarantee, load_guarantees
from synth_assets.factory.gate import AuditSpec
from synth_assets.factory.policy import Policy, load_policy, section_digest
from synth_assets.factory.versions import code_version
from synth_assets.partitions import PARTITIONS
from synth_assets.records import STAGES

PACKAGED_SUITES = Path(__file__).parent / "suites"
GROUP = "factory"

ROLES: Mapping[str, tuple[str, ...]] = {
    "raw_corpus": (),
    "masked_corpus": ("recognizer", "masked_lm", "tagger", "encoder"),
    "augmented_corpus": ("translator", "causal_lm", "encoder"),
    "instruction_set": ("recognizer", "causal_lm", "encoder"),
    "privacy_report": ("recognizer", "encoder", "masked_lm"),
}
"""The model roles whose weights shape a stage."""
_DECLARED_TYPES = frozenset({"masked_corpus", "privacy_report"})
"""Stages that look for the types a policy declares."""


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
        policy, registry = load_policy(home.policy_file), registry_of(home)
        if _asks_for_labels(policy) and registry.zero_shot is None:
            raise PolicyError("masking.custom names a label for zero_shot: give models.yaml a model for this role")
        return cls(home, policy, sources, suites, registry, load_guarantees(home.guarantees_file))

    def code_version(self, stage: str) -> str:
        """Digest of code, policy section, suite and models of a stage."""
        models = [f"{role}={digest}" for role, digest in sorted(self.models(stage).items())]
        stated = [f"{key}={g.model_dump_json()}" for key, g in sorted(self.guarantees.items())]
        parts = [section_digest(self.policy, stage), self.suites[stage].digest, *models]
        return code_version(stage, [*parts, *stated] if stage == "privacy_report" else parts)

    def models(self, stage: str) -> dict[str, str]:
        """Fingerprints of the models a stage uses, by role."""
        entries = self.registry.entries()
        roles = [*ROLES[stage]]
        if "masked_lm" in roles and "second_masked_lm" in entries:
            roles.append("second_masked_lm")
        if stage in _DECLARED_TYPES and _asks_for_labels(self.policy):
            roles.append("zero_shot")
        if stage == "masked_corpus" and self.policy.masking.dp_rewriting.variant != "off":
            roles.append("causal_lm")
        return {role: fingerprint(role, entries[role]) for role in roles}

    def options(self, stage: str, audits: Sequence[AuditSpec] = (), deps: Sequence[str] = ()) -> dict[str, Any]:
        """The arguments of `dg.asset` that every stage shares."""
        checks = [(e.name, e.description, e.critical) for e in self.suites[stage].expectations]
        checks += [(a.name, a.description, a.critical) for a in audits]
        return {
            "name": stage,
            "deps": [dg.AssetKey(d) for d in deps],
            "partitions_def": PARTITIONS,
            "output_required": False,
            "group_name": GROUP,
            "code_version": self.code_version(stage),
            # No backfill policy: one run a partition. An explicit multi_run(1) would give each run a range of one
            # partition, and Dagster files the check results of a range under no partition at all.
            "automation_condition": automation() if deps else None,
            "kinds": {"parquet", "deltalake", *(["huggingface"] if ROLES[stage] else [])},
            "pool": "gpu" if ROLES[stage] else None,
            "metadata": {"dagster/column_schema": column_schema(stage)},
            "check_specs": [
                dg.AssetCheckSpec(name, asset=stage, description=text, blocking=critical, partitions_def=PARTITIONS)
                for name, text, critical in checks
            ],
        }


def _asks_for_labels(policy: Policy) -> bool:
    return any(declared.model == "zero_shot" for declared in policy.masking.custom.values())


def registry_of(home: Home) -> Registry:
    """The model registry of a home: its own entries over the embedded models."""
    return load_registry(home.models_file if home.models_file.is_file() else None)


def automation() -> dg.AutomationCondition:
    """Run when an upstream's content changed (not merely re-ran), on any day, once its checks allow it."""
    condition = dg.AutomationCondition
    eager = condition.eager().without(condition.in_latest_time_window())
    return eager.replace("newly_updated", condition.data_version_changed())


def column_schema(stage: str) -> dg.TableSchema:
    """The declared schema as Dagster's catalogue shows it."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=f.name,
                type=str(f.type),
                description=(f.metadata or {}).get(b"description", b"").decode(),
                constraints=dg.TableColumnConstraints(nullable=f.nullable),
            )
            for f in STAGES[stage]
        ]
    )


def _suite_file(home: Home, stage: str) -> Path:
    own = home.suites / f"{stage}.yaml"
    return own if own.is_file() else PACKAGED_SUITES / f"{stage}.yaml"
