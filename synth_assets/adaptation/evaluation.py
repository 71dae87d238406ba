"""What adaptation gained on held-out text, and what it gives away of the text it learned from.

Gain: loss and hidden words of held-out subjects. Leakage: the exposure of canaries (Carlini et al. 2019), and how well
the fall of their loss tells learned documents from held-out ones.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from resources.models.engines.masked.trainable import Trainable
from resources.models.protocols import MaskedLM, Slot
from synth_assets.adaptation.objectives import Maker, losses
from synth_assets.masked_lm.windows import choose_words, slot_of
from synth_assets.records import Row
from synth_assets.statistics.roc import auc

BATCH = 8
PER_DOCUMENT = 4
SHORTEST = 4  # characters of a hidden word


@dataclass(frozen=True)
class Loss:
    """Loss of each document in nats per token, before or after training."""

    held_out: list[float]
    learned: list[float]
    canaries_in: list[float]
    canaries_out: list[float]


def measure_losses(
    trainable: Trainable, make: Maker, tokens: int, seed: Callable[[str], int], **groups: Sequence[Row]
) -> Loss:
    """The loss of each row of each group; every measurement uses the same tokens and masks."""
    import torch

    measured: dict[str, list[float]] = {}
    trainable.model.eval()
    for name, rows in groups.items():
        examples = [make(row, tokens, random.Random(seed(row["id"]))) for row in rows]
        with torch.inference_mode():
            parts = [
                losses(trainable.model, examples[i : i + BATCH], trainable.device) for i in range(0, len(rows), BATCH)
            ]
        measured[name] = [float(value) for part in parts for value in part]
    return Loss(**measured)


def hidden_words(rows: Sequence[Row], count: int, context: int, seed: Callable[[str], int]) -> list[Slot]:
    """Slots of frequent lower-case words outside entities, at most `PER_DOCUMENT` per document and `count` in all."""
    slots: list[Slot] = []
    for row in rows:
        text, entities = row["text"], [(span["out_start"], span["out_end"]) for span in row["spans"]]
        words = choose_words(text, entities, PER_DOCUMENT, SHORTEST, random.Random(seed(row["id"])))
        slots += [slot_of(text, word, context) for word in words]
    return slots[:count]


def hit_rates(model: MaskedLM, slots: Sequence[Slot]) -> dict[str, float]:
    """Shares of hidden words that are the model's first guess, and among its first five; empty without slots."""
    if not slots:
        return {}
    guesses = [[c.text.casefold() for c in row] for row in model.fill(slots, top_k=5)]
    truth = [slot.text[slot.start : slot.end].casefold() for slot in slots]
    ranks = [row.index(word) if word in row else len(row) for row, word in zip(guesses, truth, strict=True)]
    return {f"top_{k}": fmean(rank < k for rank in ranks) for k in (1, 5)}


def exposure(before: Loss, after: Loss) -> float | None:
    """Mean of log2(R + 1) - log2(rank) in bits over planted canaries; None without canaries.

    A planted canary is ranked by the fall of its loss among itself and the R canaries that were kept out. The last
    rank is 0 bits, the first log2(R + 1), and chance about 1.44 bits for large R.
    """
    kept_out, planted = _falls(before.canaries_out, after.canaries_out), _falls(before.canaries_in, after.canaries_in)
    if not (kept_out and planted):
        return None
    return fmean(math.log2(len(kept_out) + 1) - math.log2(1 + sum(k >= p for k in kept_out)) for p in planted)


def learned_auc(before: Loss, after: Loss) -> float | None:
    """Area under the ROC curve of telling learned documents from held-out ones by the fall of their loss.

    It is .5 by chance, and None if either group is empty.
    """
    learned, held_out = _falls(before.learned, after.learned), _falls(before.held_out, after.held_out)
    if not (learned and held_out):
        return None
    return auc(learned, held_out)


def _falls(before: Sequence[float], after: Sequence[float]) -> list[float]:
    return [b - a for b, a in zip(before, after, strict=True)]
