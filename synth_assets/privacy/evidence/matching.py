"""Search for many values in many texts at once, ignoring case, accents, spacing and punctuation.

Two forms are searched: the word sequence of a value, and for values with digits every run of words whose
concatenation equals it ("212 555 0123" finds "2125550123").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.evidence.tokens import TokenStream, fold, sequence_hash

_MAX_GROUPS = 8  # an IBAN written in fours has up to 9 groups, of which country, check digits and bank fit the first


@dataclass(frozen=True, eq=False)
class Matches:
    """Occurrences, one entry each: index of the value, start position in the stream, width in words."""

    value: "np.ndarray"
    start: "np.ndarray"
    width: "np.ndarray"


def find(values: Sequence[str], stream: TokenStream) -> Matches:
    """All occurrences of all values, ordered by (value, start)."""
    pieces = [*_sequences(values, stream), _compact(values, stream)]
    triples = np.unique(np.concatenate(pieces), axis=0)
    return Matches(triples[:, 0], triples[:, 1], triples[:, 2])


def _sequences(values: Sequence[str], stream: TokenStream) -> list["np.ndarray"]:
    by_width: dict[int, list[tuple[int, int]]] = {}
    for index, value in enumerate(values):
        words = fold(value)
        if words:
            by_width.setdefault(len(words), []).append((sequence_hash(words), index))
    return [_of_width(width, pairs, stream) for width, pairs in sorted(by_width.items())]


def _of_width(width: int, pairs: list[tuple[int, int]], stream: TokenStream) -> "np.ndarray":
    keys = np.array([key for key, _ in pairs], dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    keys, indices = keys[order], np.array([index for _, index in pairs], dtype=np.int64)[order]
    hashes, starts = stream.windows(width)
    first, last = np.searchsorted(keys, hashes, "left"), np.searchsorted(keys, hashes, "right")
    counts = last - first
    hit = np.flatnonzero(counts)
    where = np.repeat(starts[hit], counts[hit])
    within = np.arange(len(where)) - np.repeat(np.cumsum(counts[hit]) - counts[hit], counts[hit])
    index = indices[np.repeat(first[hit], counts[hit]) + within]
    return np.stack([index, where, np.full(len(where), width)], axis=1).astype(np.int64)


def _compact(values: Sequence[str], stream: TokenStream) -> "np.ndarray":
    known: dict[str, list[int]] = {}
    for index, value in enumerate(values):
        joined = "".join(fold(value))
        if any(c.isdigit() for c in joined):
            known.setdefault(joined, []).append(index)
    longest = max(map(len, known), default=0)
    occurrences: list[tuple[int, int, int]] = []
    for start in stream.digits.tolist() if known else ():
        occurrences.extend(_grow(start, known, longest, stream))
    return np.array(occurrences, dtype=np.int64).reshape(-1, 3)


def _grow(start: int, known: dict[str, list[int]], longest: int, stream: TokenStream) -> list[tuple[int, int, int]]:
    occurrences: list[tuple[int, int, int]] = []
    joined = ""
    for width in range(1, min(_MAX_GROUPS, int(stream.remaining[start])) + 1):
        joined += stream.words[start + width - 1]
        if len(joined) > longest:
            break
        occurrences.extend((index, start, width) for index in known.get(joined, ()))
    return occurrences
