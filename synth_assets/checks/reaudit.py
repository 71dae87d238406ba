"""Re-audit: does what is published still pass its suite? Publishes nothing, blocks nothing."""

from collections.abc import Iterator

import dagster as dg

from resources.errors import IntegrityError, UnpublishedError
from resources.expectations.validation import validate
from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.factory.gate import value_free
from synth_assets.factory.plan import Plan
from synth_assets.lineage import STAGES
from synth_assets.partitions import PARTITIONS, partition_of

STILL_PASSES = "published_version_still_passes"


def reaudit_check(plan: Plan, stage: str) -> dg.AssetChecksDefinition:
    """The check for one stage: today's suite on the published file, whose bytes are verified first."""

    @dg.asset_check(
        asset=stage,
        name=STILL_PASSES,
        partitions_def=PARTITIONS,
        description="The published version is intact and passes today's suite",
    )
    def check(context: dg.AssetCheckExecutionContext, factory: dg.ResourceParam[Factory]) -> dg.AssetCheckResult:
        return _audited(plan, factory, stage, partition_of(context))

    return check


def reaudit_job(plan: Plan) -> dg.JobDefinition:
    """The checks of all stages of one partition, as a job: Dagster has no partitioned jobs of checks alone."""

    @dg.op(description="Audits what is published again; the results are those of the stages' checks")
    def audit_published(
        context: dg.OpExecutionContext, factory: dg.ResourceParam[Factory]
    ) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
        partition = Partition.parse(str(context.partition_key))
        for stage in STAGES:
            if factory.lake.published(stage, partition) is None:
                continue
            result = _audited(plan, factory, stage, partition)
            context.log.info(f"{stage}: {result.description}")
            yield dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey(stage),
                check_name=STILL_PASSES,
                passed=result.passed,
                metadata=result.metadata,
                severity=result.severity,
                description=result.description,
                blocking=False,
                partition=context.partition_key,
            )
        yield dg.Output(None)

    @dg.job(
        name="reaudit",
        description="What is published of one day and source against today's suites. Publishes nothing.",
        partitions_def=PARTITIONS,
        executor_def=dg.in_process_executor,
        config={"loggers": {"terminal": {}}},
    )
    def job() -> None:
        audit_published()

    return job


def _audited(plan: Plan, factory: Factory, stage: str, partition: Partition) -> dg.AssetCheckResult:
    with value_free(stage):
        try:
            data_version = factory.manifest(stage, partition).data_version
            factory.lake.read(stage, partition, ["id"])
            (path,) = factory.lake.files(stage, partition)
        except (IntegrityError, UnpublishedError) as error:  # an answer to what the check asks, and other stages go on
            return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description=str(error))
        verdicts = validate(plan.suites[stage], path)
    failed = [v.name for v in verdicts if v.critical and not v.passed]
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(verdicts) - len(failed)} of {len(verdicts)} expectations hold.",
        metadata={"data_version": data_version, "failed": failed},
    )
