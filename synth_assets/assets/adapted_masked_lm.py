"""The optional asset adapted_masked_lm: the masked LM adapted to the masked text of a partition."""

import dagster as dg

from resources.code import code_digest
from resources.dagster_resources import ProgressLog
from resources.factory import Factory
from resources.models.engine import Engine
from synth_assets.adaptation.stage import Setting, adapt, training_key
from synth_assets.factory.gate import value_free
from synth_assets.factory.plan import Plan
from synth_assets.factory.versions import code_version
from synth_assets.masking.stage import mask_corpus
from synth_assets.partitions import PARTITIONS, partition_of

STAGE = "adapted_masked_lm"
METHOD, MASKING = "synth_assets.adaptation.stage", "synth_assets.masking.stage"
GROUP = "adaptation"


def adapted_masked_lm_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`; it is outside the job `factory` and is materialized by hand."""

    @dg.asset(
        name=STAGE,
        deps=[dg.AssetKey("masked_corpus")],
        partitions_def=PARTITIONS,
        group_name=GROUP,
        code_version=_code(plan.policy.adaptation.model_dump_json()),
        kinds={"huggingface"},
        pool="gpu",
    )
    def adapted_masked_lm(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory]
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """A LoRA adapter of the masked LM, trained on the masked text only, with or without DP-SGD.

        Its metadata says what it gained on held-out text and what it leaks. To refill with it, put the two lines of
        `use it` under `masked_lm` in models.yaml.
        """
        partition = partition_of(context)
        policy, masking = plan.policy.adaptation, plan.policy.masking
        version = factory.pins(["masked_corpus"], partition)["masked_corpus"]
        with value_free(STAGE):
            setting = Setting(
                factory.home.adapters / partition.source / partition.day,
                factory.home.cache,
                training_key(version, policy, masking.plan, plan.registry, _code()),
                factory.keys,
                plan.registry,
                ProgressLog(context.log),
            )
            rows = factory.read("masked_corpus", partition)
            kept_out = [row for row in factory.read("raw_corpus", partition) if row["split"] == "canary_out"]
            with Engine(plan.registry, factory.keys, factory.home.cache, setting.progress) as models:
                quiet, seed = plan.policy.masking_without_refill, plan.policy.seed
                outsiders = list(mask_corpus(kept_out, quiet, seed, factory.keys, models, setting.progress).rows)
            adapted = adapt(rows, outsiders, policy, masking.plan, masking.refill.context, setting)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(adapted.digest[:16]),
            metadata={
                **{name: dg.MetadataValue.float(float(value)) for name, value in adapted.figures.items()},
                "use it": dg.MetadataValue.md(
                    f"```yaml\nmasked_lm:\n  adapter: {adapted.folder}\n  adapter_digest: {adapted.digest}\n```"
                ),
            },
        )

    return adapted_masked_lm


def _code(*parts: str) -> str:
    """Version of the code of training and masking, and of `parts`."""
    return code_version(METHOD, [code_digest(MASKING), *parts])
