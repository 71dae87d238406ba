"""The masked_corpus stage: detect, link, replace, plan masks, refill, for rows of the raw corpus.

No step holds more than a batch of documents; what one step leaves to the next is on disk (`resources.scratch`). Only 8
bytes for each real value stay in memory.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from resources.errors import PolicyError
from resources.keys import Keys
from resources.models.protocols import Models
from resources.progress import Progress
from resources.scratch import Scratch
from synth_assets.differential_privacy.rewriting.rewriting import Rewriting
from synth_assets.masked_lm.collocations import Collocations, word_runs
from synth_assets.masked_lm.plan import make_plan, maskable_lengths
from synth_assets.masked_lm.units import entities_of
from synth_assets.masking.audit import hidden_values
from synth_assets.masking.documents import PAGE, Documents, LinkedDocuments, Task, batches
from synth_assets.masking.keys import RealValues, SourceMapping
from synth_assets.masking.missed.estimate import Missed, estimate_missed
from synth_assets.masking.missed.report import figures as missed_figures
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.refill import Refill, Refillable, refill
from synth_assets.masking.surrogates.replace import Replaced
from synth_assets.records import Output, Rejected, Row
from synth_assets.text.edits import Edit, apply

RECIPE = "surrogates_and_refill"
_RUNS = "runs"


@dataclass(frozen=True, kw_only=True)
class MaskedOutput(Output):
    """The stage's output with the estimate of missed identifiers."""

    missed: Missed


class Masking:
    """Raw documents of split train masked; see `records.MASKED_CORPUS` for what comes out.

    The result depends on (documents, policy, seed, keys, models), not on order or batches. Values detected in any
    document are real, and never used as surrogates. Only `dp_text` is drawn anew by every call, without a seed.

    Args:
        task: documents, policy, seed, keys, models, and the progress callback.
        mapping: surrogates of earlier documents of the source, for scope "corpus"; new ones are added.

    Raises:
        PolicyError: scope "corpus" without a mapping.
    """

    def __init__(self, task: Task, mapping: SourceMapping | None = None) -> None:
        if task.policy.surrogates.scope == "corpus" and mapping is None:
            raise PolicyError("surrogates.scope corpus needs the mapping of a source")
        self._task = task
        linked = LinkedDocuments(task)
        rng = random.Random(task.keys.seed("masking_missed", str(task.seed)))
        # Without canaries: missing an invented name harms no one.
        documents = ((row["text"], items) for row, items in linked if row["role"] == "document")
        self.missed = estimate_missed(
            documents, task.documents.roles["document"], task.policy, task.models.recognizer, rng
        )
        self._real = RealValues(task.keys, linked.real_values())
        self._replaced = Replaced(task, linked, self._real, mapping)
        self.reasons = self._replaced.reasons
        self._counts: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._rewriting: Rewriting | None = None
        if (how := task.policy.dp_rewriting).variant != "off":
            masked = ((_row_id(task, name), task.documents[name]["subject"]) for name, _ in self._replaced.masked())
            self._rewriting = Rewriting(masked, how, task.models.token_model, task.policy.batch_size, task.progress)

    def rows(self) -> Iterator[Row]:
        """The masked rows; can be called once."""
        rows = _rows(self._task, self._replaced, self._real, self._refused)
        for row in self._rewriting.rows(rows) if self._rewriting else rows:
            self._count(row)
            yield row

    def rejected(self) -> Iterator[Rejected]:
        """Documents that cannot be masked safely."""
        return self._replaced.rejected()

    def figures(self) -> dict[str, int | float]:
        """Counts that are safe to show; those of rows cover the rows taken so far."""
        types, reasons, refused = self._types, self.reasons, self._refused
        return {
            "documents": self._counts["documents"],
            "rejected": reasons.total(),
            "mentions": types.total(),
            "masked_characters": self._counts["masked_characters"],
            "refilled_words": self._counts["refilled_words"],
            **{f"mentions_{kind}": types[kind] for kind in sorted(types)},
            **{f"rejected_{reason}": reasons[reason] for reason in sorted(reasons)},
            **{f"refill_candidates_{reason}": refused[reason] for reason in sorted(refused)},
            **missed_figures(self.missed),
            **(self._rewriting.figures() if self._rewriting else {}),
        }

    def _count(self, row: Row) -> None:
        self._types.update(span["type"].lower() for span in row["spans"])
        hidden = (span["end"] - span["start"] for span in row["spans"] if span["action"] != "keep")
        self._counts.update(documents=1, masked_characters=sum(hidden), refilled_words=len(row["refills"]))


