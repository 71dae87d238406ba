"""Re-audit: does what is published still pass its suite? Runs from the UI, publishes nothing, blocks nothing."""

import dagster as dg

from resources.expectations.validation import validate
from resources.factory import Factory
from synth_assets.factory.gate import value_free
from synth_assets.factory.plan import Plan
from synth_assets.partitions import PARTITIONS, partition_of


def reaudit_check(plan: Plan, stage: str) -> dg.AssetChecksDefinition:
    """The check for one stage: today's suite on the published file, whose bytes are verified first."""

    @dg.asset_check(
        asset=stage,
        name="published_version_still_passes",
        partitions_def=PARTITIONS,
        description="The published version is intact and passes today's suite",
    )
    def check(context: dg.AssetCheckExecutionContext, factory: dg.ResourceParam[Factory]) -> dg.AssetCheckResult:
        partition = partition_of(context)
        with value_free(stage):
            data_version = factory.manifest(stage, partition).data_version
            factory.lake.read(stage, partition, ["id"])
            (path,) = factory.lake.files(stage, partition)
            verdicts = validate(plan.suites[stage], path)
        failed = [v.name for v in verdicts if v.critical and not v.passed]
        return dg.AssetCheckResult(
            passed=not failed,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{len(verdicts) - len(failed)} of {len(verdicts)} expectations hold.",
            metadata={"data_version": data_version, "failed": failed},
        )

    return check
