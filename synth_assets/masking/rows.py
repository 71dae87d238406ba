"""MASKED_CORPUS rows of masked texts: mask plans and refilled words, a batch of documents at a time.

How words are refilled belongs to `refill`, how plans are drawn to `plan`.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from synth_assets.masked_lm.collocations import Collocations, word_runs
from synth_assets.masked_lm.plan import make_plan, maskable_characters
from synth_assets.masked_lm.units import entities_of
from synth_assets.masking.audit import hidden_values
from synth_assets.masking.documents import PAGE, Task, batches
from synth_assets.masking.keys import RealValues
from synth_assets.masking.refill.refill import Refill, Refillable, refill
from synth_assets.masking.surrogates.replace import Replaced
from synth_assets.records import Row
from synth_assets.text.edits import Edit, apply

RECIPE = "surrogates_and_refill"
_RUNS = "runs"


def row_id(task: Task, raw_id: str) -> str:
    """The id of the row that is made of a raw document."""
    return task.keys.hash("masked_corpus", raw_id)


def finish(task: Task, replaced: Replaced, real: RealValues, refused: Counter[str]) -> Iterator[Row]:
    """Rows in the order of raw ids; why candidates for refilling were refused is counted in `refused`."""
    collocations, total, done = _collocations(task, replaced), len(replaced), 0
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
        refills = (
            refill(open_documents, task.models, task.policy.refill, real, refused)
            if task.policy.refill.per_document
            else [[] for _ in batch]
        )
        for (name, item), words in zip(batch, refills, strict=True):
            yield _row(task, task.documents[name], item, words, collocations)
        done += len(batch)
        task.progress("refill", done, total)


class _Runs:
    """Runs of words of the masked texts, kept so that they can be counted more than once."""

    def __init__(self, task: Task, replaced: Replaced) -> None:
        self._scratch = task.scratch
        for page in batches(replaced.masked(), PAGE):
            self._scratch.put(
                _RUNS, [(name, word_runs(item["text"], entities_of(item["spans"]))) for name, item in page]
            )

    def __iter__(self) -> Iterator[list[str]]:
        return (run for _, runs in self._scratch.items(_RUNS) for run in runs)


def _collocations(task: Task, replaced: Replaced) -> Collocations | None:
    """The collocations of the masked texts, where plans ask for them."""
    return Collocations.of_runs(_Runs(task, replaced), task.policy.plan) if task.policy.plan.kind == "pmi" else None


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
        "id": row_id(task, raw["id"]),
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
            "mask_rate": hidden / max(1, maskable_characters(text, entities, plan.punctuation)),
        },
    }
