"""What adaptation gained on text it never learned from, and what it gives away of text it did.

Gain: loss and hidden words of held-out subjects. Cost: the exposure of canaries (Carlini et al. 2019) and how well
learned documents are told from held-out ones by how much their loss fell.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from resources.models.masked.trainable import Trainable
from resources.models.protocols import MaskedLM, Slot
from synth_assets.adaptation.objectives import Maker, losses
from synth_assets.masked_lm.windows import slot_of
from synth_assets.masking.policy import RefillPolicy
from synth_assets.masking.refill.words import Refillable, choose_words
from synth_assets.records import Row

BATCH = 8
PER_DOCUMENT = 4


@dataclass(frozen=True)
class Loss:
    """Nats a token of each document, before or after."""

    held_out: list[float]
    learned: list[float]
    canaries_in: list[float]
    canaries_out: list[float]


def measure_losses(
    trainable: Trainable, make: Maker, tokens: int, seed: Callable[[str], int], **groups: Sequence[Row]
) -> Loss:
    """The loss of each row of each group, on the same tokens and masks whenever it is measured."""
    import torch

    found: dict[str, list[float]] = {}
    trainable.model.eval()
    for name, rows in groups.items():
        examples = [make(row, tokens, random.Random(seed(row["id"]))) for row in rows]
        with torch.inference_mode():
            parts = [
                losses(trainable.model, examples[i : i + BATCH], trainable.device) for i in range(0, len(rows), BATCH)
            ]
        found[name] = [float(value) for part in parts for value in part]
    return Loss(**found)


def hidden_words(rows: Sequence[Row], count: int, context: int, seed: Callable[[str], int]) -> list[Slot]:
    """Frequent small-letter words outside entities, at most a few a document."""
    policy = RefillPolicy(per_document=PER_DOCUMENT, context=context)
    found: list[Slot] = []
    for row in rows:
        closed = [(span["out_start"], span["out_end"]) for span in row["spans"]]
        document = Refillable(row["text"], closed, random.Random(seed(row["id"])))
        found += [slot_of(row["text"], place, context) for place in choose_words(document, policy)]
    return found[:count]


def hit_rates(model: MaskedLM, slots: Sequence[Slot]) -> dict[str, float]:
    """Share of hidden words that the model names first, and among its first five; empty without slots."""
    if not slots:
        return {}
    named = [[c.text.casefold() for c in row] for row in model.fill(slots, top_k=5)]
    truth = [slot.text[slot.start : slot.end].casefold() for slot in slots]
    ranks = [row.index(word) if word in row else len(row) for row, word in zip(named, truth, strict=True)]
    return {f"top_{k}": fmean(rank < k for rank in ranks) for k in (1, 5)}


def exposure(before: Loss, after: Loss) -> float | None:
    """Mean of log2(R + 1) - log2(rank) in bits over planted canaries, None without canaries.

    The rank is that of a planted canary's fall of loss among itself and the R that were kept out; 0 bits on average
    would be last place, log2(R + 1) first place, and about 1.44 bits chance for large R.
    """
    kept_out = [b - a for b, a in zip(before.canaries_out, after.canaries_out, strict=True)]
    planted = [b - a for b, a in zip(before.canaries_in, after.canaries_in, strict=True)]
    if not (kept_out and planted):
        return None
    return fmean(math.log2(len(kept_out) + 1) - math.log2(1 + sum(k >= p for k in kept_out)) for p in planted)


def told_apart(before: Loss, after: Loss) -> float | None:
    """Area under the curve: the chance that a learned document's loss fell more than a held-out one's; .5 is chance."""
    learned = [b - a for b, a in zip(before.learned, after.learned, strict=True)]
    held_out = [b - a for b, a in zip(before.held_out, after.held_out, strict=True)]
    if not (learned and held_out):
        return None
    return fmean((one > other) + (one == other) / 2 for one in learned for other in held_out)
