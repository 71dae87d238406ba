"""Benchmark contamination: the share of a benchmark item that n-grams of one example cover.

Rule and threshold follow Tülu 3 (Lambert et al. 2024, arXiv 2411.15124).
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from resources.config import StrictModel
from resources.errors import PolicyError
from synth_assets.instructions.example import Dropped, Example, Selection, sift
from synth_assets.text.words import ngrams, words

Gram = tuple[str, ...]


class DecontaminationPolicy(StrictModel):
    """Benchmarks that must not be in the set (coverage of 8-grams as in Tülu 3, arXiv 2411.15124)."""

    files: tuple[str, ...] = Field((), description="Benchmark files: .jsonl (every string of a line) or text lines.")
    strings: tuple[str, ...] = Field((), description="Benchmark items given directly.")
    ngram: int = Field(8, ge=3, le=20, description="Length of the n-grams compared, in words.")
    coverage: float = Field(0.5, gt=0, le=1, description="Covered share of a benchmark item that makes a hit.")


def decontaminate(examples: Sequence[Example], policy: DecontaminationPolicy) -> Selection:
    """Reject examples that cover at least `coverage` of a benchmark item.

    An item shorter than the n-gram is compared as a whole; items of fewer than three words are ignored.

    Raises:
        PolicyError: A benchmark file is missing or not readable as text or JSON Lines.
    """
    items = [tokens for item in benchmark(policy) if len(tokens := words(item)) >= 3]
    index: dict[Gram, list[tuple[int, int]]] = defaultdict(list)
    for number, tokens in enumerate(items):
        size = min(policy.ngram, len(tokens))
        for at, gram in enumerate(ngrams(tokens, size)):
            index[gram].append((number, at))
    sizes = sorted({len(gram) for gram in index})

    def judge(example: Example) -> Dropped | None:
        share = _coverage(example, index, items, sizes)
        return Dropped(example, "contaminated", f"coverage={share:.2f}") if share >= policy.coverage else None

    return sift(examples, judge)


def benchmark(policy: DecontaminationPolicy) -> list[str]:
    """All benchmark items of the policy."""
    return [*policy.strings, *(item for name in policy.files for item in _read(Path(name)))]


def _coverage(
    example: Example, index: dict[Gram, list[tuple[int, int]]], items: list[list[str]], sizes: list[int]
) -> float:
    """Largest share of any item's tokens that lie in n-grams shared with the example."""
    if not index:
        return 0.0
    tokens = words(f"{example.user}\n{example.draft.output}")
    covered: dict[int, set[int]] = defaultdict(set)
    for size in sizes:
        for gram in ngrams(tokens, size):
            for number, start in index.get(gram, ()):
                covered[number].update(range(start, start + size))
    return max((len(places) / len(items[number]) for number, places in covered.items()), default=0.0)


def _read(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise PolicyError(f"instructions.decontamination.files: {path.name} does not exist")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if path.suffix != ".jsonl":
            yield line
        elif line.strip():
            try:
                yield "\n".join(_strings(json.loads(line)))
            except ValueError:
                where = f"{path.name} line {number}"
                raise PolicyError(f"instructions.decontamination.files: {where} is not JSON") from None


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _strings(value)
