"""A causal language model on its device with its tokenizer: loading and likelihood, no policy."""

import copy
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import PolicyError
from resources.models.causal.chat import ChatTemplate
from resources.models.counters import Counters
from resources.models.devices import choose_device, choose_dtype
from resources.models.registry import ModelEntry
from resources.models.weights.adapters import with_adapter
from resources.models.weights.gguf_conversion import converted
from resources.models.weights.sources import check_folder, locate

if TYPE_CHECKING:
    import torch

_LOGIT_ROWS = 512
"""Positions whose logits (vocabulary wide, float32) exist at one time."""

_EXACT_START = 1_000_000_000
"""Largest model, in parameters, that is copied to float32 for a moment to get its first distribution right."""


@dataclass(frozen=True)
class Network:
    """A loaded causal LM.

    `start` begins every text without a prefix: the separator of documents. `first` holds log p of every token
    right after it, shape (vocabulary,).
    """

    model: Any
    tokenizer: Any
    template: ChatTemplate
    device: "torch.device"
    start: int
    first: "torch.Tensor"
    ends: frozenset[int]
    context: int

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, no special token added."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def log_probabilities(self, rows: Sequence[Sequence[int]], scored: Sequence[int]) -> list[float]:
        """For each row of token ids, the sum of log p of its last `scored` tokens given all before them.

        A row whose second token is scored begins with `start`.
        """
        import torch

        width = max(len(row) for row in rows)
        ids = torch.zeros((len(rows), width), dtype=torch.long)
        targets = torch.zeros((len(rows), width), dtype=torch.bool)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
            targets[i, len(row) - scored[i] : len(row)] = True
        ids, targets = ids.to(self.device), targets.to(self.device)
        with torch.inference_mode():
            # Padding stands on the right, where a causal model never looks back from a real token.
            hidden = self.model.model(input_ids=ids, use_cache=False).last_hidden_state
            values = self.gather(hidden[:, :-1][targets[:, 1:]], ids[:, 1:][targets[:, 1:]])
        owner, place = targets[:, 1:].nonzero().unbind(1)
        values = torch.where(place == 0, self.first[ids[:, 1]][owner], values)
        sums = torch.zeros((len(rows),), dtype=torch.float64)
        return [float(x) for x in sums.index_add(0, owner.cpu(), values.double().cpu())]

    def gather(self, hidden: "torch.Tensor", ids: "torch.Tensor") -> "torch.Tensor":
        """Log p(ids[i] | hidden[i]) for flat rows, without ever holding all logits."""
        import torch

        parts = []
        for i in range(0, len(ids), _LOGIT_ROWS):
            logits = self.model.lm_head(hidden[i : i + _LOGIT_ROWS]).float()
            chosen = logits.gather(1, ids[i : i + _LOGIT_ROWS, None])[:, 0]
            parts.append(chosen - logits.logsumexp(1))
        return torch.cat(parts) if parts else torch.zeros(0)


def load_network(entry: ModelEntry, cache: Path, counters: Counters) -> Network:
    """Load a causal LM from GGUF (converted once) or from a safetensors folder.

    Raises:
        PolicyError: pickled weights, remote code, or a tokenizer without tokenizer.json.
        MachineError, IntegrityError: as in `locate`.
    """
    began = time.perf_counter()
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
    network = Network(
        model=model,
        tokenizer=load_tokenizer(folder),
        template=ChatTemplate.read(folder),
        device=device,
        start=min(start),
        first=_first_distribution(model, min(start), device),
        ends=frozenset(ends),
        context=int(config.get("max_position_embeddings", 2048)),
    )
    counters.load_seconds += time.perf_counter() - began
    return network


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