def mask_corpus(
    rows: Sequence[Row],
    policy: MaskingPolicy,
    seed: int,
    keys: Keys,
    models: Models,
    progress: Progress,
    mapping: SourceMapping | None = None,
) -> MaskedOutput:
    """All of `Masking` at once, for rows that memory holds."""
    with Scratch() as scratch:
        task = Task(Documents(rows, scratch), scratch, policy, seed, keys, models, progress)
        masking = Masking(task, mapping)
        masked = list(masking.rows())
        return MaskedOutput(masked, list(masking.rejected()), masking.figures(), missed=masking.missed)


def _row_id(task: Task, raw_id: str) -> str:
    """The id of the row of a raw document."""
    return task.keys.hash("masked_corpus", raw_id)


def _rows(task: Task, replaced: Replaced, real: RealValues, refused: Counter[str]) -> Iterator[Row]:
    """Rows in the order of raw ids; `refused` counts why candidates for refilling were refused."""
    plan, total, done = task.policy.plan, len(replaced), 0
    collocations = Collocations.learn(_Runs(task, replaced), plan) if plan.kind == "pmi" else None
    for batch in batches(replaced.masked(), task.policy.batch_size):
        open_documents = [
            Refillable(
                item["text"],
                [(span["out_start"], span["out_end"]) for span in item["spans"]],
                random.Random(task.keys.seed("masking_refill", str(task.seed), name)),
                frozenset(
                    hidden.value.casefold() for hidden in hidden_values(task.documents[name]["text"], item["spans"])
                ),
            )
            for name, item in batch
        ]
        refills = refill(open_documents, task.models, task.policy.refill, real, refused)
        for (name, item), words in zip(batch, refills, strict=True):
            yield _row(task, task.documents[name], item, words, collocations)
        done += len(batch)
        task.progress("refill", done, total)


class _Runs:
    """Runs of words of the masked texts, kept so that they can be counted more than once."""

    def __init__(self, task: Task, replaced: Replaced) -> None:
        self._scratch = task.scratch
        for page in batches(replaced.masked(), PAGE):
            runs = [(name, word_runs(item["text"], entities_of(item["spans"]))) for name, item in page]
            self._scratch.put(_RUNS, runs)

    def __iter__(self) -> Iterator[list[str]]:
        return (run for _, runs in self._scratch.items(_RUNS) for run in runs)


def _row(task: Task, raw: Row, item: Row, words: Sequence[Refill], collocations: Collocations | None) -> Row:
    text, spans, plan = item["text"], item["spans"], task.policy.plan
    refilled, places = apply(text, [Edit(word.start, word.end, word.word) for word in words])
    entities = entities_of(spans)
    rng = random.Random(task.keys.seed("masking_plan", str(task.seed), raw["id"]))
    masks = make_plan(text, entities, plan, rng, collocations)
    hidden = sum(mask.end - mask.start for mask in masks)
    covered = sum(span["end"] - span["start"] for span in spans)
    params = {"kind": plan.kind, "rate": plan.rate, "refills": len(words)}
    return {
        "id": _row_id(task, raw["id"]),
        "source_doc": raw["source_doc"],
        "subject": raw["subject"],
        "role": raw["role"],
        "text": text,
        "refilled_text": refilled,
        "dp_text": None,
        "label": raw["label"],
        "language": raw["language"],
        "spans": spans,
        "masks": [asdict(mask) for mask in masks],
        "refills": [
            {"start": word.start, "end": word.end, "out_start": start, "out_end": end, "score": word.score}
            for word, (start, end) in zip(words, places, strict=True)
        ],
        "recipe": RECIPE,
        "params": json.dumps(params, sort_keys=True, separators=(",", ":")),
        "scores": {
            "identifier_share": covered / max(1, len(raw["text"])),
            "mask_rate": hidden / max(1, sum(maskable_lengths(text, entities, plan.punctuation))),
        },
    }
