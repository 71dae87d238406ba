"""Quality and speed of the masked LM role on real sentences, with content words hidden.

    python benchmarks/masked_lm.py NEWS.jsonl [--documents 60] [--words 1]

An exact match with the hidden word, case ignored, is a strict measure: a good substitute counts as a miss. Slots of one
document share their context, so more words a document run faster. CPU seconds are those of the process, so that a busy
machine does not blur them. Prints JSON.
"""

import json
import random
import re
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from resources.models.engine import Engine
from resources.models.protocols import Slot
from resources.models.registry import load_registry
from resources.vault import Keys

_LIST = (
    "about after again against also another because been before being between both could does down during each even "
    "every first from have having here into itself just last like made make many more most much must never next only "
    "other over said same says should since some still such than that their them then there these they this those "
    "three through told under until upon very want well were what when where which while will with would year years "
    "your"
)
_FUNCTION_WORDS = frozenset(_LIST.split())


def content_word_slots(news: Path, documents: int, words: int, seed: int = 7) -> list[Slot]:
    """Lower-case words of four letters or more inside sentences, `words` a document."""
    rng = random.Random(seed)
    texts = [json.loads(line)["text"] for line in news.open(encoding="utf-8")]
    rng.shuffle(texts)
    slots = []
    for text in texts[:documents]:
        found = re.finditer(r"(?<= )[a-z]{4,}(?= )", text[200:1200])
        content = [m for m in found if m.group() not in _FUNCTION_WORDS]
        chosen = rng.sample(content, min(words, len(content)))
        slots += [Slot(text[:1400], 200 + m.start(), 200 + m.end()) for m in chosen]
    return slots


def main(
    news: Path,
    documents: Annotated[int, typer.Option(min=1)] = 60,
    words: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Measure and print."""
    slots = content_word_slots(news, documents, words)
    keys = Keys.from_secret(b"0" * 32)
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), keys, Path(folder)) as engine:
        engine.masked_lm.fill([Slot("The first call loads the model.", 4, 9)])
        wall, cpu = time.perf_counter(), time.process_time()
        found = engine.masked_lm.fill(slots, top_k=10)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ranks = []
    for slot, row in zip(slots, found, strict=True):
        hidden = slot.text[slot.start : slot.end].lower()
        proposals = [candidate.text.lower() for candidate in row]
        ranks.append(proposals.index(hidden) if hidden in proposals else len(proposals))
    shares = {f"top{k}": round(sum(rank < k for rank in ranks) / len(ranks), 3) for k in (1, 5, 10)}
    speed = {"masks_per_second": round(len(slots) / wall, 2), "masks_per_cpu_second": round(len(slots) / cpu, 2)}
    typer.echo(json.dumps({"slots": len(slots)} | shares | speed))


if __name__ == "__main__":
    typer.run(main)
