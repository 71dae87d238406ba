"""Optional: a masked LM adapted to a partition's masked text. Training belongs to `synth_assets.adaptation`."""

import dagster as dg

from resources.dagster_resources import ProgressLog
from resources.factory import Factory
from synth_assets.adaptation.stage import Setting, adapt, training_key
from synth_assets.factory.gate import value_free
from synth_assets.factory.plan import Plan
from synth_assets.factory.versions import code_version
from synth_assets.partitions import PARTITIONS, partition_of

STAGE = "adapted_masked_lm"
METHOD = "synth_assets.adaptation.stage"
GROUP = "adaptation"


def adapted_masked_lm_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`; it is outside the job `factory`, and materialized by hand."""

    @dg.asset(
        name=STAGE,
        deps=[dg.AssetKey("masked_corpus")],
        partitions_def=PARTITIONS,
        group_name=GROUP,
        code_version=code_version(METHOD, [plan.policy.adaptation.model_dump_json()]),
        kinds={"huggingface"},
        pool="gpu",
    )
    def adapted_masked_lm(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory]
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """A LoRA adapter of the masked LM, trained on the masked text only, with or without DP-SGD.

        What it gained on held-out text and what it gives away are its metadata. To refill with it, put the two lines
        of `use it` under `masked_lm` in models.yaml.
        """
        piece = partition_of(context)
        policy = plan.policy
        version = factory.pins(["masked_corpus"], piece)["masked_corpus"]
        with value_free(STAGE):
            rows = factory.read("masked_corpus", piece)
            outsiders = [row for row in factory.read("raw_corpus", piece) if row["split"] == "canary_out"]
            key = training_key(version, policy.adaptation, policy.masking, plan.registry, code_version(METHOD))
            setting = Setting(
                factory.home.adapters / piece.source / piece.day,
                factory.home.cache,
                key,
                policy.seed,
                factory.keys,
                plan.registry,
                ProgressLog(context.log),
            )
            made = adapt(rows, outsiders, policy.adaptation, policy.masking, setting)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(made.digest[:16]),
            metadata={
                **{name: dg.MetadataValue.float(float(value)) for name, value in made.figures.items()},
                "use it": dg.MetadataValue.md(
                    f"```yaml\nmasked_lm:\n  adapter: {made.folder}\n  adapter_digest: {made.digest}\n```"
                ),
            },
        )

    return adapted_masked_lm
