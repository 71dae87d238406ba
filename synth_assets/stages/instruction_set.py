"""Stage 4: instruction-tuning examples, selected, split and audited."""

from synth_assets.factory.mode import permitted_mode
from synth_assets.factory.stage import Stage, StageResult, StageRun, audit_specs
from synth_assets.instructions.audits import AUDITS, audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import TASKS
from synth_assets.records import INSTRUCTION_SET


def _instruct(run: StageRun) -> StageResult:
    mode, policy = permitted_mode(run, "augmented_corpus"), run.policy
    # In the other modes masked text is never read, so that no example can quote it.
    masked = run.read("masked_corpus") if mode == "rewritten" else []
    augmented = run.read("augmented_corpus")
    output = build_instruction_set(masked, augmented, policy.instructions, policy.seed, run.models, run.progress)
    return StageResult(output, audit(output.rows, {row["id"] for row in (*masked, *augmented)}))


STAGE = Stage(
    name="instruction_set",
    short="instructions",
    description=(
        "Instruction-tuning examples whose answers are spans of the text or built from it. The text is a synthesized "
        "passage; in mode rewritten it can be a masked or a reworded document.\n\n"
        "Split by connected component of source document, subject and near-duplicates, so that no person is on both "
        "sides of a split."
    ),
    schema=INSTRUCTION_SET,
    method=_instruct,
    policy=("instructions", "release.mode"),
    upstream=("masked_corpus", "augmented_corpus"),
    audits=lambda policy: audit_specs(AUDITS),
    roles=tuple(dict.fromkeys((*(role for task in TASKS.values() for role in task.roles), "causal_lm", "encoder"))),
)
