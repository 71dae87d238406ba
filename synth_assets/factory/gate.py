"""Stage, audit, publish: the gate, written once and used by every stage.

The asset yields its check results first and its materialization only if every blocking audit
passed; the lake's pointer moves in between. What a stage computes does not belong here.
"""

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from resources.errors import MachineError, SynthAssetsError
from resources.expectations.suites import Suite, Verdict, validate
from resources.lake.model import Manifest, Partition, Staged
from resources.lake.overrides import Override, Overrides
from resources.lake.store import Lake
from synth_assets.records import REJECTED, STAGES, AuditResult, Output, Rejected, Row


@dataclass(frozen=True)
class StagedOutput:
    """What a stage produced, in files that no reader sees yet: rows, rejected rows, how many of these by reason."""

    rows: Staged
    rejected: Staged
    reasons: Mapping[str, int]
    figures: Mapping[str, int | float]


@dataclass(frozen=True)
class Candidate:
    """What a stage wants to publish, and where it comes from."""

    staged: StagedOutput
    audits: Sequence[AuditResult]
    upstream: Mapping[str, str]
    policy_digest: str
    models: Mapping[str, str]
    seed: int
    code_version: str
    attachments: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, dg.MetadataValue] = field(default_factory=dict)
    statements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditSpec:
    """A check that code makes, declared so that the asset can announce it: a true statement and its meaning."""

    name: str
    description: str
    critical: bool = True


def stage_rows(lake: Lake, stage: str, partition: Partition, rows: Iterable[Row]) -> Staged:
    """Rows of a stage, written as they come."""
    return lake.stage(stage, partition, rows, STAGES[stage])


def stage_rejected(lake: Lake, staged: Staged, rejected: Iterable[Rejected]) -> Staged:
    """The rejected rows beside the staged ones, written as they come."""
    return lake.stage_rejected(staged, map(vars, rejected), REJECTED)


def stage_output(lake: Lake, stage: str, partition: Partition, output: Output) -> StagedOutput:
    """An output that is in memory."""
    staged = stage_rows(lake, stage, partition, output.rows)
    reasons = Counter(item.reason for item in output.rejected)
    return StagedOutput(staged, stage_rejected(lake, staged, output.rejected), reasons, output.figures)


def publish_audited(
    context: dg.AssetExecutionContext,
    lake: Lake,
    overrides: Overrides,
    suite: Suite,
    specs: Sequence[AuditSpec],
    candidate: Candidate,
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Audit the staged file, and publish it only if nothing blocks.

    A refused candidate is kept in quarantine; the last good version keeps serving.
    """
    staged, rejected = candidate.staged.rows, candidate.staged.rejected
    stage, partition = staged.stage, staged.partition
    verdicts = [*validate(suite, staged.uri), *_as_verdicts(specs, candidate.audits)]
    active = {o.check: o for o in overrides.active(stage, partition)}
    for verdict in verdicts:
        yield _check_result(verdict, staged, active.get(verdict.name))
    refused = [v.name for v in verdicts if v.critical and not v.passed and v.name not in active]
    used = [active[v.name] for v in verdicts if v.critical and not v.passed and v.name in active]
    manifest = _manifest(context, suite, candidate, verdicts, used)
    if refused:
        lake.quarantine(staged, manifest, refused, rejected)
        context.log.error(f"{stage}/{partition.key}: not published, {len(refused)} blocking checks failed: {refused}")
        return
    version = lake.publish(staged, manifest, rejected)
    context.log.info(f"{stage}/{partition.key}: published {staged.rows} rows as {staged.digest} (version {version})")
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(staged.digest),
        metadata={
            "dagster/partition_row_count": staged.rows,
            "dagster/uri": staged.uri,
            "lake_version": version,
            "rejected": _table(manifest.rejected),
            "figures": _table(manifest.figures),
            "upstream": dg.MetadataValue.json(dict(candidate.upstream)),
            "overrides": dg.MetadataValue.json([note.model_dump() for note in manifest.overrides]),
            **candidate.metadata,
        },
    )


@contextmanager
def value_free(stage: str) -> Iterator[None]:
    """Let no foreign exception carry text of a document into the event log: it becomes type and place.

    Raises:
        MachineError: in place of any exception that is not a SynthAssetsError or one of Dagster's.
    """
    try:
        yield
        return
    except (SynthAssetsError, dg.Failure, dg.DagsterError):
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    # Raised outside the handler, so that the event log gets no context with the message in it.
    raise MachineError(f"{stage} failed with {place}; the message is withheld because it may quote a document")


def _as_verdicts(specs: Sequence[AuditSpec], audits: Sequence[AuditResult]) -> list[Verdict]:
    """Audit results in the announced order; one that did not come back counts as failed."""
    done = {a.name: a for a in audits}
    verdicts = []
    for spec in specs:
        audit = done.get(spec.name)
        if audit is None:
            verdicts.append(Verdict(spec.name, False, spec.critical, 0, 0, (), "The audit gave no result."))
            continue
        verdicts.append(
            Verdict(spec.name, audit.passed, spec.critical, audit.checked, audit.failed, (), audit.sentence)
        )
    return verdicts


def _check_result(verdict: Verdict, staged: Staged, override: Override | None) -> dg.AssetCheckResult:
    overridden = verdict.critical and not verdict.passed and override is not None
    blocking = verdict.critical and not overridden
    metadata: dict[str, Any] = {
        "checked": verdict.checked,
        "unexpected": verdict.unexpected,
        "candidate": staged.digest,
        "row_ids": list(verdict.keys),
    }
    if overridden and override is not None:
        metadata["override"] = {
            "author": override.author,
            "reason": override.reason,
            "expires": override.expires,
        }
    return dg.AssetCheckResult(
        check_name=verdict.name,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description=verdict.sentence + (" Overridden: see the metadata." if overridden else ""),
        metadata=metadata,
    )


def _manifest(
    context: dg.AssetExecutionContext,
    suite: Suite,
    candidate: Candidate,
    verdicts: Sequence[Verdict],
    overrides: Sequence[Override],
) -> Manifest:
    staged = candidate.staged.rows
    return Manifest(
        stage=staged.stage,
        source=staged.partition.source,
        day=staged.partition.day,
        data_version=staged.digest,
        rows=staged.rows,
        rejected=dict(sorted(candidate.staged.reasons.items())),
        upstream=dict(candidate.upstream),
        policy_digest=candidate.policy_digest,
        suite_digest=suite.digest,
        models=dict(candidate.models),
        seed=candidate.seed,
        code_version=candidate.code_version,
        verdicts={v.name: v.passed for v in verdicts if v.critical},
        overrides=tuple(o.note for o in overrides),
        run_id=context.run_id,
        attachments=dict(candidate.attachments),
        figures=dict(candidate.staged.figures),
        statements=dict(candidate.statements),
    )


def _table(numbers: Mapping[str, int | float]) -> dg.MetadataValue:
    return dg.MetadataValue.table(
        records=[dg.TableRecord({"what": name, "number": value}) for name, value in numbers.items()],
        schema=dg.TableSchema(columns=[dg.TableColumn("what", "string"), dg.TableColumn("number", "float")]),
    )
