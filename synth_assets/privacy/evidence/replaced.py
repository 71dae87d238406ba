"""Which words of the raw documents masking removed, and which windows it wrote, as its spans say.

What was removed must not occur verbatim in any later stage.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.evidence.passages import Corpus
from synth_assets.privacy.evidence.tokens import TokenStream, fold, tokenize, word_spans
from synth_assets.records import Row

_SHARED_TYPES = """
AGE DATE FAMILY HEALTH LOCATION NAME NATIONALITY ORGANIZATION ORIENTATION POLITICS PROFESSION QUANTITY
"""
_SHARED = frozenset(_SHARED_TYPES.split())
"""Types whose values many people share, so that another document may have the same one."""


class Runs(NamedTuple):
    """Runs of words: where each starts in a stream, and its number of words."""

    starts: "np.ndarray"
    widths: "np.ndarray"


def replaced_runs(corpus: Corpus, stream: TokenStream, masked: Sequence[Row]) -> Runs:
    """The words of each name, number or address of which masking removed at least one, in the raw stream.

    A word that the surrogate also has was not removed. Places, dates, amounts, occupations, traits and organizations
    are left out: many people share them.

    Args:
        corpus: raw passages by side.
        stream: their words, in the order of `corpus.passages`.
        masked: MASKED_CORPUS rows; a raw document without one counts as unchanged.
    """
    rows = {row["source_doc"]: row for row in masked}
    ends = np.cumsum(np.bincount(stream.owner, minlength=len(corpus.passages)))
    runs: list[tuple[int, int]] = []
    for index, passage in enumerate(corpus.passages):
        row = rows.get(passage.id)
        if row is None or not row.get("spans"):
            continue
        words = np.array(word_spans(passage.text), dtype=np.int64).reshape(-1, 2)
        first = int(ends[index]) - len(words)
        for span in row["spans"]:
            surrogate = set(fold(row["text"][span["out_start"] : span["out_end"]]))
            inside = np.flatnonzero((words[:, 0] < span["end"]) & (span["start"] < words[:, 1])) + first
            if span["type"] not in _SHARED and any(stream.words[i] not in surrogate for i in inside.tolist()):
                runs.append((int(inside[0]), len(inside)))
    pairs = np.array(runs, dtype=np.int64).reshape(-1, 2)
    return Runs(pairs[:, 0], pairs[:, 1])


def written_windows(masked: Sequence[Row], width: int) -> "np.ndarray":
    """Hashes of the windows of `width` words of the masked texts that contain a surrogate.

    A surrogate can be the word that another document has in the same sentence (a country in a form letter). Such a
    window was written by masking and is no raw text that got past it.
    """
    stream = tokenize([row["text"] for row in masked])
    surrogate = np.zeros(len(stream.ids), dtype=bool)
    first = 0
    for row in masked:
        words = np.array(word_spans(row["text"]), dtype=np.int64).reshape(-1, 2)
        for span in row.get("spans") or ():
            if span["action"] != "keep":
                inside = (words[:, 0] < span["out_end"]) & (span["out_start"] < words[:, 1])
                surrogate[first + np.flatnonzero(inside)] = True
        first += len(words)
    hashes, starts = stream.windows(width)
    upto = np.concatenate([[0], np.cumsum(surrogate)])
    written: np.ndarray = np.unique(hashes[upto[starts + width] > upto[starts]])
    return written
