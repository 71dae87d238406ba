"""The causal LM role behind an OpenAI-compatible completions endpoint (vLLM, llama.cpp, TGI, ...)."""

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from resources.errors import MachineError
from resources.models.batching import Limits, Request, likelihood_work, prompt_work, requests, span_work, text_work
from resources.models.engines.causal.causal_lm import span_sum
from resources.models.engines.causal.chat import ChatTemplate
from resources.models.implementation import Implementation, RoleModel
from resources.models.protocols import Guide, Likelihood, Sampling, Span

_AT_ONCE = 16
_LIMITS = Limits(items=64)
_TRIES = 4
_BUSY = (429, 500, 502, 503, 504)


class OpenAICausalLM(RoleModel[httpx.Client]):
    """Generation and likelihood over HTTP. The API has no top-k: `Sampling.top_k` is not sent."""

    def load(self) -> httpx.Client:
        """A client with the key of the environment variable that the entry names."""
        key = os.environ.get(self.entry.api_key_env, "") if self.entry.api_key_env else ""
        return httpx.Client(
            base_url=f"{str(self.entry.base_url).rstrip('/')}/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=self.entry.timeout,
        )

    def generate(
        self,
        prompts: Sequence[str],
        sampling: Sampling,
        seeds: Sequence[int] | None = None,
        guides: Sequence[Guide] | None = None,
    ) -> list[str]:
        """One continuation for each prompt; the endpoint's seed is derived from (seed, prompt). Guides do not reach it.

        An endpoint takes odds of tokens before it writes, not between words, and does not say what its tokens are.
        """

        def one(request: Request) -> str:
            digest = hashlib.sha256(f"{request.seed}:{request.prompt}".encode()).digest()
            choice = self._complete(
                prompt=request.prompt,
                max_tokens=sampling.max_new_tokens,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                seed=int.from_bytes(digest[:4], "big") >> 1,
                stop=list(sampling.stop) or None,
            )
            return str(choice["text"])

        work = prompt_work(sampling, lambda batch: self._each(one, batch), _LIMITS)
        return self.runner.run(work, requests(prompts, sampling, seeds))

    def log_likelihood(self, texts: Sequence[str], prefixes: Sequence[str] | None = None) -> list[Likelihood]:
        """Log p(text | prefix) from echoed log-probabilities.

        Tokens that begin inside the prefix are not counted, nor is the very first, which has no probability.

        Raises:
            MachineError: the endpoint does not echo log-probabilities.
        """
        pairs = list(zip(prefixes or [""] * len(texts), texts, strict=True))
        work = likelihood_work(lambda batch: self._each(self._score, batch), _LIMITS)
        return [Likelihood(logprob, tokens) for logprob, tokens in self.runner.run(work, pairs)]

    def span_likelihoods(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[list[Likelihood]]:
        """Log p of each span from echoed log-probabilities; counts and raises as `log_likelihood`."""
        items = [(text, tuple(own)) for text, own in zip(texts, spans, strict=True)]
        found = self.runner.run(span_work(lambda batch: self._each(self._spans, batch), _LIMITS), items)
        return [[Likelihood(*pair) for pair in pairs] for pairs in found]

    def render_chat(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool = False) -> str:
        """The template file that the registry entry names; an endpoint does not disclose its own."""
        if self.entry.chat_template is None:
            raise MachineError(
                "an endpoint does not disclose its chat template: set causal_lm.chat_template to its file"
            )
        file = Path(self.entry.chat_template).expanduser()
        if not file.is_file():
            raise MachineError(f"the chat template {file} does not exist on this machine")
        return ChatTemplate(file.read_text(encoding="utf-8")).render(messages, add_generation_prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Prompt tokens as the endpoint bills them."""

        def one(text: str) -> int:
            return int(self._post(prompt=text, max_tokens=1)["usage"]["prompt_tokens"]) if text else 0

        return self.runner.run(text_work("count_tokens", {}, lambda batch: self._each(one, batch), _LIMITS), texts)

    def _score(self, pair: tuple[str, str]) -> tuple[float, int]:
        prefix, text = pair
        return self._spans((prefix + text, ((len(prefix), len(prefix + text)),)))[0]

    def _spans(self, item: tuple[str, tuple[Span, ...]]) -> list[tuple[float, int]]:
        text, spans = item
        if all(start == end for start, end in spans):
            return [(0.0, 0) for _ in spans]
        logprobs = self._complete(prompt=text, max_tokens=1, echo=True, logprobs=1).get("logprobs") or {}
        values, begins = logprobs.get("token_logprobs") or [], logprobs.get("text_offset") or []
        if not values or values[0] is not None or len(values) != len(begins):
            raise MachineError("the endpoint does not echo log-probabilities: score with a local model")
        return [span_sum(begins, values, span) for span in spans]

    def _each(self, one: Any, batch: list[Any]) -> list[Any]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(one, batch))

    def _complete(self, **body: Any) -> dict[str, Any]:
        answer = self._post(**body)
        self.runner.counters.tokens += int((answer.get("usage") or {}).get("total_tokens") or 0)
        choices = answer.get("choices")
        if not choices:
            raise MachineError(f"{self.loaded.base_url.host} answered without a choice")
        return dict(choices[0])

    def _post(self, **body: Any) -> dict[str, Any]:
        """One request, retried while the server is busy; no error contains the prompt or the answer."""
        host = self.loaded.base_url.host
        for attempt in range(_TRIES):
            try:
                answer = self.loaded.post("completions", json={"model": self.entry.model, **body})
            except httpx.TransportError as error:
                raise MachineError(
                    f"the model endpoint {host} does not answer ({type(error).__name__}): start it, or change "
                    "causal_lm.base_url in the model registry"
                ) from None
            if answer.status_code not in _BUSY:
                break
            time.sleep(0.25 * 2**attempt)
        if answer.status_code != httpx.codes.OK:
            raise MachineError(f"the model endpoint {host} refused a request with status {answer.status_code}")
        return dict(answer.json())


OPENAI = Implementation("openai", ("causal_lm",), OpenAICausalLM)
