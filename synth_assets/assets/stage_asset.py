"""The asset of a stage: pin what it reads, run its method, hand the result to the gate."""

from collections.abc import Iterator

import dagster as dg

from resources.dagster_resources import ProgressLog
from synth_assets.factory.gate import publish, value_free
from synth_assets.factory.plan import Plan
from synth_assets.factory.stage import Stage, StageRun
from synth_assets.factory.versions import stage_version
from synth_assets.partitions import PARTITIONS, partition_of

GROUP = "factory"


def stage_asset(plan: Plan, stage: Stage) -> dg.AssetsDefinition:
    """The asset of `stage` as `plan` shapes it, with one check for every expectation and every audit."""
    version = stage_version(plan, stage)
    checks = [(e.name, e.description, e.critical) for e in plan.suites[stage.name].expectations]
    checks += [(a.name, a.description, a.critical) for a in stage.audits(plan.policy)]

    @dg.asset(
        name=stage.name,
        description=stage.description,
        deps=[dg.AssetKey(name) for name in stage.upstream],
        partitions_def=PARTITIONS,
        output_required=False,
        group_name=GROUP,
        code_version=version.code,
        # No backfill policy: one run a partition. An explicit multi_run(1) would give each run a range of one
        # partition, and Dagster files the check results of a range under no partition at all.
        automation_condition=automation() if stage.upstream else None,
        kinds={"parquet", "deltalake", *(["huggingface"] if stage.roles else [])},
        pool="gpu" if stage.roles else None,
        metadata={"dagster/column_schema": column_schema(stage)},
        required_resource_keys={"factory", *(["models"] if stage.roles else [])},
        check_specs=[
            dg.AssetCheckSpec(name, asset=stage.name, description=text, blocking=critical, partitions_def=PARTITIONS)
            for name, text, critical in checks
        ],
    )
    def compute(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        factory, partition, progress = context.resources.factory, partition_of(context), ProgressLog(context.log)
        with value_free(stage.name):
            pins = factory.pins(stage.upstream, partition)
            run = StageRun(stage, version, partition, plan, factory, pins, progress, lambda: context.resources.models)
            result = stage.method(run)
        yield from publish(context, run, result)

    return compute


def automation() -> dg.AutomationCondition:
    """Run when an upstream's content changed (not merely re-ran), on any day, once its checks allow it."""
    condition = dg.AutomationCondition
    eager = condition.eager().without(condition.in_latest_time_window())
    return eager.replace("newly_updated", condition.data_version_changed())


def column_schema(stage: Stage) -> dg.TableSchema:
    """The declared schema as Dagster's catalog shows it."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=f.name,
                type=str(f.type),
                description=(f.metadata or {}).get(b"description", b"").decode(),
                constraints=dg.TableColumnConstraints(nullable=f.nullable),
            )
            for f in stage.schema
        ]
    )
