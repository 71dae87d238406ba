"""The sentence encoder role: mean-pooled, normalized vectors (Reimers and Gurevych, 2019)."""

import base64
import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from resources.models.batching import Limits, Runner, text_work
from resources.models.causal.network import load_tokenizer, load_transformer
from resources.models.devices import choose_device, choose_dtype
from resources.models.registry import ModelEntry
from resources.models.weights.sources import check_folder, locate

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 256
"""What all-MiniLM-L6-v2 was trained on; the rest of a longer text does not count."""

_LIMITS = {"cpu": Limits(items=64, size=20_000), "cuda": Limits(items=1024, size=1_000_000)}


class TransformerEncoder:
    """all-MiniLM-L6-v2 or another mean-pooled encoder folder; loaded at the first result that is not cached."""

    def __init__(self, runner: Runner, entry: ModelEntry, device: Callable[[], str]) -> None:
        self._runner = runner
        self._entry = entry
        self._device = device
        self._loaded: tuple[Any, Any, torch.device] | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of weights and code."""
        return self._runner.fingerprint

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), dimension), rows of L2 norm 1.

        In bf16 a vector moves by about 1e-4 with what shares its batch: compare with a margin.
        """
        rows = self._runner.run(text_work("encode", {}, self._compute, _LIMITS[self._device()]), texts)
        vectors = [np.frombuffer(base64.b64decode(row), dtype="<f4") for row in rows]
        return np.stack(vectors) if vectors else np.zeros((0, self._dimension()), dtype=np.float32)

    def _compute(self, batch: list[str]) -> list[str]:
        import torch

        model, tokenizer, device = self._load()
        encodings = tokenizer.encode_batch(batch)
        width = max(len(encoding.ids) for encoding in encodings)
        ids = torch.zeros((len(batch), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for i, encoding in enumerate(encodings):
            ids[i, : len(encoding.ids)] = torch.tensor(encoding.ids)
            mask[i, : len(encoding.ids)] = 1
        self._runner.counters.tokens += int(mask.sum())
        ids, mask = ids.to(device), mask.to(device)
        with torch.inference_mode():
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        vectors = torch.nn.functional.normalize(pooled, dim=1).cpu().numpy().astype("<f4")
        return [base64.b64encode(vector.tobytes()).decode() for vector in vectors]

    def _dimension(self) -> int:
        return int(self._load()[0].config.hidden_size)

    def _load(self) -> "tuple[Any, Any, torch.device]":
        if self._loaded is None:
            began = time.perf_counter()
            device = choose_device(self._entry.device)
            folder = locate(self._entry)
            check_folder(folder)
            model = load_transformer(folder, _encoder_class(folder), choose_dtype(self._entry.dtype, device), device)
            tokenizer = load_tokenizer(folder)
            tokenizer.enable_truncation(MAX_TOKENS)
            self._loaded = model, tokenizer, device
            self._runner.counters.load_seconds += time.perf_counter() - began
        return self._loaded


def _encoder_class(folder: Any) -> Any:
    if json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type") == "bert":
        from transformers.models.bert.modeling_bert import BertModel

        return BertModel
    from transformers import AutoModel

    return AutoModel
