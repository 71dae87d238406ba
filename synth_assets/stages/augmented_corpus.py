"""Stage 3: documents synthesized from what many subjects share, or rewritten ones, by the mode of the release."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from synth_assets.augmentation.audits import AUDITS as REWRITING
from synth_assets.augmentation.audits import audit
from synth_assets.augmentation.policy import RECIPES
from synth_assets.augmentation.stage import augment_corpus
from synth_assets.factory.mode import permitted_mode
from synth_assets.factory.stage import AuditSpec, Stage, StageResult, StageRun, audit_specs
from synth_assets.modes import Mode
from synth_assets.records import AUGMENTED_CORPUS
from synth_assets.stages.synthesized_documents import formal, k_anonymous
from synth_assets.synthesis.audits import ALWAYS, RECOUNTED

if TYPE_CHECKING:
    from synth_assets.factory.policy import Policy


def _rewritten(run: StageRun) -> StageResult:
    rows = run.read("masked_corpus")
    output = augment_corpus(rows, run.policy.augmentation, run.policy.seed, run.models, run.progress)
    return StageResult(output, audit(output.rows, rows))


_METHODS: Mapping[Mode, Callable[[StageRun], StageResult]] = {
    "synthesized": k_anonymous,
    "formal": formal,
    "rewritten": _rewritten,
}
_AUDITS: Mapping[Mode, Mapping[str, str]] = {
    "synthesized": {**RECOUNTED, **ALWAYS, **REWRITING},
    "formal": {**ALWAYS, **REWRITING},
    "rewritten": REWRITING,
}


def _augment(run: StageRun) -> StageResult:
    return _METHODS[permitted_mode(run)](run)


def _audits(policy: "Policy") -> Sequence[AuditSpec]:
    return audit_specs(_AUDITS[policy.release.mode])


STAGE = Stage(
    name="augmented_corpus",
    short="augmented",
    description=(
        "Documents that nobody wrote, from what at least k subjects share (mode synthesized) or from differentially "
        "private counts (mode formal); some varied by back-translation, paraphrase and the masked LM.\n\n"
        "In mode rewritten, masked documents reworded sentence by sentence. What fails a filter is counted and kept."
    ),
    schema=AUGMENTED_CORPUS,
    method=_augment,
    policy=("augmentation", "synthesis", "masking.refill", "release.mode"),
    upstream=("raw_corpus", "masked_corpus"),  # the draw of mode formal counts raw documents; the others do not read it
    audits=_audits,
    roles=tuple(
        dict.fromkeys(
            [*(role for recipe in RECIPES for role in recipe.roles), "causal_lm", "encoder", "recognizer", "masked_lm"]
        )
    ),
)
