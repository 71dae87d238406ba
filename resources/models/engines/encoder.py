"""The sentence encoder role: mean-pooled, normalized vectors (Reimers and Gurevych, 2019)."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from resources.models.batching import Limits, text_work
from resources.models.devices import choose_device, choose_dtype, padded
from resources.models.engines.causal.network import load_tokenizer, load_transformer
from resources.models.implementation import TORCH, Implementation, RoleModel
from resources.models.weights.sources import check_folder, locate

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 256
"""Context that all-MiniLM-L6-v2 was trained with; longer texts are truncated."""

_LIMITS = {"cpu": Limits(items=64, size=20_000), "cuda": Limits(items=1024, size=1_000_000)}


class TransformerEncoder(RoleModel[tuple[Any, Any, "torch.device"]]):
    """all-MiniLM-L6-v2 or another mean-pooled encoder folder."""

    @property
    def words(self) -> Sequence[str]:
        """Whole words of the tokenizer's vocabulary, in its order: the most frequent first.

        A vocabulary marks either tokens that continue a word (WordPiece) or those that begin one (BPE, Unigram).
        """
        vocabulary: dict[str, int] = self.loaded[1].get_vocab()
        tokens = sorted(vocabulary, key=vocabulary.__getitem__)
        if any(token.startswith("##") for token in tokens):
            return [token for token in tokens if not token.startswith("##")]
        return [token[1:] for token in tokens if token[:1] in "Ġ▁"]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), dimension), rows of L2 norm 1.

        In bf16 a vector moves by about 1e-4 with what shares its batch: compare with a margin.
        """
        rows = self.runner.run(text_work("encode", {}, self._compute, _LIMITS[self.device]), texts)
        vectors = [np.frombuffer(base64.b64decode(row), dtype="<f4") for row in rows]
        return np.stack(vectors) if vectors else np.zeros((0, self.loaded[0].config.hidden_size), dtype=np.float32)

    def encode_alone(self, texts: Sequence[str]) -> np.ndarray:
        """As `encode`, each text in a batch of its own and nothing cached: a vector depends on its own text only."""
        return np.concatenate([np.zeros((0, self.loaded[0].config.hidden_size), np.float32), *map(self._alone, texts)])

    def _alone(self, text: str) -> np.ndarray:
        return np.frombuffer(base64.b64decode(self._compute([text])[0]), dtype="<f4")[None, :]

    def _compute(self, batch: list[str]) -> list[str]:
        import torch

        model, tokenizer, device = self.loaded
        ids, mask = padded([encoding.ids for encoding in tokenizer.encode_batch(batch)], device)
        self.runner.counters.tokens += int(mask.sum())
        with torch.inference_mode():
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        vectors = torch.nn.functional.normalize(pooled, dim=1).cpu().numpy().astype("<f4")
        return [base64.b64encode(vector.tobytes()).decode() for vector in vectors]

    def load(self) -> "tuple[Any, Any, torch.device]":
        """Model, tokenizer, device."""
        device = choose_device(self.entry.device)
        folder = locate(self.entry)
        check_folder(folder)
        model = load_transformer(folder, _encoder_class(folder), choose_dtype(self.entry.dtype, device), device)
        tokenizer = load_tokenizer(folder)
        tokenizer.enable_truncation(MAX_TOKENS)
        return model, tokenizer, device


def _encoder_class(folder: Path) -> Any:
    if json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type") == "bert":
        from transformers.models.bert.modeling_bert import BertModel

        return BertModel
    from transformers import AutoModel

    return AutoModel


TRANSFORMERS = Implementation("transformers", ("encoder",), TransformerEncoder, TORCH)
