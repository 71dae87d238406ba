"""Stage 2. Detection, surrogates, masks and refilling belong to `synth_assets.masking`."""

from collections.abc import Iterator

import dagster as dg

from resources.lake import Lake
from resources.models.engine import Engine
from synth_assets.factory import Factory, ProgressLog, publish
from synth_assets.masking import AUDITS, audit, mask_corpus
from synth_assets.partitions import slice_of
from synth_assets.plan import Plan
from synth_assets.privacy.rewriting import STATEMENT, state
from synth_assets.publication import AuditSpec, value_free
from synth_assets.records import Output

STAGE = "masked_corpus"


def rate_tolerance(documents: int) -> float:
    """0.3 points, and what chance moves the rate of few documents by: each misses its budget by less than a unit."""
    return 0.003 + 0.2 / max(documents, 1) ** 0.5


SPECS = [AuditSpec(name, text) for name, text in AUDITS.items()]


def masked_corpus_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`."""

    @dg.asset(**plan.options(STAGE, SPECS, ["raw_corpus"]))
    def masked_corpus(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory], models: dg.ResourceParam[Engine]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        """The train documents with personal data found and replaced by surrogates, masked-LM mask plans,
        and a copy with common words refilled by the masked LM. An experiment, off by default, adds texts rewritten
        with differential privacy; they are drawn anew by every run.
        """  # noqa: D205
        piece = slice_of(context)
        upstream = factory.pins(["raw_corpus"], piece)
        with value_free(STAGE):
            rows = [row for row in factory.read("raw_corpus", piece) if row["split"] == "train"]
            output = mask_corpus(
                rows, plan.policy.masking, plan.policy.seed, factory.keys, models, ProgressLog(context.log)
            )
            audits = audit(output.rows, rows, plan.policy.masking.plan.rate, rate_tolerance(len(rows)))
            attachments = _statement(factory.lake, plan, output)
        yield from publish(context, factory, plan, STAGE, output, upstream, SPECS, audits, attachments)

    return masked_corpus


def _statement(lake: Lake, plan: Plan, output: Output) -> dict[str, str]:
    """What the rewriting cost, kept beside the version it made."""
    policy = plan.policy.masking.dp_rewriting
    if policy.variant == "off":
        return {}
    stated = state(policy, output.figures, plan.code_version(STAGE))
    return {STATEMENT: lake.attach(stated.model_dump_json(indent=1).encode(), ".json")}
