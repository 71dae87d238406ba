"""How every role computes: deduplicate, order, batch, look up, compute, store, report.

The batches depend on the items of the call only, never on what is cached: a batch comes from the cache or is computed
as a whole. So a run that was killed and restarted computes the lost batch exactly as before, although bf16 results
depend in their last bits on what shares a batch.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from resources.errors import MachineError
from resources.models.cache import ResultCache
from resources.models.protocols import Guide, Sampling, Span
from resources.progress import Progress

_ALLOCATOR = ("not enough memory", "can't allocate memory")
"""Words of the plain RuntimeError that torch's CPU allocator raises, on Windows and elsewhere."""

_FEWEST = 8
"""Items that have batches of their own because they begin alike: fewer would make batches too small."""
_SHORTEST = 64
"""Characters of the shortest opening for which items have batches of their own."""

T = TypeVar("T")
Compute = Callable[[list[T]], list[Any]]
"""Results (JSON values) of a batch, in its order. May raise on too little memory."""


@dataclass
class Counters:
    """Running totals of one role; safe to show anywhere."""

    calls: int = 0
    items: int = 0
    batches: int = 0
    tokens: int = 0
    seconds: float = 0.0
    cache_hits: int = 0
    cache_misses: int = 0
    halvings: int = 0
    load_seconds: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """All totals, and tokens per second of computing."""
        rate = self.tokens / self.seconds if self.seconds else 0.0
        return {name: round(float(value), 3) for name, value in (asdict(self) | {"tokens_per_second": rate}).items()}


@dataclass(frozen=True)
class Limits:
    """Largest batch: items, and the sum of their sizes (a larger item is a batch of its own)."""

    items: int
    size: int = sys.maxsize


@dataclass(frozen=True)
class Work(Generic[T]):
    """One method of one role: how to name, size, order and compute items.

    `opening` gives the text that an item begins with, where the method reads once what a whole batch begins with:
    items that begin alike then share batches, and what they have in common is not part of their size.
    """

    method: str
    params: Mapping[str, Any]
    compute: Compute[T]
    limits: Limits
    key: Callable[[T], str]
    size: Callable[[T], int]
    order: Callable[[T], Any]
    opening: Callable[[T], str] | None = None


def text_work(method: str, params: Mapping[str, Any], compute: Compute[str], limits: Limits) -> Work[str]:
    """Work whose items are texts, ordered by length in bytes (like byte-level tokens), then by text."""

    def size(text: str) -> int:
        return len(text.encode())

    return Work(method, params, compute, limits, key=lambda t: t, size=size, order=lambda t: (size(t), t))


def likelihood_work(compute: Compute[tuple[str, str]], limits: Limits) -> Work[tuple[str, str]]:
    """Work whose items are (prefix, text), ordered by length in bytes, then by prefix and text."""

    def size(pair: tuple[str, str]) -> int:
        return len("".join(pair).encode())

    def key(pair: tuple[str, str]) -> str:
        return f"{len(pair[0])}:{pair[0]}{pair[1]}"

    return Work(
        "log_likelihood", {}, compute, limits, key, size, lambda pair: (size(pair), pair), opening=lambda pair: pair[0]
    )


def span_work(compute: Compute[tuple[str, tuple[Span, ...]]], limits: Limits) -> Work[tuple[str, tuple[Span, ...]]]:
    """Work whose items are texts with spans, ordered by length in bytes, then by text and spans."""

    def size(item: tuple[str, tuple[Span, ...]]) -> int:
        return len(item[0].encode())

    return Work(
        "span_likelihoods", {}, compute, limits, key=lambda item: f"{item[1]}{item[0]}", size=size,
        order=lambda item: (size(item), item),
    )  # fmt: skip


class Request(NamedTuple):
    """A prompt to continue with a seed, and what guides the continuation."""

    prompt: str
    seed: int
    guide: Guide | None = None


def prompt_work(sampling: Sampling, compute: Compute[Request], limits: Limits) -> Work[Request]:
    """Work whose items are requests, ordered by length in bytes, then by prompt, seed and guide."""

    def size(request: Request) -> int:
        return len(request.prompt.encode())

    def key(request: Request) -> str:
        return f"{request.seed}:{request.guide.key if request.guide else ''}:{request.prompt}"

    params = {name: value for name, value in asdict(sampling).items() if name != "seed"}
    return Work(
        "generate", params, compute, limits, key, size, lambda r: (size(r), r.prompt, r.seed, key(r)),
        opening=lambda request: request.prompt,
    )  # fmt: skip


