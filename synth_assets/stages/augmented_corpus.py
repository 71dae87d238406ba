"""Stage 3: documents synthesized from what many subjects share, or rewritten ones, by the mode of the release."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth_assets.augmentation.audits import AUDITS as REWRITING_AUDITS
from synth_assets.augmentation.audits import audit as audit_rewritings
from synth_assets.augmentation.policy import RECIPES
from synth_assets.augmentation.stage import augment_corpus
from synth_assets.factory.mode import permitted_mode
from synth_assets.factory.stage import AuditSpec, Stage, StageResult, StageRun, audit_specs
from synth_assets.masking.keys import RealValues
from synth_assets.masking.refill import Refillable, refill
from synth_assets.masking.surrogates.made_up import made_up_values
from synth_assets.records import AUGMENTED_CORPUS, Output, Rejected, Row
from synth_assets.synthesis.audits import AUDITS as SYNTHESIS_AUDITS
from synth_assets.synthesis.audits import audit as audit_synthesis
from synth_assets.synthesis.stage import Synthesized, synthesize
from synth_assets.text.draws import derive, fraction
from synth_assets.text.edits import Edit, apply

if TYPE_CHECKING:
    from synth_assets.factory.policy import Policy


def _augment(run: StageRun) -> StageResult:
    mode = permitted_mode(run)
    rows = run.read("masked_corpus")
    if mode == "rewritten":
        output = augment_corpus(rows, run.policy.augmentation, run.policy.seed, run.models, run.progress)
        return StageResult(output, audit_rewritings(output.rows, rows))
    return _synthesized(run, rows)


def _synthesized(run: StageRun, rows: Sequence[Row]) -> StageResult:
    """Documents from k-anonymous sketches, and variations of some of them by the recipes of rewriting."""
    policy, plants = run.policy, made_up_values(run.factory.keys)
    made = synthesize(rows, policy.synthesis, policy.seed, run.models, plants, run.progress)
    varied = _variations(run, made)
    output = Output(
        [*made.output.rows, *varied.rows],
        [*made.output.rejected, *varied.rejected],
        {**made.output.figures, **{f"variation_{name}": value for name, value in varied.figures.items()}},
    )
    k = policy.synthesis.sketch.k
    audits = [*audit_synthesis(output.rows, rows, k), *audit_rewritings(varied.rows, made.output.rows)]
    return StageResult(output, audits, statements={"k_anonymity": made.statement})


def _variations(run: StageRun, made: Synthesized) -> Output:
    """A share of the synthesized documents, with words refilled by the masked LM and sentences rewritten."""
    policy, seed = run.policy, run.policy.seed
    share = policy.synthesis.varied_share
    chosen = [row for row in made.output.rows if fraction(seed, "varied", row["id"]) < share]
    if not chosen:
        return Output([])
    documents = [Refillable(row["text"], (), random.Random(derive(seed, "refill", row["id"]))) for row in chosen]
    words = refill(documents, run.models, policy.masking.refill, RealValues(run.factory.keys), Counter())
    given = [
        {**row, "spans": (), "refilled_text": apply(row["text"], [Edit(w.start, w.end, w.word) for w in changes])[0]}
        for row, changes in zip(chosen, words, strict=True)
    ]
    output = augment_corpus(given, policy.augmentation, seed, run.models, run.progress)
    kept = [row for row in output.rows if not made.learned.rare.occur_in(row["text"])]
    rare = [
        Rejected(row["id"], row["source_doc"], row["subject"], row["role"], "rare_window", text=row["text"])
        for row in output.rows
        if made.learned.rare.occur_in(row["text"])
    ]
    return Output(kept, [*output.rejected, *rare], output.figures)


def _audits(policy: "Policy") -> Sequence[AuditSpec]:
    if policy.release.mode == "rewritten":
        return audit_specs(REWRITING_AUDITS)
    return audit_specs({**SYNTHESIS_AUDITS, **REWRITING_AUDITS})


STAGE = Stage(
    name="augmented_corpus",
    short="augmented",
    description=(
        "Documents that nobody wrote, from what at least k subjects share: forms, keywords, lengths; some varied by "
        "back-translation, paraphrase and the masked LM.\n\n"
        "In mode rewritten, masked documents reworded sentence by sentence. What fails a filter is counted and kept."
    ),
    schema=AUGMENTED_CORPUS,
    method=_augment,
    policy=("augmentation", "synthesis", "masking.refill", "release.mode"),
    upstream=("masked_corpus",),
    audits=_audits,
    roles=tuple(
        dict.fromkeys(
            (*(role for recipe in RECIPES for role in recipe.roles), "causal_lm", "encoder", "recognizer", "masked_lm",
             "tagger")
        )
    ),
)  # fmt: skip
