"""What a stage is: its record, what its method is given, and what its method returns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from resources.progress import Progress
from synth_assets.records import AuditResult, Output, Row

if TYPE_CHECKING:
    from resources.factory import Factory
    from resources.lake.model import Partition, Staged
    from resources.models.protocols import Models
    from synth_assets.factory.plan import Plan
    from synth_assets.factory.policy import Policy

EVERY_ATTACKED_STAGE = ("*",)
"""The upstream of a stage that reads every stage that the privacy report attacks."""


@dataclass(frozen=True)
class AuditSpec:
    """An audit in code, declared so that the asset can announce its check.

    Args:
        name: a statement that is true when the check passes.
        description: what it means.
        critical: whether a failure refuses publication.
    """

    name: str
    description: str
    critical: bool = True


def audit_specs(audits: Mapping[str, str]) -> list[AuditSpec]:
    """Blocking audits from their names and descriptions."""
    return [AuditSpec(name, description) for name, description in audits.items()]


@dataclass(frozen=True)
class StagedOutput:
    """Rows and rejected rows in files that no reader sees yet, and the number of rejected rows by reason."""

    rows: "Staged"
    rejected: "Staged"
    reasons: Mapping[str, int]
    figures: Mapping[str, int | float]


@dataclass(frozen=True)
class StageResult:
    """What a stage's method returns.

    Args:
        output: rows in memory, or rows that the method staged itself.
        audits: results of the audits that the stage's record announces.
        inputs: digests of inputs that are not stages, by name.
        attachments: digests of attached files, by the name they have in a release.
        metadata: more metadata for the materialization: Dagster metadata values, never text of a document.
        statements: sentences that readers of a report must know.
    """

    output: Output | StagedOutput
    audits: Sequence[AuditResult] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    attachments: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    statements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StageVersion:
    """What shapes a stage's output, apart from its input.

    Args:
        code: digest of code, policy, suite and models: Dagster's code version.
        policy: digest of the policy sections.
        models: fingerprint of the model of each role.
    """

    code: str
    policy: str
    models: Mapping[str, str]


@dataclass(frozen=True)
class StageRun:
    """One partition of one stage, about to be made.

    Args:
        upstream: data versions of the published versions that the stage reads, by stage.
        open_models: opens the models; only stages with roles may call it.
    """

    stage: "Stage"
    version: StageVersion
    partition: "Partition"
    plan: "Plan"
    factory: "Factory"
    upstream: Mapping[str, str]
    progress: Progress
    open_models: "Callable[[], Models]"

    @property
    def policy(self) -> "Policy":
        """The policy in force."""
        return self.plan.policy

    @property
    def models(self) -> "Models":
        """The models, loaded on first use."""
        return self.open_models()

    def read(self, stage: str) -> list[Row]:
        """Rows of the published version of an upstream stage. Raises UnpublishedError where there is none."""
        return self.factory.read(stage, self.partition)

    def scan(self, stage: str, columns: Sequence[str]) -> Iterator[Row]:
        """Some columns of what `read` returns, row by row. Raises UnpublishedError where there is none."""
        return self.factory.scan(stage, self.partition, columns)


def _none(policy: "Policy") -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Stage:
    """One stage: all that the rest of the factory needs to know about it.

    Declare it at the top level of a module of `synth_assets.stages`. From it come the asset with its checks, its place
    in the lineage, its code version, its table in the lake, its columns in the catalog and its line in the terminal.

    Args:
        name: of the asset and of the table in the lake.
        short: one word for tables and charts.
        description: what the asset's page in the UI says.
        schema: of its rows; every field has a description.
        method: computes the stage. Its module and all that this imports are the stage's code.
        policy: dotted keys of the policy sections that shape it.
        upstream: stages that it reads.
        audits: the audits in code that its results must hold, by policy.
        roles: model roles whose weights shape it.
        optional_roles: roles that a policy adds.
        attacked: whether the privacy report attacks it.
    """

    name: str
    short: str
    description: str
    schema: pa.Schema
    method: Callable[[StageRun], StageResult]
    policy: tuple[str, ...]
    upstream: tuple[str, ...] = ()
    audits: "Callable[[Policy], Sequence[AuditSpec]]" = _none
    roles: tuple[str, ...] = ()
    optional_roles: "Callable[[Policy], Sequence[str]]" = _none
    attacked: bool = True
