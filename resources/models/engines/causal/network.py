"""A causal language model on its device with its tokenizer: loading and likelihood."""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import PolicyError
from resources.models.devices import choose_device, choose_dtype, padded
from resources.models.engines.causal.chat import ChatTemplate
from resources.models.engines.causal.prefix import Layers, RowCache, common_prefix, enable
from resources.models.entry import ModelEntry
from resources.models.implementation import RoleModel
from resources.models.weights.gguf_conversion import converted
from resources.models.weights.sources import check_folder, locate, with_adapter

if TYPE_CHECKING:
    import torch

_LOGIT_ROWS = 512
"""Positions whose logits (vocabulary wide, float32) are in memory at one time."""

_EXACT_START = 1_000_000_000
"""Parameters of the largest model that is copied to float32 for a moment, to get its first distribution right."""


@dataclass(frozen=True)
class Network:
    """A loaded causal LM.

    Attributes:
        start: token that begins every text without a prefix: the document separator.
        first: log p of every token right after `start`, shape (vocabulary,).
        ends: tokens that end a text.
        context: tokens that fit into the context.
        shares: whether rows can attend to one copy of the tokens that all begin with.
    """

    model: Any
    tokenizer: Any
    template: ChatTemplate
    device: "torch.device"
    start: int
    first: "torch.Tensor"
    ends: frozenset[int]
    context: int
    shares: bool
    firsts: dict[str, int] = field(default_factory=dict)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, no special token added."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def first_token(self, word: str) -> int:
        """The token that a word begins with after a space."""
        if word not in self.firsts:
            self.firsts[word] = self.tokenizer.encode(f" {word}", add_special_tokens=False).ids[0]
        return self.firsts[word]

    @cached_property
    def breaks(self) -> "torch.Tensor":
        """Tokens that end a text or hold a line break, (tokens,)."""
        import torch

        broken = [token for token, text in enumerate(self.vocabulary) if "\n" in text]
        return torch.tensor(sorted({*broken, *self.ends}), device=self.device)

    @property
    def vocabulary(self) -> list[str]:
        """The text of every token by itself."""
        ids = range(self.model.lm_head.out_features)
        return list(self.tokenizer.decode_batch([[i] for i in ids], skip_special_tokens=True))

    def read_prefix(self, rows: Sequence[list[int]]) -> tuple[int, Layers]:
        """The number of tokens that all rows begin with and that are worth reading once, their keys and values."""
        import torch

        length = common_prefix(rows) if self.shares else 0
        cache = RowCache()
        if length:
            ids = torch.tensor([rows[0][:length]], device=self.device)
            with torch.inference_mode():
                self.model.model(input_ids=ids, past_key_values=cache, use_cache=True)
        return length, cache.layers

    def log_probabilities(self, rows: Sequence[list[int]], scored: Sequence[int]) -> list[list[float]]:
        """For each row of token ids, log p of each of its last `scored` tokens given all before it.

        A row whose second token is scored begins with `start`.
        """
        import torch

        length, shared = self.read_prefix([row[: len(row) - count] for row, count in zip(rows, scored, strict=True)])
        ids, _ = padded([row[length:] for row in rows], self.device)
        targets = torch.zeros(ids.shape, dtype=torch.bool)
        for i, row in enumerate(rows):
            targets[i, len(row) - length - scored[i] : len(row) - length] = True
        targets = targets.to(self.device)
        options: dict[str, Any] = {}
        if length:
            places = torch.arange(length, length + ids.shape[1], device=self.device)
            options = {"shared": shared, "position_ids": places.expand(ids.shape)}
        with torch.inference_mode():
            # Padding is on the right, where no real token of a causal model attends.
            hidden = self.model.model(input_ids=ids, use_cache=False, **options).last_hidden_state
            values = self.gather(hidden[:, :-1][targets[:, 1:]], ids[:, 1:][targets[:, 1:]])
        owner, place = targets[:, 1:].nonzero().unbind(1)
        if not length:
            values = torch.where(place == 0, self.first[ids[:, 1]][owner], values)
        parts = values.double().cpu().split(list(scored))
        return [part.tolist() for part in parts]

    def gather(self, hidden: "torch.Tensor", ids: "torch.Tensor") -> "torch.Tensor":
        """Log p(ids[i] | hidden[i]) for flat rows, without ever holding all logits."""
        import torch

        parts = []
        for i in range(0, len(ids), _LOGIT_ROWS):
            logits = self.model.lm_head(hidden[i : i + _LOGIT_ROWS]).float()
            chosen = logits.gather(1, ids[i : i + _LOGIT_ROWS, None])[:, 0]
            parts.append(chosen - logits.logsumexp(1))
        return torch.cat(parts) if parts else torch.zeros(0)


