"""Stage 2. Detection, surrogates, masks and refilling belong to `synth_assets.masking`."""

from collections.abc import Iterator
from contextlib import nullcontext

import dagster as dg

from resources.lake import Lake
from resources.models.engine import Engine
from synth_assets.factory import Factory, ProgressLog, publish
from synth_assets.masking import (
    AUDITS,
    MISSED_AUDITS,
    MISSED_COLUMNS,
    audit,
    mask_corpus,
    missed_audits,
    missed_table,
    open_mapping,
)
from synth_assets.masking.missed import Missed
from synth_assets.partitions import slice_of
from synth_assets.plan import Plan
from synth_assets.privacy.rewriting import STATEMENT, state
from synth_assets.publication import AuditSpec, value_free
from synth_assets.records import Output

STAGE = "masked_corpus"


def specs(plan: Plan) -> list[AuditSpec]:
    """The audits in code; that something cannot be estimated blocks only where the policy asks for it."""
    advisory = set() if plan.policy.masking.missed.required else {"missed_identifiers_can_be_estimated"}
    return [AuditSpec(name, text, name not in advisory) for name, text in {**AUDITS, **MISSED_AUDITS}.items()]


def masked_corpus_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`."""
    announced = specs(plan)

    @dg.asset(**plan.options(STAGE, announced, ["raw_corpus"]))
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
            policy, seed, keys = plan.policy.masking, plan.policy.seed, factory.keys
            linked = policy.surrogates.scope == "corpus"
            folder, purpose = factory.home.mappings, policy.surrogates.purpose
            with open_mapping(folder, keys, seed, piece.source, purpose) if linked else nullcontext() as mapping:
                output = mask_corpus(rows, policy, seed, keys, models, ProgressLog(context.log), mapping)
            audits = audit(output.rows, rows, policy.plan)
            audits += missed_audits(output.missed, policy.missed)
            attachments = _statement(factory.lake, plan, output)
        yield from publish(
            context,
            factory,
            plan,
            STAGE,
            output,
            upstream,
            announced,
            audits,
            attachments,
            metadata={"missed_identifiers": _table(output.missed)},
            statements={"surrogates": policy.surrogates.statement},
        )

    return masked_corpus


def _table(missed: Missed) -> dg.MetadataValue:
    columns = [dg.TableColumn(name, kind, description) for name, kind, description in MISSED_COLUMNS]
    return dg.MetadataValue.table(
        [dg.TableRecord(row) for row in missed_table(missed)], schema=dg.TableSchema(columns=columns)
    )


def _statement(lake: Lake, plan: Plan, output: Output) -> dict[str, str]:
    """What the rewriting cost, kept beside the version it made."""
    policy = plan.policy.masking.dp_rewriting
    if policy.variant == "off":
        return {}
    stated = state(policy, output.figures, plan.code_version(STAGE))
    return {STATEMENT: lake.attach(stated.model_dump_json(indent=1).encode(), ".json")}
