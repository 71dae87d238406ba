"""Quality and speed of the masked LM role on real sentences, one content word hidden in each.

    python benchmarks/masked_lm.py NEWS.jsonl [--sentences 60]

Exact match of the hidden word, case ignored, is a strict measure: a good substitute counts as a miss. Speed is
in process CPU seconds, so that a busy machine does not blur it. Prints JSON.
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

_FUNCTION_WORDS = frozenset(
    ["about", "after", "again", "against", "also", "another", "because", "been", "before", "being", "between", "both", "could", "does", "down", "during", "each", "even", "every", "first", "from", "have", "having", "here", "into", "itself", "just", "last", "like", "made", "make", "many", "more", "most", "much", "must", "never", "next", "only", "other", "over", "said", "same", "says", "should", "since", "some", "still", "such", "than", "that", "their", "them", "then", "there", "these", "they", "this", "those", "three", "through", "told", "under", "until", "upon", "very", "want", "well", "were", "what", "when", "where", "which", "while", "will", "with", "would", "year", "years", "your"]
)


def content_word_slots(news: Path, count: int, seed: int = 7) -> list[Slot]:
    """One hidden lower-case word of four letters or more in the middle of a sentence, in its paragraph."""
    rng = random.Random(seed)
    texts = [json.loads(line)["text"] for line in news.open(encoding="utf-8")]
    rng.shuffle(texts)
    slots = []
    for text in texts[:count]:
        words = [m for m in re.finditer(r"(?<= )[a-z]{4,}(?= )", text[200:1200]) if m.group() not in _FUNCTION_WORDS]
        word = rng.choice(words)
        slots.append(Slot(text[:1400], 200 + word.start(), 200 + word.end()))
    return slots


def main(news: Path, sentences: Annotated[int, typer.Option(min=1)] = 60) -> None:
    """Measure and print."""
    slots = content_word_slots(news, sentences)
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), Keys.from_secret(b"0" * 32), Path(folder)) as e:
        e.masked_lm.fill([Slot("The first call loads the model.", 4, 9)])
        wall, cpu = time.perf_counter(), time.process_time()
        found = e.masked_lm.fill(slots, top_k=10)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    hidden = [slot.text[slot.start : slot.end].lower() for slot in slots]
    ranks = [[c.text.lower() for c in row].index(w) if w in [c.text.lower() for c in row] else 99
             for row, w in zip(found, hidden, strict=True)]  # fmt: skip
    shares = {f"top{k}": round(sum(rank < k for rank in ranks) / len(ranks), 3) for k in (1, 5, 10)}
    speed = {"masks_per_second": round(len(slots) / wall, 2), "masks_per_cpu_second": round(len(slots) / cpu, 2)}
    typer.echo(json.dumps({"slots": len(slots)} | shares | speed))


if __name__ == "__main__":
    typer.run(main)
