"""Stage 2. Detection, surrogates, masks and refilling belong to `synth_assets.masking`."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext

import dagster as dg

from resources.factory import Factory, ProgressLog, publish
from resources.lake.model import Partition
from resources.lake.store import Lake
from resources.models.engine import Engine
from resources.scratch import Scratch
from synth_assets.differential_privacy.rewriting.statement import STATEMENT, state
from synth_assets.factory.gate import AuditSpec, StagedOutput, stage_rejected, stage_rows, value_free
from synth_assets.factory.plan import Plan
from synth_assets.masking.audit import AUDITS, audit
from synth_assets.masking.documents import COLUMNS, Documents, Task
from synth_assets.masking.mapping import open_mapping
from synth_assets.masking.missed.estimate import Missed
from synth_assets.masking.missed.report import AUDITS as MISSED_AUDITS
from synth_assets.masking.missed.report import COLUMNS as MISSED_COLUMNS
from synth_assets.masking.missed.report import audits as missed_audits
from synth_assets.masking.missed.report import table as missed_table
from synth_assets.masking.stage import Masking
from synth_assets.partitions import partition_of

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
        partition = partition_of(context)
        upstream = factory.pins(["raw_corpus"], partition)
        with value_free(STAGE):
            with Scratch(factory.home.cache) as scratch:
                rows = factory.scan("raw_corpus", partition, (*COLUMNS, "split"))
                documents = Documents((row for row in rows if row["split"] == "train"), scratch)
                task = Task(
                    documents, scratch, plan.policy.masking, plan.policy.seed, factory.keys, models,
                    ProgressLog(context.log),
                )  # fmt: skip
                staged, missed = _stage(factory, task, partition)
                audits = audit(factory.lake.rows_of(STAGE, staged.rows.stored), documents.text_of, task.policy.plan)
            audits += missed_audits(missed, task.policy.missed)
            attachments = _statement(factory.lake, plan, staged.figures)
        yield from publish(
            context,
            factory,
            plan,
            STAGE,
            staged,
            upstream,
            announced,
            audits,
            attachments,
            metadata={"missed_identifiers": _table(missed)},
            statements={"surrogates": task.policy.surrogates.statement},
        )

    return masked_corpus


def _stage(factory: Factory, task: Task, partition: Partition) -> tuple[StagedOutput, Missed]:
    """Masked and rejected rows in the lake, unpublished. The mapping is kept where this ends without an error."""
    policy, folder = task.policy.surrogates, factory.home.mappings
    linked = open_mapping(folder, task.keys, task.seed, partition.source, policy.purpose)
    with linked if policy.scope == "corpus" else nullcontext() as mapping:
        masking = Masking(task, mapping)
        rows = stage_rows(factory.lake, STAGE, partition, masking.rows())
        rejected = stage_rejected(factory.lake, rows, masking.rejected())
        return StagedOutput(rows, rejected, masking.reasons, masking.figures()), masking.missed


def _table(missed: Missed) -> dg.MetadataValue:
    columns = [dg.TableColumn(name, kind, description) for name, kind, description in MISSED_COLUMNS]
    return dg.MetadataValue.table(
        [dg.TableRecord(row) for row in missed_table(missed)], schema=dg.TableSchema(columns=columns)
    )


def _statement(lake: Lake, plan: Plan, figures: Mapping[str, int | float]) -> dict[str, str]:
    """What the rewriting cost, kept beside the version it made."""
    policy = plan.policy.masking.dp_rewriting
    if policy.variant == "off":
        return {}
    stated = state(policy, figures, plan.code_version(STAGE))
    return {STATEMENT: lake.attach(stated.model_dump_json(indent=1).encode(), ".json")}
