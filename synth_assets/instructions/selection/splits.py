"""Train, validation and test: whole connected components, and no long n-gram in two of them.

Edges are a shared source document, a shared subject, near-duplicate texts, and a question taken from one document
and asked of another.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import Field

from resources.config import StrictModel
from synth_assets.instructions.example import Dropped, Example, Selection, sift
from synth_assets.instructions.passages import Source
from synth_assets.records import Row
from synth_assets.text.draws import digest, fraction
from synth_assets.text.near_duplicates import near_pairs
from synth_assets.text.words import ngrams, words

SPLITS = ("train", "validation", "test")
SHARED_NGRAM = 13


class SplitPolicy(StrictModel):
    """How connected components are divided."""

    validation: float = Field(0.05, ge=0, le=0.4, description="Share of components for validation.")
    test: float = Field(0.05, ge=0, le=0.4, description="Share of components for test.")
    near_duplicate: float = Field(0.7, ge=0.1, le=1, description="Estimated Jaccard of 5-word shingles that tie texts.")


def connected(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The smallest member of each item's connected component."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = list(links)
    items = sorted({item for pair in pairs for item in pair})
    if not items:
        return {}
    place = {item: number for number, item in enumerate(items)}
    ends = ([place[left] for left, _ in pairs], [place[right] for _, right in pairs])
    graph = coo_array(([1] * len(pairs), ends), shape=(len(items), len(items)))
    labels = connected_components(graph, directed=False)[1].tolist()
    smallest: dict[int, str] = {}
    return {item: smallest.setdefault(label, item) for item, label in zip(items, labels, strict=True)}


def components(
    sources: Sequence[Source], links: Iterable[tuple[str, str]], near_duplicate: float, seed: int
) -> dict[str, str]:
    """Component id of each source document.

    A component is named after its smallest subject. So a subject whose documents arrive in different partitions
    gets the same name in each, unless near-duplicates connect it to another.
    """
    pairs = near_pairs([source.text for source in sources], near_duplicate)
    near = [(sources[left].source_doc, sources[right].source_doc) for left, right in pairs]
    groups = connected(
        [
            *((f"doc:{source.source_doc}", f"subject:{source.subject}") for source in sources),
            *((f"doc:{left}", f"doc:{right}") for left, right in [*near, *links]),
        ]
    )
    smallest: dict[str, str] = {}
    for source in sources:
        group = groups[f"doc:{source.source_doc}"]
        smallest[group] = min(smallest.get(group, source.subject), source.subject)
    return {s.source_doc: digest(seed, "component", smallest[groups[f"doc:{s.source_doc}"]]) for s in sources}


def assign(components: Collection[str], eligible: Collection[str], policy: SplitPolicy, seed: int) -> dict[str, str]:
    """Split of each component, by its hash; only components in `eligible` can be held out.

    A wanted split that the hash left empty takes a component from a split that has several, from train if possible:
    a set of three eligible components has all three splits.
    """
    drawn = {name: fraction(seed, "split", name) for name in sorted(set(components))}
    splits = {name: _split(value, policy) if name in eligible else "train" for name, value in drawn.items()}
    for wanted, ratio in (("train", 1.0), ("validation", policy.validation), ("test", policy.test)):
        sizes = Counter(splits.values())
        movable = [name for name, split in splits.items() if name in eligible and sizes[split] > 1]
        if ratio > 0 and not sizes[wanted] and movable:
            splits[min(movable, key=lambda name: (splits[name] != "train", drawn[name], name))] = wanted
    return splits


def without_shared_ngrams(examples: Sequence[Example], components: Mapping[str, str]) -> set[str]:
    """Ids of the examples none of whose 13-grams occurs in another component.

    13 words is GPT-3's length for decontamination. Template words do not count: texts, answers and questions do.

    Args:
        examples: What to compare.
        components: Component of each example by its id.
    """
    grams = {example.id: _ngrams(example) for example in examples}
    homes: dict[int, str | None] = {}
    for name, own in grams.items():
        for gram in own:
            homes[gram] = components[name] if homes.get(gram, components[name]) == components[name] else None
    return {name for name, own in grams.items() if all(homes[gram] is not None for gram in own)}


def drop_shared(examples: Sequence[Example], splits: Mapping[str, str], unshared: Collection[str]) -> Selection:
    """Drop held-out examples that share a 13-gram with another component, that is, are not among the `unshared`."""

    def judge(example: Example) -> Dropped | None:
        split = splits[example.id]
        return None if split == "train" or example.id in unshared else Dropped(example, "shared_ngram", split)

    return sift(examples, judge)


def join_partitions(rows: Sequence[Row]) -> list[Row]:
    """Rows of several partitions as one set: groups that partitions split differently go to train.

    A subject with documents in two partitions may have been held out in only one of them. Its group is then moved
    out of the held-out data, which can lose held-out rows but never leak them.
    """
    groups = connected(
        (f"component:{row['component']}", other)
        for row in rows
        for other in (f"subject:{row['subject']}", f"doc:{row['source_doc']}")
    )
    group_of = [groups[f"component:{row['component']}"] for row in rows]
    splits: dict[str, set[str]] = defaultdict(set)
    for group, row in zip(group_of, rows, strict=True):
        splits[group].add(row["split"])
    return [
        {**row, "split": "train"} if len(splits[group]) > 1 else row for group, row in zip(group_of, rows, strict=True)
    ]


def _split(value: float, policy: SplitPolicy) -> str:
    if value < policy.validation:
        return "validation"
    return "test" if value < policy.validation + policy.test else "train"


def _ngrams(example: Example) -> set[int]:
    """Hashes of the 13-grams of an example's input, answer and question; valid within one process only."""
    draft = example.draft
    hashes: set[int] = set()
    for text in (draft.input, draft.output, draft.slots.get("question", "")):
        hashes.update(map(hash, ngrams(words(text), SHARED_NGRAM)))
    return hashes
