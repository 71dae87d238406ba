"""The masked LM opened to train a LoRA adapter."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import PolicyError
from resources.models.engines.causal.network import load_network
from resources.models.engines.masked.transformer import open_masked_lm
from resources.models.entry import ModelEntry
from resources.models.weights.sources import peft

if TYPE_CHECKING:
    import torch

_TARGETS = {
    "llama": ("q_proj", "v_proj"),
    "bert": ("query", "value"),
    "roberta": ("query", "value"),
    "distilbert": ("q_lin", "v_lin"),
    "modernbert": ("Wqkv",),
    "mpnet": ("q", "v"),
}
"""The attention matrices that get an adapter, by model_type, as in Hu et al. (2021)."""


@dataclass(frozen=True)
class Trainable:
    """A model in float32 whose only trainable weights are those of a fresh adapter.

    Attributes:
        start: token that begins every text of a causal model.
        mask: id of the mask token; None for a causal model.
        random_ids: tokens that random corruption may use.
    """

    model: Any
    tokenizer: Any
    device: "torch.device"
    start: int
    mask: int | None
    random_ids: Sequence[int]


def open_trainable(entry: ModelEntry, rank: int, weights: Path, seed: int) -> Trainable:
    """The masked LM of `entry` with a fresh LoRA adapter, whose B matrices are zero: outputs are unchanged at first.

    Raises:
        PolicyError: an architecture whose attention matrices are not listed here, or an entry with an adapter.
        MachineError: peft is not installed.
    """
    import torch

    library = peft()
    if entry.adapter:
        raise PolicyError("masked_lm.adapter: an adapted model is not adapted again, remove the key first")
    exact = entry.model_copy(update={"dtype": "float32"})
    if entry.engine not in ("mpnet", "transformers"):
        network = load_network(exact, weights)
        model, tokenizer, device, start, mask = network.model, network.tokenizer, network.device, network.start, None
    else:
        loaded = open_masked_lm(exact, weights)
        model, tokenizer, device, start = loaded.model, loaded.tokenizer, loaded.device, 0
        mask = tokenizer.token_to_id(loaded.mask)
    kind = str(model.config.model_type)
    if kind not in _TARGETS:
        raise PolicyError(f"masked_lm: no adapter is known for model_type {kind!r}, only for {sorted(_TARGETS)}")
    torch.manual_seed(seed)
    config = library.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=list(_TARGETS[kind]), bias="none")
    random_ids = [] if mask is None else _plain_ids(tokenizer)
    return Trainable(library.get_peft_model(model, config), tokenizer, device, start, mask, random_ids)


def _plain_ids(tokenizer: Any) -> list[int]:
    special = {i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    return [i for i in range(tokenizer.get_vocab_size()) if i not in special]
