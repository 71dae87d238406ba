"""Benchmark contamination: the share of a benchmark item that n-grams of one example cover.

The rule and its threshold are those of Tülu 3 (Lambert et al. 2024, arXiv 2411.15124).
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from resources.errors import PolicyError
from synth_assets.instructions.example import Dropped, Example
from synth_assets.instructions.policy import DecontaminationPolicy
from synth_assets.text.words import ngrams, words

Gram = tuple[str, ...]


def decontaminate(examples: Sequence[Example], policy: DecontaminationPolicy) -> tuple[list[Example], list[Dropped]]:
    """Reject examples that cover at least `coverage` of a benchmark item.

    Items of fewer words than the n-gram are compared as a whole from three words on; shorter ones say nothing.

    Raises:
        PolicyError: a benchmark file is missing or not readable as text or JSON Lines.
    """
    items = [tokens for item in benchmark(policy) if len(tokens := words(item)) >= 3]
    index: dict[Gram, list[tuple[int, int]]] = defaultdict(list)
    for number, tokens in enumerate(items):
        size = min(policy.ngram, len(tokens))
        for at, gram in enumerate(ngrams(tokens, size)):
            index[gram].append((number, at))
    sizes = sorted({len(gram) for gram in index})
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        share = _coverage(example, index, items, sizes)
        if share >= policy.coverage:
            dropped.append(Dropped(example, "contaminated", f"coverage={share:.2f}"))
        else:
            kept.append(example)
    return kept, dropped


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
            yield _item(line, f"{path.name} line {number}")


def _item(line: str, where: str) -> str:
    try:
        data = json.loads(line)
    except ValueError:
        raise PolicyError(f"instructions.decontamination.files: {where} is not JSON") from None
    return "\n".join(_strings(data))


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _strings(value)
