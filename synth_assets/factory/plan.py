"""What a code location was loaded with: home, policy, sources, suites, models.

Made once, when definitions are assembled. Nothing heavy is imported here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from resources.errors import PolicyError
from resources.expectations.suites import Suite
from resources.home import Home
from resources.models.registry import Registry, load_registry
from synth_assets.corpus.reading.sources import SourceConfig, load_sources
from synth_assets.factory.policy import Policy, load_policy

PACKAGED_SUITES = Path(__file__).parent / "suites"
SHARED = PACKAGED_SUITES / "every_stage.yaml"

_FORMER = "guarantees.yaml"
"""A file in which guarantees were stated by hand; ignoring it would take the claim from a report without a word."""
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Plan:
    """Everything that shapes the stages, apart from the data."""

    home: Home
    policy: Policy
    sources: Mapping[str, SourceConfig]
    suites: Mapping[str, Suite]
    registry: Registry

    @classmethod
    def load(cls, home: Home) -> "Plan":
        """Read policy, sources, suites and registry. Raises PolicyError naming the file and the key."""
        if (home.root / _FORMER).exists():
            raise PolicyError(
                f"{_FORMER} is not read any more: release.mode formal states what it draws; remove the file"
            )
        sources = load_sources(home.sources_file)
        policy, registry = load_policy(home.policy_file), load_registry(home.models_file)
        if policy.masking.needs_zero_shot and "zero_shot" not in registry:
            raise PolicyError("masking.custom names a label for zero_shot: give models.yaml a model for this role")
        if policy.release.mode != "formal" and policy.release.egress == "forbidden" and _is_elsewhere(registry):
            raise PolicyError(
                "models.yaml names a causal_lm on another machine, which would get what was learned from the corpus: "
                "write release: {egress: allowed}, serve it on this machine, or use release.mode formal"
            )
        return cls(home, policy, sources, load_suites(home), registry)


def _is_elsewhere(registry: Registry) -> bool:
    """Whether the causal LM is an endpoint that is not on this machine."""
    entry = registry.get("causal_lm")
    host = urlsplit(entry.base_url).hostname if entry and entry.base_url else None
    return host is not None and host not in _HERE


def load_suites(home: Home) -> dict[str, Suite]:
    """The suite of every stage: the home's file, which replaces all of the packaged one, or the packaged one."""
    packaged = {path.stem: path for path in sorted(PACKAGED_SUITES.glob("*.yaml")) if path != SHARED}
    own = {stage: home.suites / f"{stage}.yaml" for stage in packaged}
    return {stage: Suite.load(own[stage] if own[stage].is_file() else path, SHARED) for stage, path in packaged.items()}
