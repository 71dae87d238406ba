"""What masking costs in usefulness: probes of raw, removed, surrogate and refilled text, tested on real text.

    python benchmarks/masking_utility.py NEWS.jsonl [--documents 800] [--refills 8]

Half of the documents are masked in three ways: every identifier removed (a placeholder with its type), replaced by a
surrogate, and replaced with common words refilled as well. Each arm, the raw text, and public text that never saw the
corpus (the floor) then teach a topic classifier and n-gram models that are asked of the other, real half, at equal
numbers of examples and words; distances are to that half too. Mean and 95 % interval.
"""

import os
import random
import tempfile
from pathlib import Path
from typing import Annotated, Any

import corpora
import typer

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.progress import silent
from synth_assets.masking.policy import Actions, MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.privacy.utility.usefulness import Usefulness
from synth_assets.sample.documents import generate


def rows_of(file: Path, documents: int, label: str) -> list[dict[str, Any]]:
    """Raw rows in two halves: train and holdout."""
    found = corpora.rows(file)
    random.Random(7).shuffle(found)
    rows = []
    for number, record in enumerate(found[:documents]):
        key = f"{number:06d}"
        side = "holdout" if number % 2 else "train"
        rows.append({"id": key, "source_doc": key, "subject": key, "role": "document", "text": record["text"],
                     "split": side, "label": record[label], "language": "en"})  # fmt: skip
    return rows


def main(
    file: Path,
    documents: Annotated[int, typer.Option(min=80)] = 800,
    refills: Annotated[int, typer.Option(help="words refilled in a document", min=1)] = 8,
    label: Annotated[str, typer.Option(help="column with the topic")] = "topic",
) -> None:
    """Mask, teach, ask, print."""
    raw = rows_of(file, documents, label)
    train = [row for row in raw if row["split"] == "train"]
    removing = dict.fromkeys(Actions.model_fields, "mask")
    keys = Keys.from_secret(os.urandom(32))
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), keys, Path(folder)) as models:
        arms: dict[str, list[dict[str, Any]]] = {"raw": train}
        removed = MaskingPolicy.parse({"actions": removing, "refill": {"per_document": 0}}, "removed")
        arms["removed"] = mask_corpus(train, removed, 7, keys, models, silent).rows
        refilled = MaskingPolicy.parse({"refill": {"per_document": refills}}, "refilled")
        made = mask_corpus(train, refilled, 7, keys, models, silent).rows
        arms["surrogate"] = made
        arms["refilled"] = [{**row, "text": row["refilled_text"]} for row in made]
        public = [row["text"] for row in generate(400, seed=1)]
        useful = Usefulness.of(raw, arms, public, models.encoder, 1_000, 200_000)
    print(f"| probe | {' | '.join(arms)} | public text |\n| --- | {'---: | ' * (len(arms) + 1)}")
    outcomes = {arm: {o.slice: o for o in useful.outcomes(arm)} for arm in arms}
    for probe in outcomes["raw"]:
        cells = []
        for arm in arms:
            o = outcomes[arm][probe]
            cells.append("-" if o.value is None or o.low is None else f"{o.value:.3f} ({o.low:.3f} to {o.high:.3f})")
        floor = outcomes["raw"][probe].control
        print(f"| {probe} | {' | '.join(cells)} | {'-' if floor is None else f'{floor:.3f}'} |")


if __name__ == "__main__":
    typer.run(main)
