"""Tokens with which every row of a batch begins: read once, and attended by all rows without a copy for each.

A step of decoding is bound by reading keys and values. Those of a common prefix are one matrix that the queries of all
rows multiply at once; only what follows it is read row by row (Juravsky et al., 2024, arXiv 2402.05099). The softmax is
one over both parts, so nothing but rounding differs from attention over whole rows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Layers = list["tuple[torch.Tensor, torch.Tensor]"]
"""Keys and values of each layer, both (1, key heads, tokens, width)."""

FAMILIES = frozenset({"granite", "llama", "mistral", "olmo2", "qwen2", "qwen3", "smollm3"})
"""Architectures whose every layer attends to all tokens before and hands keyword arguments to its attention."""

_ATTENTION = "shared_prefix"
_WORTH = 16
"""Tokens of the shortest prefix that is split off: reading it alone costs a pass through the weights."""
_BLOCK = 64
"""Positions by which a cache grows."""


def common_prefix(rows: Sequence[list[int]]) -> int:
    """How many tokens all rows begin with, the last of the shortest row not counted; 0 if too few to be worth it."""
    first, last = min(rows), max(rows)
    shortest = min(map(len, rows)) - 1
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), shortest)
    count = min(same, shortest)
    return count if count >= _WORTH else 0


def enable(model: Any) -> bool:
    """Let `model` attend to a shared prefix. False for an architecture that cannot; it then works as before."""
    config = model.config
    if config.model_type not in FAMILIES or getattr(config, "sliding_window", None):
        return False
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(_ATTENTION, _attend)
    AttentionMaskInterface.register(_ATTENTION, sdpa_mask)
    model.set_attn_implementation(_ATTENTION)
    return True


class RowCache:
    """Keys and values of the tokens after the prefix. Grows in blocks, where transformers copies all at every token."""

    is_compileable = False

    def __init__(self) -> None:
        self._layers: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._seen: list[int] = []

    @property
    def layers(self) -> Layers:
        """Keys and values so far."""
        return [(k[:, :, :seen], v[:, :, :seen]) for (k, v), seen in zip(self._layers, self._seen, strict=True)]

    def update(
        self, keys: "torch.Tensor", values: "torch.Tensor", layer: int, *_: Any, **__: Any
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Append the states of new tokens, (rows, heads, tokens, width); returns all states of the layer."""
        if layer == len(self._layers):
            self._layers.append((_grown(keys[:, :, :0], keys.shape[2]), _grown(values[:, :, :0], keys.shape[2])))
            self._seen.append(0)
        start = self._seen[layer]
        end = self._seen[layer] = start + keys.shape[2]
        if end > self._layers[layer][0].shape[2]:
            old, older = self._layers[layer]
            self._layers[layer] = _grown(old[:, :, :start], end), _grown(older[:, :, :start], end)
        k, v = self._layers[layer]
        k[:, :, start:end] = keys
        v[:, :, start:end] = values
        return k[:, :, :end], v[:, :, :end]

    def batch_select_indices(self, index: "torch.Tensor") -> None:
        """Keep these rows, in this order; a row may be named more than once."""
        self._layers = [(k[index], v[index]) for k, v in self._layers]

    def get_seq_length(self, layer: int = 0) -> int:
        """Tokens seen by a layer."""
        return self._seen[layer] if layer < len(self._seen) else 0

    def get_query_offset(self, layer: int = 0) -> int:
        """Place of the next token among those after the prefix."""
        return self.get_seq_length(layer)

    def get_mask_sizes(self, new: int, layer: int) -> tuple[int, int]:
        """Keys that `new` tokens attend to, and the place of the first."""
        return self.get_seq_length(layer) + new, 0


def _grown(states: "torch.Tensor", needed: int) -> "torch.Tensor":
    rows, heads, tokens, width = states.shape
    new = states.new_empty(rows, heads, -(-needed // _BLOCK) * _BLOCK, width)
    new[:, :, :tokens] = states
    return new


def _attend(
    module: Any,
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: "torch.Tensor | None",
    *,
    scaling: float,
    shared: Layers | None = None,
    **options: Any,
) -> "tuple[torch.Tensor, None]":
    """Attention as transformers calls it; returns (rows, tokens, heads, width)."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if shared is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)
    prefix = shared[module.layer_idx]
    if query.shape[2] == 1:
        return _one_token(query, (key, value), attention_mask, prefix, scaling), None
    key, value = (_joined(part, own) for part, own in zip(prefix, (key, value), strict=True))
    mask = _with_prefix(attention_mask, query.shape[2], key)
    return sdpa_attention_forward(module, query, key, value, mask, scaling=scaling, **options)


def _one_token(
    query: "torch.Tensor",
    own: "tuple[torch.Tensor, torch.Tensor]",
    mask: "torch.Tensor | None",
    prefix: "tuple[torch.Tensor, torch.Tensor]",
    scaling: float,
) -> "torch.Tensor":
    """One query a row, (rows, heads, 1, width), over the prefix and the row's own tokens."""
    import torch

    rows, heads, _, width = query.shape
    groups, length = prefix[0].shape[1:3]
    query = query.reshape(rows, groups, -1, width)
    flat = query.transpose(0, 1).reshape(groups, -1, width)
    common = (flat @ prefix[0][0].transpose(1, 2)).view(groups, rows, -1, length).transpose(0, 1)
    scores = torch.cat([common, query @ own[0].transpose(2, 3)], -1).float() * scaling
    if mask is not None:
        scores[..., length:].masked_fill_(~mask, float("-inf"))
    weights = scores.softmax(-1).to(query.dtype)
    shared = weights[..., :length].transpose(0, 1).reshape(groups, -1, length) @ prefix[1][0]
    out = weights[..., length:] @ own[1] + shared.view(groups, rows, -1, width).transpose(0, 1)
    return out.reshape(rows, 1, heads, width)


def _joined(prefix: "torch.Tensor", own: "torch.Tensor") -> "torch.Tensor":
    import torch

    return torch.cat([prefix.expand(own.shape[0], -1, -1, -1), own], 2)


def _with_prefix(mask: "torch.Tensor | None", tokens: int, key: "torch.Tensor") -> "torch.Tensor":
    """The mask of `tokens` queries after the prefix, (rows or 1, 1, tokens, keys): all see the whole prefix."""
    import torch

    if mask is None:  # transformers leaves out a mask that is only causal
        mask = torch.ones(tokens, tokens, dtype=torch.bool, device=key.device).tril()[None, None]
    return torch.nn.functional.pad(mask, (key.shape[2] - mask.shape[3], 0), value=True)