class NetworkModel(RoleModel[Network]):
    """A role played by a causal LM on this machine."""

    def load(self) -> Network:
        """The network of `entry`, loaded once for all roles with the same weights. Raises as `load_network`."""
        name = self.entry.model_dump_json(exclude={"engine", "temperature"})
        network: Network = self.context.share(name, lambda: load_network(self.entry, self.context.weights))
        return network


def load_network(entry: ModelEntry, cache: Path) -> Network:
    """Load a causal LM from GGUF (converted once) or from a safetensors folder.

    Raises:
        PolicyError: pickled weights, remote code, or a tokenizer without tokenizer.json.
        MachineError, IntegrityError: as `locate`.
    """
    device = choose_device(entry.device)
    dtype = choose_dtype(entry.dtype, device)
    path = locate(entry)
    folder = converted(path, dtype, cache) if path.suffix == ".gguf" else path
    check_folder(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = with_adapter(load_transformer(folder, _model_class(config), dtype, device), entry)
    ends = _ids(config, "eos_token_id")
    start = _ids(config, "bos_token_id") or ends
    if not start:
        raise PolicyError(f"{folder.name}: config.json names neither bos_token_id nor eos_token_id")
    return Network(
        model=model,
        tokenizer=load_tokenizer(folder),
        template=ChatTemplate.read(folder),
        device=device,
        start=min(start),
        first=_first_distribution(model, min(start), device),
        ends=frozenset(ends),
        context=int(config.get("max_position_embeddings", 2048)),
        shares=enable(model),
    )


def load_transformer(folder: Path, model_class: Any, dtype: "torch.dtype", device: "torch.device") -> Any:
    """An evaluation-mode model from safetensors, never from pickle, never with remote code."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = model_class.from_pretrained(
        folder, dtype=dtype, local_files_only=True, use_safetensors=True, trust_remote_code=False
    )
    return model.to(device).eval()


def load_tokenizer(folder: Path) -> Any:
    """The Rust tokenizer of a folder (0.1 s, where AutoTokenizer takes seconds)."""
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise PolicyError(f"{folder.name}: no tokenizer.json, save the fast tokenizer beside the weights")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _first_distribution(model: Any, start: int, device: "torch.device") -> "torch.Tensor":
    """Log p of every token after `start` alone, in float32.

    The first position of a Llama carries activations hundreds of times larger than any other (Sun et al., 2024),
    and bf16 loses more than a nat of the first token there, and there only.
    """
    import torch

    exact = model if model.num_parameters() > _EXACT_START else copy.deepcopy(model).float()
    with torch.inference_mode():
        logits = exact(input_ids=torch.tensor([[start]], device=device), use_cache=False).logits[0, -1]
    first: torch.Tensor = logits.float().log_softmax(-1)
    return first


def _model_class(config: dict[str, Any]) -> Any:
    if config.get("model_type") == "llama":  # the concrete class imports in half the time of the Auto classes
        from transformers.models.llama.modeling_llama import LlamaForCausalLM

        return LlamaForCausalLM
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM


def _ids(config: dict[str, Any], name: str) -> list[int]:
    value = config.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]
