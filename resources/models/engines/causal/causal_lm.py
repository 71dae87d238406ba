"""The causal LM role on this machine: generation and likelihood through torch."""

from collections.abc import Mapping, Sequence

from resources.models.batching import Limits, Request, likelihood_work, prompt_work, requests
from resources.models.engines.causal.decoding import generate
from resources.models.engines.causal.network import NetworkModel
from resources.models.implementation import TORCH, Implementation
from resources.models.protocols import Guide, Likelihood, Sampling

_GENERATE = {"cpu": Limits(items=64, size=24_000), "cuda": Limits(items=256, size=400_000)}
_SCORE = {"cpu": Limits(items=32, size=12_000), "cuda": Limits(items=256, size=400_000)}
"""Sizes in bytes of text (four or five per token)."""


class LocalCausalLM(NetworkModel):
    """SmolLM2 or any other transformers causal LM."""

    def generate(
        self,
        prompts: Sequence[str],
        sampling: Sampling,
        seeds: Sequence[int] | None = None,
        guides: Sequence[Guide] | None = None,
    ) -> list[str]:
        """One continuation for each prompt, without prompt, end token and stop string."""

        def compute(batch: list[Request]) -> list[str]:
            texts, tokens = generate(self.loaded, batch, sampling)
            self.runner.counters.tokens += tokens
            return texts

        work = prompt_work(sampling, compute, _GENERATE[self.device])
        return self.runner.run(work, requests(prompts, sampling, seeds, guides))

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
