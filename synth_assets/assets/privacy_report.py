"""Stage 5. Attacks, controls, verdict and page belong to `synth_assets.privacy`."""

import base64
from collections.abc import Iterator

import dagster as dg

from resources.lake import Slice
from resources.models.engine import Engine
from synth_assets.factory import Factory, ProgressLog, publish
from synth_assets.partitions import slice_of
from synth_assets.plan import Plan
from synth_assets.privacy import Report, measure
from synth_assets.publication import AuditSpec, value_free
from synth_assets.records import AuditResult, Output

STAGE = "privacy_report"
ATTACKED = ("raw_corpus", "masked_corpus", "augmented_corpus", "instruction_set")
# Advice only: a report that says no must be published, or nobody could read why. The release asks the verdict.
SPECS = [AuditSpec("verdict_permits_release", "The report's verdict permits a release", critical=False)]


def privacy_report_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`."""

    @dg.asset(**plan.options(STAGE, SPECS, ATTACKED))
    def privacy_report(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory], models: dg.ResourceParam[Engine]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        """What an attacker gets from every stage, beside what he gets about people whose data never went in.

        The verdict gates the release; the page and its numbers are published whatever it says.
        """
        piece = slice_of(context)
        upstream = factory.pins(ATTACKED, piece)
        with value_free(STAGE):
            raw, masked, augmented, instructions = (factory.read(stage, piece) for stage in ATTACKED)
            report = measure(
                raw, masked, augmented, instructions, plan.policy.privacy, models, ProgressLog(context.log)
            )
            page = report.to_html(provenance(factory, plan, piece))
            attachments = {
                "privacy_report.html": factory.lake.attach(page.encode(), ".html"),
                "privacy_report.json": factory.lake.attach(report.to_json().encode(), ".json"),
            }
        verdict = report.verdict
        failed = int(not verdict.passed)
        audits = [AuditResult(SPECS[0].name, verdict.passed, len(report.rows), failed, verdict.sentence)]
        output = Output(report.rows, [], {"verdict_passed": int(verdict.passed)})
        shown = _metadata(report, factory, attachments)
        yield from publish(context, factory, plan, STAGE, output, upstream, SPECS, audits, attachments, shown)

    return privacy_report


def provenance(factory: Factory, plan: Plan, piece: Slice) -> dict[str, object]:
    """What the page says about where the numbers come from: manifests, rejections, overrides; no text."""
    manifests = [factory.manifest(stage, piece) for stage in ATTACKED]
    return {
        "source": piece.source,
        "day": piece.day,
        "stages": [
            {
                "stage": m.stage,
                "data_version": m.data_version,
                "code_version": m.code_version,
                "rows": m.rows,
                "rejected": dict(m.rejected),
                "figures": dict(m.figures),
                "models": dict(m.models),
                "overrides": [o.model_dump() for o in m.overrides],
            }
            for m in manifests
        ],
        "seed": plan.policy.seed,
    }


def _metadata(report: Report, factory: Factory, attachments: dict[str, str]) -> dict[str, dg.MetadataValue]:
    plot = base64.b64encode(report.plot_svg().encode()).decode()
    return {
        "verdict": dg.MetadataValue.text(f"{report.verdict.status}: {report.verdict.sentence}"),
        "leak_by_stage": dg.MetadataValue.md(f"![leak by stage](data:image/svg+xml;base64,{plot})"),
        "page": dg.MetadataValue.path(factory.attachment_uri(attachments["privacy_report.html"])),
    }
