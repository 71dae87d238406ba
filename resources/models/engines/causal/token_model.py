"""The token model role: a causal LM one token at a time, for methods that draw tokens themselves.

Neither distributions nor the tokens drawn from them enter the result cache: a differentially private draw must not be
repeated. Callers choose the widths; widths taken from a text would, in bf16, where the last bits of a row depend on the
shape of its batch, let one text change the distribution of another.
"""

import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from resources.errors import PolicyError
from resources.models.batching import Counters
from resources.models.devices import padded
from resources.models.engines.causal.network import Network, NetworkModel
from resources.models.implementation import TORCH, Implementation

if TYPE_CHECKING:
    import torch


class LocalTokenModel(NetworkModel):
    """SmolLM2 or any other transformers causal LM on this machine."""

    @cached_property
    def pad(self) -> int:
        """The token that marks an empty position: the end of a turn, or else the document separator."""
        network = self.loaded
        return min(network.ends - {network.start}, default=network.start)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, no special token added."""
        return self.loaded.tokens(texts)

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Texts of token ids, pads removed."""
        kept = [[token for token in row if token != self.pad] for row in rows]
        return [str(text) for text in self.loaded.tokenizer.decode_batch(kept, skip_special_tokens=True)]

    def similarity(self, tokens: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """Cosine of input embeddings, in [-1, 1] up to rounding.

        Args:
            tokens: ids, (rows,).
            candidates: ids, (rows, candidates), the shape of the result.
        """
        import torch

        weight, device = self.loaded.model.get_input_embeddings().weight, self.loaded.device
        with torch.inference_mode():
            dots = (weight[torch.from_numpy(tokens).to(device)] @ weight.T).float()
            lengths = self._lengths
            cosines = dots / lengths[torch.from_numpy(tokens).to(device), None] / lengths
            chosen: np.ndarray = cosines.gather(1, torch.from_numpy(candidates).to(device)).double().cpu().numpy()
        return chosen

    def open(self, contexts: Sequence[Sequence[int]], width: int, room: int) -> "LocalTokenStream":
        """Start one continuation for each context, after the document separator and the context.

        Args:
            contexts: token ids, at most `width` each.
            width: tokens that every context occupies in the tensors; must not depend on the texts.
            room: the most tokens that will be appended.

        Raises:
            PolicyError: the model's context does not hold `width` + `room` tokens.
        """
        network = self.loaded
        if 1 + width + room > network.context:
            raise PolicyError(f"{width} tokens and {room} more do not fit into a context of {network.context}")
        rows = [[network.start, *context] for context in contexts]
        return LocalTokenStream(network, self._drawable, self.pad, rows, 1 + width, self.runner.counters)

    @cached_property
    def _lengths(self) -> "torch.Tensor":
        lengths: torch.Tensor = self.loaded.model.get_input_embeddings().weight.detach().float().norm(dim=1)
        return lengths

    @cached_property
    def _drawable(self) -> "torch.Tensor":
        """The pad, and the tokens that by themselves are printable text or a line break."""
        import torch

        network = self.loaded
        good = [bool(t) and t.replace("\n", " ").isprintable() and "\ufffd" not in t for t in network.vocabulary]
        good[self.pad] = True
        return torch.tensor(good, device=network.device)


class LocalTokenStream:
    """Continuations in progress, one in each row."""

    def __init__(
        self,
        network: Network,
        drawable: "torch.Tensor",
        pad: int,
        rows: Sequence[Sequence[int]],
        width: int,
        counters: Counters,
    ) -> None:
        import torch

        self._network, self._drawable, self._pad, self._counters = network, drawable, pad, counters
        ids, self._mask = padded(rows, network.device, network.start, left=True, width=width)
        self._bare = torch.tensor([len(row) == 1 for row in rows], device=network.device)
        self._past: Any = None
        counters.calls += 1
        counters.items += len(rows)
        self._logprobs = self._run(ids)

    def top(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Ids and log p of the pad and of the `count` - 1 likeliest other drawable tokens, both (rows, count).

        Raises:
            PolicyError: fewer than `count` tokens are drawable.
        """
        if count > int(self._drawable.sum()):
            raise PolicyError(f"{count} candidates were asked for, {int(self._drawable.sum())} tokens can be drawn")
        ranked = self._logprobs.clone()
        ranked[:, self._pad] = float("inf")
        tokens = ranked.topk(count, -1).indices
        return tokens.cpu().numpy(), self._logprobs.gather(1, tokens).double().cpu().numpy()

    def at(self, tokens: np.ndarray) -> np.ndarray:
        """Log p of the next token being each of `tokens` (rows, candidates)."""
        import torch

        wanted = torch.from_numpy(tokens).to(self._network.device)
        logprobs: np.ndarray = self._logprobs.gather(1, wanted).double().cpu().numpy()
        return logprobs

    def append(self, tokens: np.ndarray) -> None:
        """Append one token to each row; ids (rows,)."""
        import torch

        ids = torch.from_numpy(tokens).to(self._network.device)[:, None]
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(ids), 1)], 1)
        self._bare = torch.zeros_like(self._bare)
        self._logprobs = self._run(ids)

    def _run(self, ids: "torch.Tensor") -> "torch.Tensor":
        """Log p of every drawable token after `ids`, (rows, vocabulary); minus infinity elsewhere."""
        import torch

        began = time.perf_counter()
        positions = (self._mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        with torch.inference_mode():
            out = self._network.model.model(
                input_ids=ids,
                attention_mask=self._mask,
                position_ids=positions,
                past_key_values=self._past,
                use_cache=True,
            )
            logits = self._network.model.lm_head(out.last_hidden_state[:, -1]).float()
            logits = torch.where(self._bare[:, None], self._network.first, logits)
            logprobs: torch.Tensor = logits.masked_fill(~self._drawable, float("-inf")).log_softmax(-1)
        self._past = out.past_key_values
        self._counters.tokens += ids.numel()
        self._counters.seconds += time.perf_counter() - began
        return logprobs


TRANSFORMERS = Implementation("transformers", ("token_model",), LocalTokenModel, TORCH)
