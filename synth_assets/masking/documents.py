"""The documents of a run, in the order of their ids, kept on disk: raw, and with their linked mentions.

Mentions come from detection in batches, then from names of a subject, then from linking. A name in lower case, or
without a cue around it, is missed in one letter of a subject and found in the next; a reader of both puts them
together. So the full names of one document are looked for in the subject's others. Between the steps, places and types
are kept on disk, and in the clear only these names.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import regex

from resources.errors import DataError
from resources.keys import Keys
from resources.models.protocols import Models
from resources.progress import Progress
from resources.scratch import Scratch
from synth_assets.masking.detection.detect import detect, find_custom
from synth_assets.masking.detection.linking import LINK, Linked, link
from synth_assets.masking.kinds.registry import closed_sets
from synth_assets.masking.lexicon.gazetteer import is_everyday, name_words
from synth_assets.masking.mentions import Mention
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.records import Row

T = TypeVar("T")

COLUMNS = ("id", "source_doc", "subject", "role", "text", "label", "language")
"""Columns of a raw document that masking reads."""
PAGE = 256
_RAW, _SOURCE = "raw", "source_doc"
_DETECTED, _NAMES, _LINKED = "found", "names", "linked"
_LEAST_LETTERS = 3

Name = tuple[str, ...]
"""Words of a full name, casefolded."""


class Documents:
    """Raw documents by id: read once from `rows`, then as often as needed from `scratch`.

    Raises:
        DataError: two documents have the same id.
    """

    def __init__(self, rows: Iterable[Row], scratch: Scratch) -> None:
        self.roles: Counter[str] = Counter()
        self._scratch = scratch
        for page in batches(rows, PAGE):
            scratch.put(_RAW, ((row["id"], {name: row.get(name) for name in COLUMNS}) for row in page))
            scratch.put(_SOURCE, ((row["source_doc"], row["id"]) for row in page))
            self.roles.update(row["role"] for row in page)
        if scratch.count(_RAW) != len(self):
            raise DataError("two raw documents have the same id")

    def __len__(self) -> int:
        return self.roles.total()

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self._scratch.items(_RAW))

    def __getitem__(self, name: str) -> Row:
        row: Row = self._scratch.get(_RAW, name)
        return row

    def text_of(self, source_doc: str) -> str | None:
        """The raw text of a source document; None where it is not among these."""
        name = self._scratch.get(_SOURCE, source_doc)
        return None if name is None else str(self[name]["text"])


@dataclass(frozen=True)
class Task:
    """What every step of a run is given; steps leave their results on shelves of `scratch`, by id."""

    documents: Documents
    scratch: Scratch
    policy: MaskingPolicy
    seed: int
    keys: Keys
    models: Models
    progress: Progress


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items; the last one may be shorter."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


class LinkedDocuments:
    """Documents with their linked mentions, in the order of their ids."""

    def __init__(self, task: Task) -> None:
        _detect(task)
        _link(task)
        self._task = task

    def __iter__(self) -> Iterator[tuple[Row, list[Linked]]]:
        kept = self._task.scratch.items(_LINKED)
        for row, (_, items) in zip(self._task.documents, kept, strict=True):
            yield row, [Linked(Mention(*fields), entity) for fields, entity in items]

    def real_values(self) -> Iterator[str]:
        """The real values of every document."""
        return (value for row, items in self for value in real_values(row["text"], items))


def real_values(text: str, linked: Iterable[Linked]) -> Iterator[str]:
    """Every detected value that is in no closed set, and every word of a name."""
    for mention, _ in linked:
        if mention.type not in closed_sets():
            yield (surface := text[mention.start : mention.end])
            if mention.type in ("PERSON", "ORGANIZATION", "LOCATION", "NAME"):
                yield from (word for word in name_words(surface) if len(word) >= _LEAST_LETTERS)


def _detect(task: Task) -> None:
    done = 0
    for batch in batches(task.documents, task.policy.batch_size):
        texts = [row["text"] for row in batch]
        by_text = detect(texts, task.models.recognizer, task.policy, find_custom(texts, task.policy, task.models))
        task.scratch.put(_DETECTED, ((row["id"], mentions) for row, mentions in zip(batch, by_text, strict=True)))
        for row, mentions in zip(batch, by_text, strict=True):
            names, known = full_names(row["text"], mentions), _names(task, row["subject"])
            if names - known:
                task.scratch.put(_NAMES, [(row["subject"], sorted(names | known))])
        done += len(batch)
        task.progress("detect", done, len(task.documents))


def _names(task: Task, subject: str) -> set[Name]:
    return set(map(tuple, task.scratch.get(_NAMES, subject) or ()))


def _link(task: Task) -> None:
    detected = task.scratch.items(_DETECTED)
    for batch in batches(zip(task.documents, detected, strict=True), PAGE):
        linked = []
        for row, (name, mentions) in batch:
            known = occurrences(row["text"], _names(task, row["subject"]))
            linked.append((name, link(row["text"], [*(Mention(*fields) for fields in mentions), *known])))
        task.scratch.put(_LINKED, linked)


def full_names(text: str, mentions: Sequence[Mention]) -> set[Name]:
    """The full names among the mentions: two words or more, at least one of them no everyday word."""
    people = (mention for mention in mentions if mention.type == "PERSON")
    names = (tuple(word.casefold() for word in name_words(text[m.start : m.end])) for m in people)
    long = {words: [word for word in words if len(word) >= _LEAST_LETTERS] for words in names}
    return {words for words, own in long.items() if len(own) >= 2 and not all(map(is_everyday, own))}


def occurrences(text: str, names: set[Name]) -> list[Mention]:
    """Mentions of a subject's full names in a text, in any casing and spacing."""
    if not names:
        return []
    longest_first = sorted(names, key=lambda words: (-len(" ".join(words)), words))
    either = "|".join(r"\s+".join(regex.escape(word, special_only=True) for word in words) for words in longest_first)
    pattern = regex.compile(rf"(?<![\p{{L}}\p{{N}}\p{{M}}])(?:{either})(?![\p{{L}}\p{{N}}\p{{M}}])", regex.IGNORECASE)
    return [Mention(match.start(), match.end(), "PERSON", 0.9, "link", LINK) for match in pattern.finditer(text)]
