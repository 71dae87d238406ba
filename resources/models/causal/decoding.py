"""The decode loop: top-k, then top-p inside the k, with a stream of random numbers for each row.

The uniforms of a row come from a seed derived from (sampling.seed, prompt) and become tokens by inverting the row's own
distribution, so a sample does not depend on the rows beside it. In bf16 the distribution itself changes in its last
bits with the shape of the batch; `batching` therefore plans batches in a fixed order.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from resources.errors import DataError
from resources.models.causal.network import Network
from resources.models.devices import padded
from resources.models.protocols import Sampling

if TYPE_CHECKING:
    import torch


@dataclass
class _Row:
    """One continuation: the tokens so far and, once it has ended, the text."""

    tokens: list[int] = field(default_factory=list)
    text: str | None = None


def generate(network: Network, prompts: Sequence[str], sampling: Sampling) -> tuple[list[str], int]:
    """Continuations of one batch, and the number of tokens computed (prompts and continuations).

    Raises:
        DataError: a prompt and its continuation do not fit into the model's context.
    """
    import torch

    ids = [tokens or [network.start] for tokens in network.tokens(prompts)]
    width = max(map(len, ids))
    if width + sampling.max_new_tokens > network.context:
        raise DataError(f"a prompt of {width} tokens leaves no room for {sampling.max_new_tokens} new ones")
    rows = [_Row() for _ in prompts]
    uniforms = np.stack([uniform_stream(sampling, prompt) for prompt in prompts])
    with torch.inference_mode():
        _decode(network, ids, rows, torch.from_numpy(uniforms).to(network.device), sampling)
    texts = [_text(network, row.tokens, sampling.stop)[0] if row.text is None else row.text for row in rows]
    return texts, sum(map(len, ids)) + sum(len(row.tokens) for row in rows)


def uniform_stream(sampling: Sampling, prompt: str) -> np.ndarray:
    """`max_new_tokens` uniforms in [0, 1), a function of (sampling.seed, prompt) alone."""
    digest = hashlib.sha256(f"{sampling.seed}:{prompt}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big")).random(sampling.max_new_tokens)


def choose(logits: "torch.Tensor", uniforms: "torch.Tensor", sampling: Sampling) -> "torch.Tensor":
    """One token for each row, (rows,), from logits (rows, vocabulary) and uniforms (rows,).

    Nucleus sampling (Holtzman et al., 2020) inside the `top_k` most likely tokens: a token stays while
    the mass before it is below `top_p`. The choice is the first token whose cumulative mass exceeds u.
    """
    if sampling.temperature == 0:
        return logits.argmax(-1)
    k = min(sampling.top_k or logits.shape[-1], logits.shape[-1])
    values, tokens = (logits.float() / sampling.temperature).topk(k, -1)
    mass = values.softmax(-1).double()
    mass = mass * ((mass.cumsum(-1) - mass) < max(sampling.top_p, 1e-9))  # the likeliest token always stays
    total = mass.cumsum(-1)
    place = (total <= uniforms[:, None] * total[:, -1:]).sum(-1, keepdim=True)
    return tokens.gather(1, place.clamp(max=k - 1))[:, 0]


def _decode(
    network: Network, ids: list[list[int]], rows: list[_Row], uniforms: "torch.Tensor", sampling: Sampling
) -> None:
    import torch

    alive = list(range(len(ids)))
    inputs, mask = padded(ids, network.device, network.start, left=True)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    past: Any = None
    for step in range(sampling.max_new_tokens):
        out = network.model(
            input_ids=inputs, attention_mask=mask, position_ids=positions, past_key_values=past, use_cache=True,
            logits_to_keep=1,
        )  # fmt: skip
        past = out.past_key_values
        chosen = choose(out.logits[:, -1], uniforms[alive, step], sampling)
        for i, token in zip(alive, chosen.tolist(), strict=True):
            _advance(network, rows[i], token, sampling.stop)
        keep = [place for place, i in enumerate(alive) if rows[i].text is None]
        if not keep:
            return
        inputs, positions = chosen[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(alive), 1)], 1)
        if len(keep) < len(alive):
            index = torch.tensor(keep, device=network.device)
            past.batch_select_indices(index)
            inputs, positions, mask = inputs[index], positions[index], mask[index]
            alive = [alive[place] for place in keep]


def _advance(network: Network, row: _Row, token: int, stop: Sequence[str]) -> None:
    if token in network.ends:
        row.text = _text(network, row.tokens, stop)[0]
        return
    row.tokens.append(token)
    text, stopped = _text(network, row.tokens, stop) if stop else ("", False)
    if stopped:
        row.text = text


def _text(network: Network, tokens: list[int], stop: Sequence[str]) -> tuple[str, bool]:
    """The decoded text up to the first stop string, and whether there was one."""
    text = network.tokenizer.decode(tokens, skip_special_tokens=True)
    places = [place for place in map(text.find, stop) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)
