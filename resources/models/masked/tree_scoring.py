"""Many short continuations of one left context, scored in one row: the tensor work of two-sided infilling.

Candidates of a slot share the keys and values of its left context. They lie side by side in one sequence, and the
attention mask lets each see only the left context and itself, so nothing is copied per candidate and no padding is
computed (tree attention, as in speculative decoding: Miao et al., 2024).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.models.causal.network import Network

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Left:
    """Left contexts, prefilled once per window.

    `rows[s]` is the window of slot s, `ends[s]` the number of its tokens before the slot, and `keys` how many of them a
    candidate sees.
    """

    past: Any
    hidden: "torch.Tensor"
    rows: "torch.Tensor"
    ends: "torch.Tensor"
    keys: int


def prefill(network: Network, windows: list[list[int]], rows: list[int], ends: list[int], keys: int) -> Left:
    """Run the windows (token ids) through the model; padding is on the right, where no token attends."""
    import torch

    width = max(map(len, windows))
    ids = torch.tensor([window + [0] * (width - len(window)) for window in windows], device=network.device)
    out = network.model.model(input_ids=ids, use_cache=True)
    where = torch.tensor(rows, device=network.device)
    return Left(out.past_key_values, out.last_hidden_state, where, torch.tensor(ends, device=network.device), keys)


def propose(network: Network, left: Left, allowed: "torch.Tensor", count: int) -> "tuple[torch.Tensor, torch.Tensor]":
    """The `count` most likely allowed next tokens of each slot: log p and token ids, both (slots, count)."""
    import torch

    logits = network.model.lm_head(left.hidden[left.rows, left.ends - 1]).float()
    logprobs = logits - logits.logsumexp(-1, keepdim=True)
    logprobs = torch.where((left.ends == 1)[:, None], network.first, logprobs)
    values, tokens = logprobs.masked_fill(~allowed, float("-inf")).topk(count, -1)
    return values, tokens


class Tree:
    """Continuations that grow from a `Left`; each call of `extend` adds tokens to some of them."""

    def __init__(self, network: Network, left: Left) -> None:
        import torch
        from transformers.cache_utils import DynamicCache

        self._network = network
        self._ends = left.ends
        places = left.ends[:, None] - left.keys + torch.arange(left.keys, device=network.device)
        self._visible = places >= 0
        places = places.clamp(min=0)
        self._past = DynamicCache()
        for i, layer in enumerate(left.past.layers):
            keys = layer.keys[left.rows[:, None], :, places].transpose(1, 2)
            values = layer.values[left.rows[:, None], :, places].transpose(1, 2)
            self._past.update(keys, values, i)
        self._owners = torch.full((len(left.ends), 0), -1, device=network.device)
        self._depths = torch.zeros((len(left.ends), 0), dtype=torch.long, device=network.device)

    def extend(self, ids: "torch.Tensor", owners: "torch.Tensor", depth: int) -> "torch.Tensor":
        """Append tokens; returns their hidden states (slots, branches, tokens, hidden).

        Args:
            ids: (slots, branches, tokens).
            owners: (slots, branches), the continuation that each branch extends.
            depth: tokens that those continuations already have.
        """
        import torch

        slots, branches, steps = ids.shape
        owner = owners[:, :, None].expand(slots, branches, steps).reshape(slots, -1)
        depths = torch.arange(depth, depth + steps, device=ids.device).expand(slots, branches, steps).reshape(slots, -1)
        self._owners = torch.cat([self._owners, owner], 1)
        self._depths = torch.cat([self._depths, depths], 1)
        own = (owner[:, :, None] == self._owners[:, None]) & (depths[:, :, None] >= self._depths[:, None])
        mask = torch.cat([self._visible[:, None].expand(-1, own.shape[1], -1), own], 2)[:, None]
        out = self._network.model.model(
            input_ids=ids.reshape(slots, -1),
            attention_mask=mask,
            position_ids=self._ends[:, None] + depths,
            past_key_values=self._past,
            use_cache=True,
        )
        hidden: torch.Tensor = out.last_hidden_state.view(slots, branches, steps, -1)
        return hidden


def right_logprobs(network: Network, hidden: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
    """Sum of log p(targets | hidden) over tokens, (slots, branches); a target of -1 counts nothing.

    `hidden` is (slots, branches, tokens, hidden), `targets` (slots, tokens).
    """
    wide = targets[:, None].expand(hidden.shape[:3])
    real = wide >= 0
    values = hidden.new_zeros(wide.shape, dtype=hidden.float().dtype)
    values[real] = network.gather(hidden[real], wide[real])
    return values.sum(-1)
