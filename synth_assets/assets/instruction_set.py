"""Stage 4. Task recipes, selection and splits belong to `synth_assets.instructions`."""

from collections.abc import Iterator

import dagster as dg

from resources.factory import Factory, ProgressLog, publish
from resources.models.engine import Engine
from synth_assets.factory.gate import AuditSpec, value_free
from synth_assets.factory.plan import Plan
from synth_assets.instructions.audits import AUDITS, audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.partitions import partition_of

STAGE = "instruction_set"
SPECS = [AuditSpec(name, text) for name, text in AUDITS.items()]


def instruction_set_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`."""

    @dg.asset(**plan.options(STAGE, SPECS, ["masked_corpus", "augmented_corpus"]))
    def instruction_set(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory], models: dg.ResourceParam[Engine]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        """Instruction-tuning examples whose answers are spans of the text or built from it.

        Split by connected component of source document, subject and near-duplicates, so that no
        person stands on both sides of a split.
        """
        partition = partition_of(context)
        upstream = factory.pins(["masked_corpus", "augmented_corpus"], partition)
        with value_free(STAGE):
            masked = factory.read("masked_corpus", partition)
            augmented = factory.read("augmented_corpus", partition)
            output = build_instruction_set(
                masked, augmented, plan.policy.instructions, plan.policy.seed, models, ProgressLog(context.log)
            )
            audits = audit(output.rows)
        yield from publish(context, factory, plan, STAGE, output, upstream, SPECS, audits)

    return instruction_set