def requests(
    prompts: Sequence[str], sampling: Sampling, seeds: Sequence[int] | None, guides: Sequence[Guide] | None = None
) -> list[Request]:
    """Prompts with the seed and the guide of each: the items of `prompt_work`."""
    own = [sampling.seed] * len(prompts) if seeds is None else seeds
    guiding: Sequence[Guide | None] = [None] * len(prompts) if guides is None else guides
    return [Request(*parts) for parts in zip(prompts, own, guiding, strict=True)]


def common_openings(texts: Iterable[str]) -> dict[str, str]:
    """For each text the opening that it has in common with at least `_FEWEST` others, or nothing.

    Neighbors in alphabetical order stay together while they share at least half of what the first of them share.
    """
    ordered = sorted(set(texts))
    openings = dict.fromkeys(ordered, "")
    group: list[str] = []
    head = ""
    for text, following in zip(ordered, [*ordered, ""][1:], strict=True):
        group.append(text)
        common = text[: _shared(text, following)]
        head = common if len(group) == 1 else head[: _shared(head, text)]
        if len(common) < max(_SHORTEST, len(head) / 2):
            if len(group) >= _FEWEST:
                openings |= dict.fromkeys(group, head)
            group = []
    return openings


def _shared(left: str, right: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


@dataclass(frozen=True)
class Runner:
    """Runs the work of one role through the cache, with counters and progress."""

    fingerprint: str
    cache: ResultCache
    counters: Counters
    progress: Progress

    def run(self, work: Work[T], items: Sequence[T]) -> list[Any]:
        """Results in the order of `items`.

        Raises:
            MachineError: a single item does not fit into memory.
        """
        params = json.dumps(work.params, sort_keys=True)
        names = [self.cache.key(self.fingerprint, work.method, params, work.key(item)) for item in items]
        unique = dict(zip(names, items, strict=True))
        plan = _plan(unique, work)
        results: dict[str, Any] = {}
        self.counters.calls += 1
        self.counters.items += len(items)
        for batch in _batches(plan, work):
            results |= self._batch(work, dict(batch))
            self.progress(work.method, len(results), len(unique))
        return [results[name] for name in names]

    def _batch(self, work: Work[T], batch: dict[str, T]) -> dict[str, Any]:
        cached = self.cache.get(list(batch))
        self.counters.cache_hits += len(cached)
        if len(cached) == len(batch):
            return cached
        self.counters.cache_misses += len(batch) - len(cached)
        self.counters.batches += 1
        loading, start = self.counters.load_seconds, time.perf_counter()
        fresh = dict(zip(batch, self.compute(work, list(batch.values())), strict=True))
        self.counters.seconds += time.perf_counter() - start - (self.counters.load_seconds - loading)
        self.cache.put({name: value for name, value in fresh.items() if name not in cached})
        return fresh | cached

    def compute(self, work: Work[T], batch: list[T]) -> list[Any]:
        """Results of a batch, computed in halves where memory is too small. Raises MachineError as `run`."""
        try:
            return work.compute(batch)
        except (RuntimeError, MemoryError) as error:
            if not _out_of_memory(error):
                raise
        # Outside the handler, so that the traceback no longer holds the tensors that filled the memory.
        release_memory()
        if len(batch) == 1:
            raise MachineError(f"{work.method}: one item of size {work.size(batch[0])} does not fit into memory")
        self.counters.halvings += 1
        middle = len(batch) // 2
        return self.compute(work, batch[:middle]) + self.compute(work, batch[middle:])


def _plan(unique: dict[str, T], work: Work[T]) -> list[tuple[str, T, str]]:
    """Names and items in the order in which they are computed, each with the opening that it shares."""
    opening = work.opening
    if opening is None:
        return [(name, item, "") for name, item in sorted(unique.items(), key=lambda pair: work.order(pair[1]))]
    heads = common_openings(opening(item) for item in unique.values())
    plan = [(name, item, heads[opening(item)]) for name, item in unique.items()]
    return sorted(plan, key=lambda entry: (entry[2], work.order(entry[1])))


def _batches(plan: list[tuple[str, T, str]], work: Work[T]) -> Iterator[list[tuple[str, T]]]:
    batch: list[tuple[str, T]] = []
    used, current = 0, ""
    for name, item, head in plan:
        size = work.size(item) - len(head.encode())
        if batch and (head != current or len(batch) >= work.limits.items or used + size > work.limits.size):
            yield batch
            batch, used = [], 0
        batch.append((name, item))
        used, current = used + size, head
    if batch:
        yield batch


def _out_of_memory(error: BaseException) -> bool:
    torch = sys.modules.get("torch")
    known = (MemoryError, torch.OutOfMemoryError) if torch is not None else MemoryError
    return isinstance(error, known) or any(words in str(error) for words in _ALLOCATOR)


def release_memory() -> None:
    """Give the device's unused memory back."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
