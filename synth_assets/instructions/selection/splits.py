"""Train, validation and test: whole components, and no long n-gram in two of them."""

from collections.abc import Collection, Mapping, Sequence

from synth_assets.instructions.example import Dropped, Example
from synth_assets.instructions.policy import SplitPolicy
from synth_assets.instructions.selection.components import connected
from synth_assets.records import Row
from synth_assets.text.draws import fraction
from synth_assets.text.words import ngrams, words

SPLITS = ("train", "validation", "test")
SHARED_NGRAM = 13
_SHARED = ""


def assign(components: Collection[str], fit: Collection[str], policy: SplitPolicy, seed: int) -> dict[str, str]:
    """Split of each component, by its hash; only components in `fit` can be held out.

    A wanted split that the hash left empty takes a component of train, as long as train keeps one: a set
    of three fit components has all three splits.
    """
    drawn = {name: fraction(seed, "split", name) for name in sorted(set(components))}
    held_out = policy.validation + policy.test
    splits = {
        name: _split(value, policy.validation, held_out) if name in fit else "train" for name, value in drawn.items()
    }
    for wanted, ratio in (("validation", policy.validation), ("test", policy.test)):
        train = [name for name, split in splits.items() if split == "train"]
        movable = [name for name in train if name in fit]
        if ratio > 0 and wanted not in splits.values() and movable and len(train) > 1:
            splits[min(movable, key=lambda name: (drawn[name], name))] = wanted
    return splits


def _split(value: float, validation: float, held_out: float) -> str:
    if value < validation:
        return "validation"
    return "test" if value < held_out else "train"


def exclusive(examples: Sequence[Example], components: Mapping[str, str]) -> set[str]:
    """Ids of examples none of whose 13-grams occurs in another component.

    13 words is GPT-3's length for decontamination. Template words do not count: texts, answers and
    questions do. `components` maps example ids.
    """
    grams = {example.id: _ngrams(example) for example in examples}
    owner: dict[int, str] = {}
    for example in examples:
        name = components[example.id]
        for gram in grams[example.id]:
            owner[gram] = name if owner.get(gram, name) == name else _SHARED
    return {name for name, own in grams.items() if all(owner[gram] != _SHARED for gram in own)}


def without_shared_ngrams(
    examples: Sequence[Example], splits: Mapping[str, str], alone: Collection[str]
) -> tuple[list[Example], list[Dropped]]:
    """Reject held-out examples that share a 13-gram with another component."""
    kept = [e for e in examples if splits[e.id] == "train" or e.id in alone]
    dropped = [
        Dropped(e, "shared_ngram", splits[e.id]) for e in examples if splits[e.id] != "train" and e.id not in alone
    ]
    return kept, dropped


def _ngrams(example: Example) -> set[int]:
    """Hashes of the 13-grams of an example's input, answer and question; compared within one process only."""
    draft = example.draft
    found: set[int] = set()
    for text in (draft.input, draft.output, draft.slots.get("question", "")):
        found.update(map(hash, ngrams(words(text), SHARED_NGRAM)))
    return found


def joined(rows: Sequence[Row]) -> list[Row]:
    """Rows of several partitions as one set: groups that partitions had split apart all go to train.

    A subject with documents in two partitions may have been held out in one of them only. The
    group is then taken out of the held-out data, which can lose rows by it but never leak.
    """
    groups = connected(
        (f"component:{row['component']}", other)
        for row in rows
        for other in (f"subject:{row['subject']}", f"doc:{row['source_doc']}")
    )
    group_of = [groups[f"component:{row['component']}"] for row in rows]
    splits: dict[str, set[str]] = {}
    for group, row in zip(group_of, rows, strict=True):
        splits.setdefault(group, set()).add(row["split"])
    return [
        {**row, "split": "train"} if len(splits[group]) > 1 else row for group, row in zip(group_of, rows, strict=True)
    ]
