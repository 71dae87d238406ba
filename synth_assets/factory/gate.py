"""Stage, audit, publish: the gate that every stage passes.

What passes is published and materialized, and then its check results are yielded: Dagster counts a result for the
latest materialization before it, so that results that come first would belong to the version before. What is refused
has check results and no materialization, and its step fails with the sentences of what blocks.
"""

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from resources.errors import MachineError, SynthAssetsError
from resources.expectations.suites import Verdict
from resources.expectations.validation import validate
from resources.lake.model import Manifest, Staged
from synth_assets.factory.mode import shaped_by_mode
from synth_assets.factory.stage import AuditSpec, StagedOutput, StageResult, StageRun
from synth_assets.modes import mode_of, mode_sentence
from synth_assets.records import REJECTED, AuditResult, Output, Rejected, Row

if TYPE_CHECKING:
    from resources.lake.overrides import Override


REFUSED = "synth_assets/refused"
"""Run tag: the stage that its gate refused."""
_SAID = 3
"""Failed checks that a refusal quotes: the first is often the cause of the others."""


def stage_rows(run: StageRun, rows: Iterable[Row]) -> Staged:
    """Rows of a stage, written as they come."""
    return run.factory.lake.stage(run.stage.name, run.partition, rows, run.stage.schema)


def stage_rejected(run: StageRun, staged: Staged, rejected: Iterable[Rejected]) -> Staged:
    """The rejected rows beside the staged ones, written as they come."""
    return run.factory.lake.stage_rejected(staged, map(vars, rejected), REJECTED)


def stage_output(run: StageRun, output: Output) -> StagedOutput:
    """Stage an output that is in memory."""
    staged = stage_rows(run, output.rows)
    reasons = Counter(item.reason for item in output.rejected)
    return StagedOutput(staged, stage_rejected(run, staged, output.rejected), reasons, output.figures)


def publish(
    context: dg.AssetExecutionContext, run: StageRun, result: StageResult
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Audit what a stage made, and publish it only if nothing blocks.

    A refused candidate is kept in quarantine; the last good version keeps serving.
    """
    output = stage_output(run, result.output) if isinstance(result.output, Output) else result.output
    staged, lake = output.rows, run.factory.lake
    verdicts = [
        *validate(run.plan.suites[run.stage.name], staged.uri),
        *_as_verdicts(run.stage.audits(run.policy), result.audits),
    ]
    active = {o.check: o for o in run.factory.overrides.active(run.stage.name, run.partition)}
    results = [_check_result(verdict, staged, active.get(verdict.name)) for verdict in verdicts]
    blocking = [v for v in verdicts if v.critical and not v.passed]
    refused = [v for v in blocking if v.name not in active]
    overrides = [active[v.name] for v in blocking if v.name in active]
    manifest = _manifest(context.run_id, run, result, output, verdicts, overrides)
    if refused:
        lake.quarantine(staged, manifest, [v.name for v in refused], output.rejected)
        yield from results
        raise refusal(context, _why(refused))
    version = lake.publish(staged, manifest, output.rejected)
    context.log.info(
        f"{run.stage.name}/{run.partition.key}: published {staged.rows} rows as {staged.digest} (version {version})"
    )
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(staged.digest),
        metadata={
            "dagster/partition_row_count": staged.rows,
            "dagster/uri": staged.uri,
            "lake_version": version,
            "rejected": _table(manifest.rejected),
            "figures": _table(manifest.figures),
            "upstream": dg.MetadataValue.json(manifest.upstream),
            "overrides": dg.MetadataValue.json([note.model_dump() for note in manifest.overrides]),
            **_mode(manifest),
            **result.metadata,
        },
    )
    yield from results


def _why(refused: Sequence[Verdict]) -> str:
    said = " ".join(f"{v.name}: {v.sentence}" for v in refused[:_SAID])
    return said + (f" And {len(refused) - _SAID} more." if len(refused) > _SAID else "")


def refusal(context: dg.AssetExecutionContext, why: str) -> dg.Failure:
    """What a refused step ends with. A tag of the run says so: a refusal is no crash."""
    name = context.asset_key.to_user_string()
    context.instance.add_run_tags(context.run_id, {REFUSED: name})
    return dg.Failure(f"{name} is refused by its gate. {why}", allow_retries=False)


@contextmanager
def value_free(stage: str) -> Iterator[None]:
    """Let no foreign exception carry text of a document into the event log: it becomes type and place.

    Raises:
        dg.Failure: in place of an error of the data or the policy: trying again would not help.
        MachineError: in place of any other exception that is not Dagster's.
    """
    try:
        yield
        return
    except (MachineError, dg.Failure, dg.DagsterError):
        raise
    except SynthAssetsError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    # Raised outside the handler, so that the event log gets no context with the message in it.
    raise MachineError(f"{stage} failed with {place}; the message is withheld because it may quote a document")


def _as_verdicts(specs: Sequence[AuditSpec], audits: Sequence[AuditResult]) -> list[Verdict]:
    """Audit results in the announced order; one that did not come back counts as failed."""
    done = {a.name: a for a in audits}
    ordered = [(s, done.get(s.name, AuditResult(s.name, False, 0, 0, "The audit gave no result."))) for s in specs]
    return [Verdict(a.name, a.passed, s.critical, a.checked, a.failed, (), a.sentence) for s, a in ordered]


def _check_result(verdict: Verdict, staged: Staged, override: "Override | None") -> dg.AssetCheckResult:
    overridden = override if verdict.critical and not verdict.passed else None
    blocking = verdict.critical and not overridden
    metadata: dict[str, Any] = {
        "checked": verdict.checked,
        "unexpected": verdict.unexpected,
        "candidate": staged.digest,
        "row_ids": list(verdict.keys),
    }
    if overridden:
        metadata["override"] = overridden.note.model_dump(exclude={"check"})
    return dg.AssetCheckResult(
        check_name=verdict.name,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        description=verdict.sentence + (" Overridden: see the metadata." if overridden else ""),
        metadata=metadata,
    )


def _manifest(
    run_id: str,
    run: StageRun,
    result: StageResult,
    output: StagedOutput,
    verdicts: Sequence[Verdict],
    overrides: "Sequence[Override]",
) -> Manifest:
    plan, staged = run.plan, output.rows
    return Manifest(
        stage=run.stage.name,
        source=run.partition.source,
        day=run.partition.day,
        data_version=staged.digest,
        rows=staged.rows,
        rejected=dict(sorted(output.reasons.items())),
        upstream={**run.upstream, **result.inputs},
        policy_digest=run.version.policy,
        suite_digest=plan.suites[run.stage.name].digest,
        models=dict(run.version.models),
        seed=plan.policy.seed,
        code_version=run.version.code,
        verdicts={v.name: v.passed for v in verdicts if v.critical},
        overrides=tuple(o.note for o in overrides),
        run_id=run_id,
        attachments=dict(result.attachments),
        figures=dict(output.figures),
        statements=dict(result.statements),
        release=plan.policy.release.facts if shaped_by_mode(run.stage) else {},
    )


def _mode(manifest: Manifest) -> dict[str, dg.MetadataValue]:
    if not manifest.release:
        return {}
    return {"mode": dg.MetadataValue.text(mode_sentence(mode_of(manifest.release)))}


def _table(numbers: Mapping[str, int | float]) -> dg.MetadataValue:
    return dg.MetadataValue.table(
        records=[dg.TableRecord({"what": name, "number": value}) for name, value in numbers.items()],
        schema=dg.TableSchema(columns=[dg.TableColumn("what", "string"), dg.TableColumn("number", "float")]),
    )
