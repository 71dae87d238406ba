"""What is learned: the next token by a causal LM that looks at both sides, the hidden token by a bidirectional one.

Loading weights belongs to `resources.models`; which documents take part belongs to `sampling`.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from resources.models.masked.trainable import Trainable
from synth_assets.masked_lm.plan import make_plan
from synth_assets.masked_lm.render import IGNORED, render
from synth_assets.masking.policy import PlanPolicy
from synth_assets.records import Row

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Example:
    """Token ids, and what is to be said at each place (`IGNORED`: nothing)."""

    ids: list[int]
    labels: list[int]


Maker = Callable[[Row, int, random.Random], Example]


def maker(trainable: Trainable, plan: PlanPolicy) -> Maker:
    """How a masked row becomes an example of at most so many tokens."""
    if trainable.mask is None:
        return lambda row, tokens, rng: _next_tokens(trainable, row, tokens, rng)
    return lambda row, tokens, rng: _hidden_tokens(trainable, row, tokens, rng, plan)


def losses(model: "torch.nn.Module", examples: Sequence[Example], device: "torch.device") -> "torch.Tensor":
    """Mean loss of each example in nats a token, shape (examples,); an example without labels costs nothing."""
    import torch

    width = max(len(example.ids) for example in examples)
    ids = torch.zeros((len(examples), width), dtype=torch.long)
    labels = torch.full((len(examples), width), IGNORED, dtype=torch.long)
    mask = torch.zeros((len(examples), width), dtype=torch.long)
    for i, example in enumerate(examples):
        size = len(example.ids)
        ids[i, :size], labels[i, :size] = torch.tensor(example.ids), torch.tensor(example.labels)
        mask[i, :size] = 1
    labels = labels.to(device)
    logits = model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits.float()
    each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none")
    return each.sum(1) / (labels != IGNORED).sum(1).clamp(min=1)


def _next_tokens(trainable: Trainable, row: Row, tokens: int, rng: random.Random) -> Example:
    ids = trainable.tokenizer.encode(row["text"], add_special_tokens=False).ids
    begin = rng.randrange(max(1, len(ids) - tokens + 1))
    window = [trainable.start, *ids[begin : begin + tokens]]
    return Example(window, [*window[1:], IGNORED])


def _hidden_tokens(trainable: Trainable, row: Row, tokens: int, rng: random.Random, plan: PlanPolicy) -> Example:
    """A fresh mask plan each time (dynamic masking, Liu et al. 2019); entities are hidden whole or not at all."""
    text = row["text"]
    encoding = trainable.tokenizer.encode(text)
    entities = [(span["out_start"], span["out_end"], span["type"]) for span in row["spans"]]
    masks = [asdict(mask) for mask in make_plan(text, entities, plan, rng)]
    seed = rng.randrange(2**32)
    done = render(
        text, masks, encoding.ids, encoding.offsets, encoding.special_tokens_mask, trainable.mask or 0,
        trainable.random_ids, seed,
    )  # fmt: skip
    begin = rng.randrange(max(1, len(done.input_ids) - tokens + 1))
    return Example(done.input_ids[begin : begin + tokens], done.labels[begin : begin + tokens])
