"""Semantic near-duplicates: greedy selection against the examples already taken.

This is DEITA's repr filter (Liu et al. 2024, arXiv 2312.15685).
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from resources.models.protocols import SentenceEncoder
from synth_assets.instructions.example import Dropped, Example
from synth_assets.text.words import words

_HEAD_WORDS = 32


def diverse(
    examples: Sequence[Example], encoder: SentenceEncoder, max_cosine: float
) -> tuple[list[Example], list[Dropped], dict[str, float]]:
    """Keep examples of a recipe whose gists have a cosine below `max_cosine`; the richest answers are taken first.

    Returns:
        The kept, the dropped, and for each kept id its cosine to the nearest example taken before.
    """
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in sorted(examples, key=_rank):
        groups[example.draft.recipe].append(example)
    kept: list[Example] = []
    dropped: list[Dropped] = []
    cosines: dict[str, float] = {}
    for group in groups.values():
        vectors = encoder.encode([_head(example.draft.gist) for example in group])
        for example, nearest in zip(group, _nearest_taken(vectors, max_cosine), strict=True):
            if nearest < max_cosine:
                kept.append(example)
                cosines[example.id] = round(nearest, 6)
            else:
                dropped.append(Dropped(example, "near_duplicate", f"cosine={nearest:.3f}"))
    return kept, dropped, cosines


def _head(gist: str) -> str:
    """The first words of a gist. They distinguish examples well enough; encoding the rest would cost time."""
    return " ".join(gist.split()[:_HEAD_WORDS])


def _rank(example: Example) -> tuple[bool, int, str]:
    """Documents before canaries, then by the number of different words in the answer, a proxy for complexity."""
    return example.draft.source.role != "document", -len(set(words(example.draft.output))), example.id


def _nearest_taken(vectors: np.ndarray, max_cosine: float) -> list[float]:
    """For each row its cosine to the nearest earlier row that was taken; a row is taken below `max_cosine`."""
    taken = np.empty_like(vectors)
    count = 0
    cosines = []
    for vector in vectors:
        nearest = float((taken[:count] @ vector).max()) if count else 0.0
        cosines.append(nearest)
        if nearest < max_cosine:
            taken[count] = vector
            count += 1
    return cosines
