"""Duplicates, exact and semantic, and caps that keep one document, template or phrasing from dominating."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import SentenceEncoder
from synth_assets.instructions.example import Dropped, Example, Selection, sift
from synth_assets.text.draws import digest
from synth_assets.text.words import words

_HEAD_WORDS = 32


class CapPolicy(StrictModel):
    """Caps that keep one document, template or phrasing from dominating."""

    per_source_doc: int = Field(8, ge=1, description="Most examples from one source document.")
    per_template: float = Field(0.05, gt=0, le=1, description="Largest share of the set for one template.")
    per_opening: float = Field(0.02, gt=0, le=1, description="Largest share for one opening word trigram.")
    floor: int = Field(5, ge=1, description="The two shares never cap below this many examples.")


def distinct(examples: Sequence[Example]) -> Selection:
    """Keep one of the examples whose gist and answer fold to the same words, documents before canaries."""
    seen: dict[tuple[str, ...], str] = {}

    def judge(example: Example) -> Dropped | None:
        draft = example.draft
        first = seen.setdefault((draft.recipe, *words(draft.gist), "|", *words(draft.output)), example.id)
        return None if first == example.id else Dropped(example, "exact_duplicate", f"of={first}")

    return sift(sorted(examples, key=lambda e: (e.draft.source.role != "document", e.id)), judge)


def cap_per_document(examples: Sequence[Example], most: int, seed: int) -> Selection:
    """At most `most` examples per source document; tasks take turns, so that the cap removes none of them entirely."""
    by_task: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in sorted(examples, key=lambda e: digest(seed, "turn", e.id)):
        by_task[(example.draft.source.source_doc, example.draft.task)].append(example)
    queues: dict[str, list[tuple[int, str, Example]]] = defaultdict(list)
    for (document, task), group in by_task.items():
        queues[document] += [(turn, digest(seed, document, task), example) for turn, example in enumerate(group)]
    ordered = [sorted(queue, key=lambda item: item[:2]) for queue in queues.values()]
    kept = [example for queue in ordered for _, _, example in queue[:most]]
    return kept, [Dropped(example, "source_doc_cap") for queue in ordered for _, _, example in queue[most:]]


def opening(example: Example) -> str:
    """The first three words of the instruction."""
    return " ".join(words(example.instruction)[:3])


def cap_shares(examples: Sequence[Example], splits: Mapping[str, str], policy: CapPolicy, seed: int) -> Selection:
    """Cap templates and openings at their share of what remains; held-out examples are dropped last."""
    kept = sorted(
        examples,
        key=lambda e: (splits[e.id] == "train", e.draft.source.role != "document", digest(seed, "share", e.id)),
    )
    rules: tuple[tuple[str, Callable[[Example], str], float], ...] = (
        ("template_cap", lambda example: example.template, policy.per_template),
        ("opening_cap", opening, policy.per_opening),
    )
    dropped: list[Dropped] = []
    before = -1
    # Dropping shrinks the total, which lowers the caps: repeat until nothing is above its share.
    while before != len(dropped):
        before = len(dropped)
        for reason, key, share in rules:
            kept, over = _cap(kept, key, max(policy.floor, int(share * len(kept))), reason)
            dropped += over
    return kept, dropped


def _cap(examples: Sequence[Example], key: Callable[[Example], str], most: int, reason: str) -> Selection:
    counts: Counter[str] = Counter()

    def judge(example: Example) -> Dropped | None:
        counts[key(example)] += 1
        return Dropped(example, reason) if counts[key(example)] > most else None

    return sift(examples, judge)


def diverse(
    examples: Sequence[Example], encoder: SentenceEncoder, max_cosine: float
) -> tuple[list[Example], list[Dropped], dict[str, float]]:
    """Keep examples of a recipe whose gists have a cosine below `max_cosine`; the richest answers are taken first.

    This is DEITA's repr filter (Liu et al. 2024, arXiv 2312.15685).

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
        # The first words distinguish gists well enough; encoding the rest would cost time.
        vectors = encoder.encode([" ".join(example.draft.gist.split()[:_HEAD_WORDS]) for example in group])
        for example, nearest in zip(group, _nearest_taken(vectors, max_cosine), strict=True):
            if nearest < max_cosine:
                kept.append(example)
                cosines[example.id] = round(nearest, 6)
            else:
                dropped.append(Dropped(example, "near_duplicate", f"cosine={nearest:.3f}"))
    return kept, dropped, cosines


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
