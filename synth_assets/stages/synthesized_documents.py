"""How the modes synthesized and formal make the documents of stage 3: sketches, writing, variations, audits."""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from resources.lake.journal import Journal
from synth_assets.augmentation.audits import audit as audit_rewritings
from synth_assets.augmentation.stage import augment_corpus
from synth_assets.corpus.splits import split_of
from synth_assets.differential_privacy.spending import Spending
from synth_assets.differential_privacy.statement import STATEMENT
from synth_assets.factory.stage import StageResult, StageRun
from synth_assets.masking.keys import RealValues
from synth_assets.masking.refill import Refill, Refillable, refill
from synth_assets.masking.surrogates.made_up import made_up_values
from synth_assets.records import Output, Rejected, Row
from synth_assets.synthesis.audits import audit, audit_formal
from synth_assets.synthesis.filters import RareWindows
from synth_assets.synthesis.formal.draw import Account, Private, Writer, draw
from synth_assets.synthesis.formal.statement import CANARIES
from synth_assets.synthesis.formal.voters import COLUMNS
from synth_assets.synthesis.released import FormalDocuments
from synth_assets.synthesis.stage import synthesize
from synth_assets.text.draws import derive, fraction
from synth_assets.text.edits import Edit, apply

_REFILLED = 0.5
_OWN_WORDS = {"unchanged_share_max": 0.9, "longest_run_max": sys.maxsize}
"""A variation may keep most words of its document, which is nobody's."""


def k_anonymous(run: StageRun) -> StageResult:
    """Documents from k-anonymous sketches of the masked rows, and variations of some of them."""
    policy, rows = run.policy, run.read("masked_corpus")
    plants = made_up_values(run.factory.keys)
    made = synthesize(rows, policy.synthesis, policy.seed, run.models, plants, run.progress)
    varied = _without_rare(_variations(run, made.output.rows), made.learned.rare)
    output = _joined(made.output, varied)
    audits = [
        *audit(output.rows, rows, policy.synthesis.sketch.k),
        *audit_rewritings(varied.rows, _as_parents(made.output.rows)),
    ]
    return StageResult(output, audits, statements={"k_anonymity": made.statement})


def formal(run: StageRun) -> StageResult:
    """Documents from one differentially private draw on the raw rows, and variations, which cost nothing more."""
    policy, factory, partition = run.policy, run.factory, run.partition
    plants = made_up_values(factory.keys)
    documents = FormalDocuments(run.models, policy.synthesis, plants, policy.seed, partition.key)
    private = Private(
        rows=run.scan("raw_corpus", COLUMNS),
        rejected=factory.lake.read_rejected("raw_corpus", partition).to_pylist(),
        keys=factory.keys,
        split_of=lambda subject: split_of(subject, policy.corpus, factory.keys),
    )
    account = Account(
        spending=Spending(Journal(factory.lake, partition.source)),
        partition=partition.key,
        data_version=run.upstream["raw_corpus"],
        code_version=run.version.code,
        most=policy.privacy.max_total_epsilon,
        delta=policy.privacy.ledger_delta,
        bypasses=(CANARIES,) if policy.corpus.canary_source == "corpus" and policy.corpus.canary_pairs else (),
    )
    writer = Writer(documents.write, run.models.encoder, lambda texts: _varied_texts(run, texts))
    result, statement = draw(private, account, writer, policy.synthesis.formal, policy.seed)
    made = documents.output(result, statement.draw)
    varied = _variations(run, made.rows)
    output = _joined(made, varied)
    attached = factory.lake.attach(statement.model_dump_json(indent=1).encode(), ".json")
    audits = [*audit_formal(output.rows), *audit_rewritings(varied.rows, _as_parents(made.rows))]
    spent = statement.guarantee
    said = (
        f"epsilon = {spent.epsilon:.2f} at delta = {spent.delta:g} for one {spent.unit} added or removed, of draw "
        f"{statement.draw + 1} of this source; the ledger adds up all draws"
    )
    return StageResult(output, audits, attachments={STATEMENT: attached}, statements={"differential_privacy": said})


def _as_parents(rows: Sequence[Row]) -> list[Row]:
    """Synthesized rows as audits of rewriting read parents: no span in them stands for a person."""
    return [{**row, "spans": (), "refilled_text": row["text"]} for row in rows]


def _joined(made: Output, varied: Output) -> Output:
    figures = {**made.figures, **{f"variation_{name}": value for name, value in varied.figures.items()}}
    return Output([*made.rows, *varied.rows], [*made.rejected, *varied.rejected], figures)


def _variations(run: StageRun, rows: Sequence[Row]) -> Output:
    """Variations of a share of the synthesized documents."""
    share, seed = run.policy.synthesis.varied_share, run.policy.seed
    chosen = [row for row in rows if fraction(seed, "varied", row["id"]) < share]
    return _varied(run, chosen) if chosen else Output([])


def _varied(run: StageRun, rows: Sequence[Row]) -> Output:
    """Each row with sentences rewritten; one in two has words refilled by the masked LM before.

    Only what was not refilled says what its document says, and can teach to rewrite.
    """
    policy, seed = run.policy, run.policy.seed
    chosen = [row for row in rows if fraction(seed, "refilled", row["id"]) < _REFILLED]
    open_rows = [Refillable(row["text"], (), random.Random(derive(seed, "refill", row["id"]))) for row in chosen]
    found = refill(open_rows, run.models, policy.masking.refill, RealValues(run.factory.keys), Counter())
    refills = {row["id"]: words for row, words in zip(chosen, found, strict=True) if words}
    given = [
        {**row, "spans": (), "refilled_text": _with_words(row["text"], refills.get(row["id"], ()))} for row in rows
    ]
    output = augment_corpus(given, policy.augmentation.model_copy(update=_OWN_WORDS), seed, run.models, run.progress)
    made = [{**row, "recipe": "infilling"} if row["parent"] in refills else row for row in output.rows]
    return replace(output, rows=made)


def _with_words(text: str, words: Sequence[Refill]) -> str:
    return apply(text, [Edit(word.start, word.end, word.word) for word in words])[0]


def _varied_texts(run: StageRun, texts: Sequence[str]) -> list[str | None]:
    """A variation of each text, or None, for rounds of evolution."""
    rows = [
        {"id": str(n), "source_doc": str(n), "subject": str(n), "role": "document", "text": text, "label": None,
         "language": run.policy.synthesis.language}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    made = {row["parent"]: row["text"] for row in _varied(run, rows).rows}
    return [made.get(str(number)) for number in range(len(texts))]


def _without_rare(varied: Output, rare: RareWindows) -> Output:
    """Variations that came upon what few subjects have written are dropped like any other document."""
    kept = [row for row in varied.rows if not rare.occur_in(row["text"])]
    names = {row["id"] for row in kept}
    dropped = [
        Rejected(row["id"], row["source_doc"], row["subject"], row["role"], "rare_window", text=row["text"])
        for row in varied.rows
        if row["id"] not in names
    ]
    return Output(kept, [*varied.rejected, *dropped], varied.figures)
