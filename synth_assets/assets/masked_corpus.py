"""Stage 2. Detection, surrogates, masks and refilling belong to `synth_assets.masking`."""

from collections.abc import Iterator
from contextlib import nullcontext

import dagster as dg

from resources.models.engine import Engine
from synth_assets.factory import Factory, ProgressLog, publish
from synth_assets.masking import AUDITS, audit, mask_corpus, open_mapping
from synth_assets.partitions import slice_of
from synth_assets.plan import Plan
from synth_assets.publication import AuditSpec, value_free

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
        and a copy with common words refilled by the masked LM.
        """  # noqa: D205
        piece = slice_of(context)
        upstream = factory.pins(["raw_corpus"], piece)
        with value_free(STAGE):
            rows = [row for row in factory.read("raw_corpus", piece) if row["split"] == "train"]
            policy, seed, keys = plan.policy.masking, plan.policy.seed, factory.keys
            linked = policy.surrogates.scope == "corpus"
            folder, purpose = factory.home.mappings, policy.surrogates.purpose
            with open_mapping(folder, keys, seed, piece.source, purpose) if linked else nullcontext() as mapping:
                output = mask_corpus(rows, policy, seed, keys, models, ProgressLog(context.log), mapping)
            audits = audit(output.rows, rows, policy.plan.rate, rate_tolerance(len(rows)))
        stated = {"surrogates": policy.surrogates.statement}
        yield from publish(context, factory, plan, STAGE, output, upstream, SPECS, audits, statements=stated)

    return masked_corpus
