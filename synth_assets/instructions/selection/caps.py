"""Caps: exact duplicates, examples a source document, shares of a template and of an opening."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from synth_assets.instructions.example import Dropped, Example
from synth_assets.instructions.policy import CapPolicy
from synth_assets.text.draws import digest
from synth_assets.text.words import words

Kept = tuple[list[Example], list[Dropped]]


def distinct(examples: Sequence[Example]) -> Kept:
    """Keep one of the examples whose gist and answer fold to the same words, documents before canaries."""
    seen: dict[tuple[str, ...], str] = {}
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in sorted(examples, key=lambda e: (e.draft.source.role != "document", e.id)):
        draft = example.draft
        key = (draft.recipe, *words(draft.gist), "|", *words(draft.output))
        if key in seen:
            dropped.append(Dropped(example, "exact_duplicate", f"of={seen[key]}"))
        else:
            seen[key] = example.id
            kept.append(example)
    return kept, dropped


def per_source_doc(examples: Sequence[Example], most: int, seed: int) -> Kept:
    """At most `most` examples a source document; its tasks take turns, so that the cap costs none of them all."""
    by_task: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in sorted(examples, key=lambda e: digest(seed, "turn", e.id)):
        by_task[(example.draft.source.source_doc, example.draft.task)].append(example)
    queues: dict[str, list[tuple[int, str, Example]]] = defaultdict(list)
    for (document, task), group in by_task.items():
        queues[document] += [(turn, digest(seed, document, task), example) for turn, example in enumerate(group)]
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for queue in queues.values():
        queue.sort(key=lambda item: item[:2])
        kept += [example for _, _, example in queue[:most]]
        dropped += [Dropped(example, "source_doc_cap") for _, _, example in queue[most:]]
    return kept, dropped


def opening(example: Example) -> str:
    """The first three words of the instruction."""
    return " ".join(words(example.instruction)[:3])


def shares(examples: Sequence[Example], splits: Mapping[str, str], policy: CapPolicy, seed: int) -> Kept:
    """Cap templates and openings at their share of what remains; held-out examples are the last to go."""
    order = sorted(
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
            order, over = _cap(order, key, max(policy.floor, int(share * len(order))), reason)
            dropped += over
    return order, dropped


def _cap(examples: Sequence[Example], key: Callable[[Example], str], most: int, reason: str) -> Kept:
    counts: Counter[str] = Counter()
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        counts[key(example)] += 1
        if counts[key(example)] <= most:
            kept.append(example)
        else:
            dropped.append(Dropped(example, reason))
    return kept, dropped
