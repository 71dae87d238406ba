"""Who votes: one document of each subject, whatever other subjects wrote.

The rows of raw_corpus depend on each other: a document is rejected because an earlier one resembles it, or takes over
the subject and the split of one that it resembles. All of that is undone here, so that adding or removing one subject
changes the vote of that subject and of nobody else.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from resources.errors import DataError
from resources.keys import Keys
from synth_assets.records import Row
from synth_assets.synthesis.formal.features import Document

REJECTED_FOR_OTHERS = ("exact_duplicate", "near_duplicate", "duplicate_id", "linked_across_splits")
"""Reasons of rejection that depend on other documents. Every other reason depends on the document alone."""
COLUMNS = ("id", "source_doc", "subject", "role", "split", "text", "label", "params")


def voters(
    rows: Iterable[Row], rejected: Iterable[Row], keys: Keys, split_of: Callable[[str], str]
) -> dict[str, Document]:
    """The document of each subject of the train split that votes, by subject.

    A subject is who the source says it is; where it says nothing, the document is its own subject. A subject votes with
    the document whose keyed hash is smallest. Planted canaries vote like anybody else.

    Args:
        rows: of raw_corpus, at least `COLUMNS`.
        rejected: rows that it rejected.
        keys: hash documents.
        split_of: split of a subject, by its keyed hash alone.

    Raises:
        DataError: the rows were made before they said whose subject is given.
    """
    chosen: dict[str, tuple[str, Document]] = {}
    for subject, row in chain(_kept(rows, keys, split_of), _rejected(rejected, keys, split_of)):
        # The same for a document whether it was kept or rejected, which is up to other documents.
        order = keys.hash("formal_document", row["source_doc"], row.get("label") or "", row["text"])
        if subject not in chosen or order < chosen[subject][0]:
            chosen[subject] = order, Document(subject, row.get("label"), row["text"])
    return {subject: document for subject, (_, document) in sorted(chosen.items())}


def _kept(rows: Iterable[Row], keys: Keys, split_of: Callable[[str], str]) -> Iterator[tuple[str, Row]]:
    for row in rows:
        if row["role"] == "canary":
            if row["split"] == "train":
                yield row["subject"], row
            continue
        params: dict[str, Any] = json.loads(row["params"])
        if "subject" not in params:
            raise DataError("raw_corpus does not say where its subjects come from: materialize it again")
        subject = row["subject"] if params["subject"] == "given" else own_subject(row["id"], keys)
        if split_of(subject) == "train":
            yield subject, row


def _rejected(rows: Iterable[Row], keys: Keys, split_of: Callable[[str], str]) -> Iterator[tuple[str, Row]]:
    for row in rows:
        if row["reason"] in REJECTED_FOR_OTHERS:
            subject = row["subject"] or own_subject(row["source_doc"], keys)
            if split_of(subject) == "train":
                yield subject, row


def own_subject(document: str, keys: Keys) -> str:
    """The subject of a document about nobody in particular: itself."""
    return keys.hash("subject", "", document)
