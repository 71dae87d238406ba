"""The way out. What a release holds and when it is refused belongs to `synth_assets.release.build`."""

from collections.abc import Iterator

import dagster as dg

from resources.errors import UnpublishedError
from resources.factory import Factory
from synth_assets.assets.stage_asset import GROUP, automation
from synth_assets.factory.gate import refusal, value_free
from synth_assets.lineage import STAGES
from synth_assets.modes import mode_sentence
from synth_assets.partitions import PARTITIONS, partition_of
from synth_assets.release.build import GATE, RELEASE, ReleaseRefusedError, build_release, check_release


def release_asset() -> dg.AssetsDefinition:
    """The asset; nothing of a plan shapes it, only what is published."""

    @dg.asset(
        name=RELEASE,
        deps=[dg.AssetKey(stage) for stage in STAGES],
        partitions_def=PARTITIONS,
        output_required=False,
        group_name=GROUP,
        kinds={"parquet", "json"},
        automation_condition=automation(),
        check_specs=[
            dg.AssetCheckSpec(
                GATE,
                asset=RELEASE,
                description="The privacy report passes on exactly the versions that are released",
                blocking=True,
                partitions_def=PARTITIONS,
            )
        ],
    )
    def release(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        """The instruction set with manifest, checksums, cards and report: the only door out.

        Refused without a passing report on exactly these versions.
        """
        partition = partition_of(context)
        try:
            manifests = check_release(factory, partition)
        except (ReleaseRefusedError, UnpublishedError) as error:
            yield dg.AssetCheckResult(check_name=GATE, passed=False, description=str(error))
            raise refusal(context, str(error)) from error
        with value_free(RELEASE):
            done = build_release(factory, [partition])
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(done.digest),
            metadata={
                "dagster/partition_row_count": done.rows,
                "mode": dg.MetadataValue.text(mode_sentence(done.mode)),
                "signed_by": dg.MetadataValue.text(factory.keys.fingerprint()),
                "folder": dg.MetadataValue.path(str(done.path)),
                "report": dg.MetadataValue.path(str(done.path / "privacy_report.html")),
            },
        )
        passed = bool(manifests["privacy_report"].figures.get("verdict_passed"))
        yield dg.AssetCheckResult(
            check_name=GATE,
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN,
            description="The report passes." if passed else "The report does not pass; an override is in force.",
        )

    return release
