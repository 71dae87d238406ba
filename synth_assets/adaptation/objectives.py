"""Training objectives: the next token for a two-sided causal LM, hidden tokens for a bidirectional LM."""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from resources.models.engines.masked.trainable import Trainable
from synth_assets.masked_lm.plan import make_plan
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.render import IGNORED, Example, padded, render
from synth_assets.masked_lm.units import entities_of
from synth_assets.records import Row

if TYPE_CHECKING:
    import torch


Maker = Callable[[Row, int, random.Random], Example]


def maker(trainable: Trainable, plan: PlanPolicy) -> Maker:
    """The function that makes an example of at most so many tokens from a row of the masked corpus."""
    if trainable.mask is None:
        return lambda row, tokens, rng: _next_tokens(trainable, row, tokens, rng)
    return lambda row, tokens, rng: _hidden_tokens(trainable, row, tokens, rng, plan)


def losses(model: "torch.nn.Module", examples: Sequence[Example], device: "torch.device") -> "torch.Tensor":
    """Mean loss of each example in nats per token, shape (examples,); 0 for an example without labels."""
    import torch

    ids = padded([example.input_ids for example in examples], 0).to(device)
    mask = padded([[1] * len(example.labels) for example in examples], 0).to(device)
    labels = padded([example.labels for example in examples], IGNORED).to(device)
    logits = model(input_ids=ids, attention_mask=mask).logits.float()
    each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none")
    return each.sum(1) / (labels != IGNORED).sum(1).clamp(min=1)


def _next_tokens(trainable: Trainable, row: Row, tokens: int, rng: random.Random) -> Example:
    ids = trainable.tokenizer.encode(row["text"], add_special_tokens=False).ids
    begin = rng.randrange(max(1, len(ids) - tokens + 1))
    window = [trainable.start, *ids[begin : begin + tokens]]
    return Example(window, [*window[1:], IGNORED])


def _hidden_tokens(trainable: Trainable, row: Row, tokens: int, rng: random.Random, plan: PlanPolicy) -> Example:
    """Draw a new mask plan each time (dynamic masking, Liu et al. 2019); entities are hidden whole or not at all."""
    text = row["text"]
    encoding = trainable.tokenizer.encode(text)
    masks = [asdict(mask) for mask in make_plan(text, entities_of(row["spans"]), plan, rng)]
    seed = rng.randrange(2**32)
    rendered = render(
        text, masks, encoding.ids, encoding.offsets, encoding.special_tokens_mask, trainable.mask or 0,
        trainable.random_ids, seed,
    )  # fmt: skip
    begin = rng.randrange(max(1, len(rendered.input_ids) - tokens + 1))
    return Example(rendered.input_ids[begin : begin + tokens], rendered.labels[begin : begin + tokens])
