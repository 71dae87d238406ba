"""The causal LM role on this machine: sampling and likelihood through torch.

A token is drawn from the `top_k` likeliest, then from the nucleus inside them. The uniforms of a row come from a seed
derived from (sampling.seed, prompt) and become tokens by inverting the row's own distribution, so a sample does not
depend on the rows beside it. In bf16 the distribution itself changes in its last bits with the shape of the batch;
`batching` therefore plans batches in a fixed order.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from resources.errors import DataError
from resources.models.batching import Limits, likelihood_work, text_work
from resources.models.devices import padded
from resources.models.engines.causal.network import Network, NetworkModel
from resources.models.implementation import TORCH, Implementation
from resources.models.protocols import Likelihood, Sampling

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


_GENERATE = {"cpu": Limits(items=32, size=24_000), "cuda": Limits(items=256, size=400_000)}
_SCORE = {"cpu": Limits(items=32, size=12_000), "cuda": Limits(items=256, size=400_000)}
"""Sizes in bytes of text (four or five per token)."""


class LocalCausalLM(NetworkModel):
    """SmolLM2 or any other transformers causal LM."""

    def generate(self, prompts: Sequence[str], sampling: Sampling) -> list[str]:
        """One continuation for each prompt, without prompt, end token and stop string."""

        def compute(batch: list[str]) -> list[str]:
            texts, tokens = generate(self.loaded, batch, sampling)
            self.runner.counters.tokens += tokens
            return texts

        return self.runner.run(text_work("generate", asdict(sampling), compute, _GENERATE[self.device]), prompts)

    def log_likelihood(self, texts: Sequence[str], prefixes: Sequence[str] | None = None) -> list[Likelihood]:
        """Log p(text | prefix); prefix and text are tokenized separately, so every prefix scores the same tokens.

        Without a prefix, the text follows the document separator. A text longer than the context is scored in windows
        that overlap by half.
        """
        pairs = list(zip(prefixes or [""] * len(texts), texts, strict=True))
        work = likelihood_work(self._score, _SCORE[self.device])
        return [Likelihood(logprob, tokens) for logprob, tokens in self.runner.run(work, pairs)]

    def render_chat(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool = False) -> str:
        """The model's own chat template applied to `{"role", "content"}` messages."""
        return self.loaded.template.render(messages, add_generation_prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""
        return [len(ids) for ids in self.loaded.tokens(texts)]

    def _score(self, batch: list[tuple[str, str]]) -> list[tuple[float, int]]:
        network = self.loaded
        prefixes = network.tokens([prefix for prefix, _ in batch])
        texts = network.tokens([text for _, text in batch])
        parts = [
            (i, row, count)
            for i, (prefix, text) in enumerate(zip(prefixes, texts, strict=True))
            for row, count in windows([network.start, *prefix], text, network.context)
        ]
        rows, scored = [row for _, row, _ in parts], [count for _, _, count in parts]
        sums = [0.0] * len(batch)
        for (i, _, _), value in zip(parts, network.log_probabilities(rows, scored) if rows else [], strict=True):
            sums[i] += value
        self.runner.counters.tokens += sum(map(len, rows))
        return [(value, len(text)) for value, text in zip(sums, texts, strict=True)]


def windows(prefix: list[int], text: list[int], context: int) -> list[tuple[list[int], int]]:
    """Rows of at most `context` tokens, each with the number of its last tokens to score.

    Every token of `text` is scored once, with its whole context where that fits and with at least half a context
    elsewhere.
    """
    whole = prefix + text
    rows = []
    done = len(prefix)
    while done < len(whole):
        begin = 0 if len(whole) <= context else max(0, done - context // 2)
        end = min(len(whole), begin + context)
        rows.append((whole[begin:end], end - done))
        done = end
    return rows


TRANSFORMERS = Implementation("transformers", ("causal_lm",), LocalCausalLM, TORCH)
