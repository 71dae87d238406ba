"""The causal LM role on this machine: sampling and likelihood through torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from resources.models.batching import Limits, Runner, Work, text_work
from resources.models.causal.decoding import generate
from resources.models.causal.network import Network
from resources.models.protocols import Likelihood, Sampling

_GENERATE = {"cpu": Limits(items=32, size=24_000), "cuda": Limits(items=256, size=400_000)}
_SCORE = {"cpu": Limits(items=32, size=12_000), "cuda": Limits(items=256, size=400_000)}
"""Sizes in bytes of text (four or five a token)."""


class LocalCausalLM:
    """SmolLM2 or any other transformers causal LM; loaded at the first result that is not cached."""

    def __init__(self, runner: Runner, network: Callable[[], Network], device: Callable[[], str]) -> None:
        self._runner = runner
        self._network = network
        self._device = device

    @property
    def fingerprint(self) -> str:
        """Identity of weights and code."""
        return self._runner.fingerprint

    def generate(self, prompts: Sequence[str], sampling: Sampling) -> list[str]:
        """One continuation a prompt; without its prompt, end token and stop string."""

        def compute(batch: list[str]) -> list[str]:
            texts, tokens = generate(self._network(), batch, sampling)
            self._runner.counters.tokens += tokens
            return texts

        return self._runner.run(text_work("generate", asdict(sampling), compute, _GENERATE[self._device()]), prompts)

    def log_likelihood(self, texts: Sequence[str], prefixes: Sequence[str] | None = None) -> list[Likelihood]:
        """Log p(text | prefix), both tokenized on their own, so that the same tokens are counted for every prefix.

        Without a prefix the text stands after the separator of documents. A text longer than the context is
        scored in windows that overlap by half.
        """
        pairs = list(zip(prefixes or [""] * len(texts), texts, strict=True))
        work = Work(
            method="log_likelihood",
            params={},
            compute=self._score,
            limits=_SCORE[self._device()],
            key=lambda pair: f"{len(pair[0])}:{pair[0]}{pair[1]}",
            size=lambda pair: len((pair[0] + pair[1]).encode()),
            order=lambda pair: (len((pair[0] + pair[1]).encode()), pair),
        )
        return [Likelihood(logprob, tokens) for logprob, tokens in self._runner.run(work, pairs)]

    def render_chat(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool = False) -> str:
        """The model's own chat template applied to `{"role", "content"}` messages."""
        return self._network().template.render(messages, add_generation_prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""
        return [len(ids) for ids in self._network().tokens(texts)]

    def _score(self, batch: list[tuple[str, str]]) -> list[tuple[float, int]]:
        network = self._network()
        prefixes = network.tokens([prefix for prefix, _ in batch])
        texts = network.tokens([text for _, text in batch])
        rows: list[list[int]] = []
        scored: list[int] = []
        owners: list[int] = []
        for i, (prefix, text) in enumerate(zip(prefixes, texts, strict=True)):
            for row, count in windows([network.start, *prefix], text, network.context):
                rows.append(row)
                scored.append(count)
                owners.append(i)
        sums = [0.0] * len(batch)
        for i, value in zip(owners, network.log_probabilities(rows, scored) if rows else [], strict=True):
            sums[i] += value
        self._runner.counters.tokens += sum(map(len, rows))
        return [(value, len(text)) for value, text in zip(sums, texts, strict=True)]


def windows(prefix: list[int], text: list[int], context: int) -> list[tuple[list[int], int]]:
    """Rows of at most `context` tokens, each with the number of its last tokens that it scores.

    Every token of `text` is scored once, with all of its context where that fits and with at least half a
    context else.
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
