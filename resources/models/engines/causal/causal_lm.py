"""The causal LM role on this machine: generation and likelihood through torch."""

from collections.abc import Mapping, Sequence

from resources.models.batching import Limits, Request, likelihood_work, prompt_work, requests, span_work
from resources.models.engines.causal.decoding import generate
from resources.models.engines.causal.network import NetworkModel
from resources.models.implementation import TORCH, Implementation
from resources.models.protocols import Guide, Likelihood, Sampling, Span

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

    def span_likelihoods(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[list[Likelihood]]:
        """Log p of each span given all before it in its text; long texts as in `log_likelihood`."""
        items = [(text, tuple(own)) for text, own in zip(texts, spans, strict=True)]
        found = self.runner.run(span_work(self._score_spans, _SCORE[self.device]), items)
        return [[Likelihood(*pair) for pair in pairs] for pairs in found]

    def render_chat(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool = False) -> str:
        """The model's own chat template applied to `{"role", "content"}` messages."""
        return self.loaded.template.render(messages, add_generation_prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""
        return [len(ids) for ids in self.loaded.tokens(texts)]

    def _score(self, batch: list[tuple[str, str]]) -> list[tuple[float, int]]:
        tokens = self.loaded.tokens
        values = self._values(tokens([prefix for prefix, _ in batch]), tokens([text for _, text in batch]))
        return [(sum(row), len(row)) for row in values]

    def _score_spans(self, batch: list[tuple[str, tuple[Span, ...]]]) -> list[list[tuple[float, int]]]:
        encodings = self.loaded.tokenizer.encode_batch([text for text, _ in batch], add_special_tokens=False)
        values = self._values([[]] * len(batch), [encoding.ids for encoding in encodings])
        return [
            [span_sum([first for first, _ in encoding.offsets], row, span) for span in spans]
            for (_, spans), encoding, row in zip(batch, encodings, values, strict=True)
        ]

    def _values(self, prefixes: Sequence[list[int]], texts: Sequence[list[int]]) -> list[list[float]]:
        """Log p of each token of each text after its prefix."""
        network = self.loaded
        parts = [
            (i, row, count)
            for i, (prefix, text) in enumerate(zip(prefixes, texts, strict=True))
            for row, count in windows([network.start, *prefix], text, network.context)
        ]
        rows = [row for _, row, _ in parts]
        values: list[list[float]] = [[] for _ in texts]
        found = network.log_probabilities(rows, [count for _, _, count in parts]) if rows else []
        for (i, _, _), part in zip(parts, found, strict=True):
            values[i] += part
        self.runner.counters.tokens += sum(map(len, rows))
        return values


def span_sum(begins: Sequence[int], values: Sequence[float | None], span: Span) -> tuple[float, int]:
    """Sum and number of the values of tokens that begin in a span; a token without a value is not counted."""
    inside = [v for at, v in zip(begins, values, strict=True) if span[0] <= at < span[1] and v is not None]
    return sum(inside), len(inside)


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
