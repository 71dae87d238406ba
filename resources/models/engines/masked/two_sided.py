"""The masked LM role played by a causal LM that looks at both sides of the gap.

Words are proposed from the left context and ranked by log p(word | left) + log p(right | left, word).
It needs no masked LM, but is slower and worse than the embedded one (benchmarks/masked_lm.py), proposes single words
only, and cannot propose what the left context makes improbable.

Candidates of a slot share the keys and values of its left context. They lie side by side in one sequence, and the
attention mask lets each see only the left context and itself, so nothing is copied per candidate and no padding is
computed (tree attention, as in speculative decoding: Miao et al., 2024).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from resources.models.batching import Limits, Work
from resources.models.devices import padded
from resources.models.engines.causal.network import Network, NetworkModel
from resources.models.implementation import TORCH, Implementation
from resources.models.protocols import Candidate, Slot

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


def prefill(network: Network, windows: Sequence[Sequence[int]], rows: list[int], ends: list[int], keys: int) -> Left:
    """Run the windows (token ids) through the model; padding is on the right, where no token attends."""
    import torch

    ids, _ = padded(windows, network.device)
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


@dataclass(frozen=True)
class Search:
    """How far to search for candidates; more costs more.

    Windows begin at multiples of `stride` tokens and share `left` tokens with the one before, so that what a slot sees
    depends on its text only and the slots of a document share windows. `stages` is successive halving: the number of
    candidates, and the tokens of right context that rank them. A caller who asks for more candidates gets more; scores
    are those of the last stage.
    """

    stride: int
    left: int
    stages: tuple[tuple[int, int], ...]

    @property
    def far(self) -> int:
        """Tokens of the right context that are read."""
        return self.stages[-1][1]


SEARCH = Search(stride=64, left=48, stages=((48, 1), (10, 5)))

BLANK = ""
"""What a causal LM reads in place of a hidden word."""

_RIGHT_CHARACTERS = 160
_LIMITS = {"cpu": Limits(items=16), "cuda": Limits(items=256)}


@dataclass(frozen=True)
class _Place:
    """A slot in tokens: the window before it, the number of window tokens before the slot, what follows."""

    window: tuple[int, ...]
    end: int
    spaced: bool
    right: list[int]


class TwoSidedMaskedLM(NetworkModel):
    """Infilling by SmolLM2 or another byte-level causal LM."""

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        """Single words, best first; hidden text enters neither the model nor the cache key.

        Raises:
            DataError: a slot that does not lie inside its text, or on another one.
        """
        work: Work[Slot] = Work(
            method="fill",
            params={"top_k": top_k},
            compute=lambda batch: self._compute(batch, top_k),
            limits=_LIMITS[self.device],
            key=lambda slot: f"{slot.start}:{slot.text}",
            size=lambda slot: 1,
            order=lambda slot: (len(slot.text), slot.text, slot.start, slot.end),
        )
        return [
            [Candidate(text, score) for text, score in row]
            for row in self.runner.run(work, [slot.shown(BLANK) for slot in slots])
        ]

    def _compute(self, batch: list[Slot], top_k: int) -> list[list[tuple[str, float]]]:
        import torch

        network = self.loaded
        places = self._places(batch)
        windows = sorted({place.window for place in places})
        rows = [windows.index(place.window) for place in places]
        with torch.inference_mode():
            left = prefill(network, windows, rows, [place.end for place in places], SEARCH.left)
            scores, tokens = self._rank(left, places, top_k)
        self.runner.counters.tokens += sum(map(len, windows))
        order = scores.argsort(dim=1, descending=True, stable=True)[:, :top_k]
        chosen = tokens.gather(1, order).tolist(), scores.gather(1, order).tolist()
        return [
            [(network.tokenizer.decode([token]).strip(), score) for token, score in zip(*row, strict=True)]
            for row in zip(*chosen, strict=True)
        ]

    def _rank(self, left: Left, places: list[_Place], least: int) -> "tuple[torch.Tensor, torch.Tensor]":
        """Scores and token ids of the finalists, (slots, finalists)."""
        import torch

        network = self.loaded
        spaced = torch.tensor([place.spaced for place in places], device=network.device)
        allowed = torch.where(spaced[:, None], self._spaced_words, self._bare_words)
        scores, tokens = propose(network, left, allowed, max(SEARCH.stages[0][0], least))
        right = torch.tensor(
            [(place.right + [-1] * SEARCH.far)[: SEARCH.far] for place in places], device=network.device
        )
        tree = Tree(network, left)
        branches = torch.arange(tokens.shape[1], device=network.device).expand(tokens.shape)
        seen = 0
        for count, reach in SEARCH.stages:
            best = scores.topk(max(count, least), 1).indices
            scores, tokens, branches = (x.gather(1, best) for x in (scores, tokens, branches))
            # A branch that reaches n right tokens has read the candidate and the n - 1 before the last.
            following = right[:, None, : reach - 1].clamp(min=0).expand(-1, tokens.shape[1], -1)
            read = torch.cat([tokens[:, :, None], following], 2)[:, :, seen:]
            hidden = tree.extend(read, branches, seen)
            scores = scores + right_logprobs(network, hidden, right[:, seen:reach])
            self.runner.counters.tokens += read.numel()
            seen = reach
        return scores, tokens

    def _places(self, batch: list[Slot]) -> list[_Place]:
        network = self.loaded
        encodings = {text: network.tokenizer.encode(text, add_special_tokens=False) for text in {s.text for s in batch}}
        rights = network.tokens([slot.text[slot.end : slot.end + _RIGHT_CHARACTERS] for slot in batch])
        return _cropped([self._place(s, encodings[s.text], right) for s, right in zip(batch, rights, strict=True)])

    def _place(self, slot: Slot, encoding: Any, right: list[int]) -> _Place:
        spaced = slot.text[: slot.start].endswith(" ")
        boundary = slot.start - spaced
        before = sum(end <= boundary for _, end in encoding.offsets)
        ids = encoding.ids
        if before < len(ids) and encoding.offsets[before][0] != boundary:  # the gap starts inside a token
            ids = self.loaded.tokens([slot.text[:boundary]])[0]
            before = len(ids)
        stride, left = SEARCH.stride, SEARCH.left
        begin = max(0, before // stride * stride - left)
        window = (self.loaded.start, *ids[begin : begin + stride + left])
        return _Place(window, 1 + before - begin, spaced, right[: SEARCH.far])

    @cached_property
    def _spaced_words(self) -> "torch.Tensor":
        return self._vocabulary(r" [^\W\d_]+")

    @cached_property
    def _bare_words(self) -> "torch.Tensor":
        return self._vocabulary(r"[^\W\d_]+")

    def _vocabulary(self, pattern: str) -> "torch.Tensor":
        """Flags tokens that by themselves match the pattern."""
        import torch

        flags = [re.fullmatch(pattern, text) is not None for text in self.loaded.vocabulary]
        return torch.tensor(flags, device=self.loaded.device)


def _cropped(places: list[_Place]) -> list[_Place]:
    """Windows cut after the last slot of the batch that needs them: a causal model never looks ahead."""
    needed: dict[tuple[int, ...], int] = {}
    for place in places:
        needed[place.window] = max(needed.get(place.window, 0), place.end)
    return [_Place(p.window[: needed[p.window]], p.end, p.spaced, p.right) for p in places]


TWO_SIDED = Implementation("two_sided", ("masked_lm",), TwoSidedMaskedLM, TORCH, ("adapter", "temperature"))
