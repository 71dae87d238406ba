"""Stage 4: instruction-tuning examples, selected, split and audited."""

from synth_assets.factory.mode import permitted_mode
from synth_assets.factory.stage import Stage, StageResult, StageRun, audit_specs
from synth_assets.instructions.audits import AUDITS, audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import TASKS
from synth_assets.records import INSTRUCTION_SET


def _instruct(run: StageRun) -> StageResult:
    permitted_mode(run, "augmented_corpus")
    masked, augmented = run.read("masked_corpus"), run.read("augmented_corpus")
    policy = run.policy
    output = build_instruction_set(masked, augmented, policy.instructions, policy.seed, run.models, run.progress)
    return StageResult(output, audit(output.rows))


STAGE = Stage(
    name="instruction_set",
    short="instructions",
    description=(
        "Instruction-tuning examples whose answers are spans of the text or built from it.\n\n"
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
