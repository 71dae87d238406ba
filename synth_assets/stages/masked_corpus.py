"""Stage 2: identifiers found and replaced, masks planned, common words refilled."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import dagster as dg

from resources.scratch import Scratch
from synth_assets.differential_privacy.rewriting.statement import STATEMENT, state
from synth_assets.factory.gate import stage_rejected, stage_rows
from synth_assets.factory.stage import AuditSpec, Stage, StagedOutput, StageResult, StageRun, audit_specs
from synth_assets.masking.audit import AUDITS, audit
from synth_assets.masking.documents import COLUMNS, Documents, Task
from synth_assets.masking.mapping import open_mapping
from synth_assets.masking.missed.estimate import Missed
from synth_assets.masking.missed.report import AUDITS as MISSED_AUDITS
from synth_assets.masking.missed.report import COLUMNS as MISSED_COLUMNS
from synth_assets.masking.missed.report import audits as missed_audits
from synth_assets.masking.missed.report import table as missed_table
from synth_assets.masking.stage import Masking
from synth_assets.records import MASKED_CORPUS

if TYPE_CHECKING:
    from synth_assets.factory.policy import Policy


def _mask(run: StageRun) -> StageResult:
    factory, policy = run.factory, run.policy.masking
    with Scratch(factory.home.cache) as scratch:
        rows = run.scan("raw_corpus", (*COLUMNS, "split"))
        documents = Documents((row for row in rows if row["split"] == "train"), scratch)
        task = Task(documents, scratch, policy, run.policy.seed, factory.keys, run.models, run.progress)
        staged, missed = _staged(run, task)
        audits = audit(factory.lake.rows_of(run.stage.name, staged.rows.stored), documents.text_of, policy.plan)
    return StageResult(
        staged,
        [*audits, *missed_audits(missed, policy.missed)],
        attachments=_statement(run, staged),
        metadata={"missed_identifiers": _table(missed)},
        statements={"surrogates": policy.surrogates.statement},
    )


def _staged(run: StageRun, task: Task) -> tuple[StagedOutput, Missed]:
    """Stage masked and rejected rows. The mapping is kept only where this ends without an error."""
    factory, policy = run.factory, task.policy.surrogates
    linked = open_mapping(factory.home.mappings, task.keys, task.seed, run.partition.source, policy.purpose)
    with linked if policy.scope == "corpus" else nullcontext() as mapping:
        masking = Masking(task, mapping)
        rows = stage_rows(run, masking.rows())
        rejected = stage_rejected(run, rows, masking.rejected())
        return StagedOutput(rows, rejected, masking.reasons, masking.figures()), masking.missed


def _statement(run: StageRun, staged: StagedOutput) -> dict[str, str]:
    """What differentially private rewriting cost, attached to the version that it made."""
    policy = run.policy.masking.dp_rewriting
    if policy.variant == "off":
        return {}
    stated = state(policy, staged.figures, run.version.code)
    return {STATEMENT: run.factory.lake.attach(stated.model_dump_json(indent=1).encode(), ".json")}


def _table(missed: Missed) -> dg.MetadataValue:
    columns = [dg.TableColumn(name, kind, description) for name, kind, description in MISSED_COLUMNS]
    records = [dg.TableRecord(row) for row in missed_table(missed)]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


def _audits(policy: "Policy") -> Sequence[AuditSpec]:
    """That nothing can be estimated blocks only where the policy asks for an estimate."""
    advisory = set() if policy.masking.missed.required else {"missed_identifiers_can_be_estimated"}
    return [
        AuditSpec(spec.name, spec.description, spec.name not in advisory)
        for spec in audit_specs({**AUDITS, **MISSED_AUDITS})
    ]


def _optional_roles(policy: "Policy") -> Sequence[str]:
    rewriting = ["causal_lm"] if policy.masking.dp_rewriting.variant != "off" else []
    return [*(["zero_shot"] if policy.masking.needs_zero_shot else []), *rewriting]


STAGE = Stage(
    name="masked_corpus",
    short="masked",
    description=(
        "The train documents with personal data found and replaced by surrogates, masked-LM mask plans, and a copy "
        "with common words refilled by the masked LM. An experiment, off by default, adds texts rewritten with "
        "differential privacy; they are drawn anew by every run."
    ),
    schema=MASKED_CORPUS,
    method=_mask,
    policy=("masking",),
    upstream=("raw_corpus",),
    audits=_audits,
    roles=("recognizer", "masked_lm", "tagger", "encoder"),
    optional_roles=_optional_roles,
)
