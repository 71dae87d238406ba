"""Continuations of a batch of prompts.

A token is drawn from the `top_k` likeliest, then from the nucleus inside them. The uniforms of a row come from a seed
derived from (seed, prompt) and become tokens by inverting the row's own distribution, so a sample does not depend on
the rows beside it. In bf16 the distribution itself changes in its last bits with the shape of the batch; `batching`
therefore plans batches in a fixed order.

What the prompts of a batch have in common is read once: a prompt that occurs with several seeds, and the tokens that
all prompts begin with (`prefix`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from resources.errors import DataError
from resources.models.batching import Request
from resources.models.devices import padded
from resources.models.engines.causal.guidance import followed
from resources.models.engines.causal.network import Network
from resources.models.engines.causal.prefix import RowCache
from resources.models.protocols import Advice, Guide, Sampling

if TYPE_CHECKING:
    import torch

_IDLE = 8
"""Rows that have ended are dropped when they are one in so many: to drop them copies the cache of all others."""


@dataclass
class _Row:
    """One continuation: what guides it, the tokens so far and, once it has ended, the text."""

    guide: Guide | None = None
    tokens: list[int] = field(default_factory=list)
    text: str | None = None


@dataclass
class _State:
    """What the next step of the rows in progress needs.

    Attributes:
        alive: number of the continuation in each row of the tensors.
        logits: of the next token, (rows, vocabulary).
        mask: 1 for every token after the prefix, (rows, tokens).
        positions: of the last token, (rows, 1).
        options: keys and values, as the model takes them.
    """

    alive: list[int]
    logits: "torch.Tensor"
    mask: "torch.Tensor"
    positions: "torch.Tensor"
    options: dict[str, Any]

    def keep(self, places: Sequence[int]) -> None:
        """Keep these rows, in this order."""
        import torch

        index = torch.tensor(places, device=self.mask.device)
        self.options["past_key_values"].batch_select_indices(index)
        self.logits, self.mask, self.positions = self.logits[index], self.mask[index], self.positions[index]
        self.alive = [self.alive[place] for place in places]


def generate(network: Network, asked: Sequence[Request], sampling: Sampling) -> tuple[list[str], int]:
    """Continuations of one batch, and the number of tokens computed.

    Raises:
        DataError: a prompt and its continuation do not fit into the model's context.
    """
    import torch

    unique = list(dict.fromkeys(request.prompt for request in asked))
    ids = [tokens or [network.start] for tokens in network.tokens(unique)]
    width = max(map(len, ids))
    if width + sampling.max_new_tokens > network.context:
        raise DataError(f"a prompt of {width} tokens leaves no room for {sampling.max_new_tokens} new ones")
    rows = [_Row(request.guide) for request in asked]
    streams = [uniform_stream(sampling.max_new_tokens, r.prompt, r.seed) for r in asked]
    uniforms = torch.from_numpy(np.stack(streams)).to(network.device)
    with torch.inference_mode():
        state, read = _read(network, ids)
        place = {prompt: i for i, prompt in enumerate(unique)}
        if len(asked) > len(unique):
            state.keep([place[request.prompt] for request in asked])
        state.alive = list(range(len(asked)))
        _decode(network, state, rows, uniforms, sampling)
    texts = [_text(network, row.tokens, sampling.stop) if row.text is None else row.text for row in rows]
    return texts, read + sum(len(row.tokens) for row in rows)


def uniform_stream(count: int, prompt: str, seed: int) -> np.ndarray:
    """`count` uniforms in [0, 1), a function of (seed, prompt) alone; fewer are the first of more."""
    digest = hashlib.sha256(f"{seed}:{prompt}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big")).random(count)


def choose(logits: "torch.Tensor", uniforms: "torch.Tensor", sampling: Sampling) -> "torch.Tensor":
    """One token for each row, (rows,), from logits (rows, vocabulary) and uniforms (rows,).

    Nucleus sampling (Holtzman et al., 2020) inside the `top_k` most likely tokens: a token stays while
    the mass before it is below `top_p`. The choice is the first token whose cumulative mass exceeds u.
    """
    if sampling.temperature == 0:
        return logits.argmax(-1)
    k = min(sampling.top_k or logits.shape[-1], logits.shape[-1])
    values, tokens = logits.topk(k, -1)
    mass = (values.float() / sampling.temperature).softmax(-1).double()
    mass = mass * ((mass.cumsum(-1) - mass) < max(sampling.top_p, 1e-9))  # the likeliest token always stays
    total = mass.cumsum(-1)
    place = (total <= uniforms[:, None] * total[:, -1:]).sum(-1, keepdim=True)
    return tokens.gather(1, place.clamp(max=k - 1))[:, 0]


def _read(network: Network, ids: list[list[int]]) -> tuple[_State, int]:
    """The state after all prompts, and the tokens that were read."""
    length, shared = network.read_prefix(ids)
    rest = [row[length:] for row in ids]
    inputs, mask = padded(rest, network.device, network.start, left=True)
    positions = length + (mask.cumsum(1) - 1).clamp(min=0)
    options = {"past_key_values": RowCache(), "shared": shared} if length else {}
    out = network.model(
        input_ids=inputs, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1, **options
    )
    options["past_key_values"] = out.past_key_values
    state = _State(list(range(len(ids))), out.logits[:, -1], mask, positions[:, -1:], options)
    return state, length + sum(map(len, rest))


def _decode(network: Network, state: _State, rows: list[_Row], uniforms: "torch.Tensor", sampling: Sampling) -> None:
    for step in range(sampling.max_new_tokens):
        chosen = choose(_guided(network, state, rows), uniforms[state.alive, step], sampling)
        for i, token in zip(state.alive, chosen.tolist(), strict=True):
            if rows[i].text is None:
                _advance(network, rows[i], token, sampling.stop)
        going = [place for place, i in enumerate(state.alive) if rows[i].text is None]
        if not going or step == sampling.max_new_tokens - 1:
            return
        if (len(state.alive) - len(going)) * _IDLE >= len(state.alive):
            chosen = chosen[going]
            state.keep(going)
        _step(network, state, chosen)


def _guided(network: Network, state: _State, rows: list[_Row]) -> "torch.Tensor":
    """Logits of the next token as the guides of the rows change them. A row whose guide says so ends."""
    advised: dict[int, Advice] = {}
    for place, i in enumerate(state.alive):
        row = rows[i]
        if row.guide is None or row.text is not None:
            continue
        text = network.tokenizer.decode(row.tokens, skip_special_tokens=True)
        advice = row.guide.advise(text)
        if advice.end == "now":
            row.text = text
        else:
            advised[place] = advice
    return followed(network, state.logits, advised) if advised else state.logits


def _step(network: Network, state: _State, chosen: "torch.Tensor") -> None:
    """Read the chosen tokens, (rows,)."""
    import torch

    state.positions = state.positions + 1
    state.mask = torch.cat([state.mask, state.mask.new_ones(len(state.alive), 1)], 1)
    out = network.model(
        input_ids=chosen[:, None], attention_mask=state.mask, position_ids=state.positions, use_cache=True,
        logits_to_keep=1, **state.options,
    )  # fmt: skip
    state.logits = out.logits[:, -1]


def _advance(network: Network, row: _Row, token: int, stop: Sequence[str]) -> None:
    if token in network.ends:
        row.text = _text(network, row.tokens, stop)
        return
    row.tokens.append(token)
    # A stop string ends in the newest token, and no token is shorter than a byte.
    recent = row.tokens[-1 - max((len(text.encode()) for text in stop), default=0) :]
    if stop and any(text in network.tokenizer.decode(recent, skip_special_tokens=True) for text in stop):
        row.text = _text(network, row.tokens, stop)


def _text(network: Network, tokens: list[int], stop: Sequence[str]) -> str:
    """The decoded text up to the first stop string."""
    text: str = network.tokenizer.decode(tokens, skip_special_tokens=True)
    places = [place for place in map(text.find, stop) if place >= 0]
    return text[: min(places)] if places else text
