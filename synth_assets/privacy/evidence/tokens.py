"""Texts as one flat stream of hashed words, so that word windows are compared as arrays and many values are searched.

Words are folded (NFKD, without accents, case and punctuation), so that a value is found however it is written. Two
forms of a value are searched: its word sequence, and for values with digits every run of words whose concatenation
equals it ("212 555 0123" finds "2125550123").
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import regex

_WORD = regex.compile(r"\w+")
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xD6E8FEB86659FD93))
_MAX_GROUPS = 8  # an IBAN written in fours has up to 9 groups, of which country, check digits and bank fit the first


@dataclass(frozen=True, eq=False)
class TokenStream:
    """Folded words of all texts, end to end.

    Attributes:
        ids: hash of each word, uint64.
        owner: index of each word's text.
        remaining: words from here to the end of the text, this one included, so that no window crosses a border.
        words: the folded words.
        digits: positions of the words that contain a digit.
    """

    ids: "np.ndarray"
    owner: "np.ndarray"
    remaining: "np.ndarray"
    words: tuple[str, ...]
    digits: "np.ndarray"

    def windows(self, width: int) -> tuple["np.ndarray", "np.ndarray"]:
        """Hashes (uint64) and start positions of all windows of `width` words inside one text."""
        starts = np.flatnonzero(self.remaining >= width)
        return self.hashes_at(starts, width), starts

    def hashes_at(self, starts: "np.ndarray", width: int) -> "np.ndarray":
        """Hashes of the windows of `width` words at `starts`; each must lie inside its text."""
        return _window_hashes(self.ids, width)[starts] if len(starts) else np.empty(0, np.uint64)


def fold(text: str) -> list[str]:
    """Words of a text without accents, case and punctuation."""
    plain = text
    if not text.isascii():  # ASCII has neither accents nor compatibility forms
        plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words: list[str] = _WORD.findall(plain.casefold())
    return words


def word_spans(text: str) -> list[tuple[int, int]]:
    """[start, end) in `text` of each word of `fold(text)`, in code points."""
    if text.isascii():
        return [match.span() for match in _WORD.finditer(text)]
    plain, origin = [], []
    for place, character in enumerate(text):
        folded = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c)).casefold()
        plain.append(folded)
        origin += [place] * len(folded)
    return [(origin[m.start()], origin[m.end() - 1] + 1) for m in _WORD.finditer("".join(plain))]


def tokenize(texts: Sequence[str]) -> TokenStream:
    """Fold and hash every text."""
    words: list[str] = []
    lengths = np.zeros(len(texts), dtype=np.int64)
    for index, text in enumerate(texts):
        folded = fold(text)
        lengths[index] = len(folded)
        words.extend(folded)
    seen = {word: word_id(word) for word in set(words)}
    ids = np.fromiter(map(seen.__getitem__, words), dtype=np.uint64, count=len(words))
    ends = np.repeat(np.cumsum(lengths), lengths)
    owner = np.repeat(np.arange(len(texts)), lengths)
    numeric = {word for word in seen if not word.isalpha() and any(map(str.isdigit, word))}  # no letter is a digit
    digits = np.array([i for i, w in enumerate(words) if w in numeric], dtype=np.int64)
    return TokenStream(ids, owner, ends - np.arange(len(words)), tuple(words), digits)


@lru_cache(maxsize=1 << 18)
def word_id(word: str) -> int:
    """64-bit hash of a folded word."""
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")


def sequence_hash(words: Sequence[str]) -> int:
    """Hash of a word sequence, equal to that of the same window in a TokenStream."""
    ids = np.array([word_id(w) for w in words], dtype=np.uint64)
    return int(_window_hashes(ids, len(ids))[0])


def _window_hashes(ids: "np.ndarray", width: int) -> "np.ndarray":
    """Hash of every window of `width` ids by doubling: O(n log width), no Python loop over positions."""
    if len(ids) < width:
        return np.empty(0, np.uint64)
    total, block, size, offset = None, ids, 1, 0
    while size <= width:
        if width & size:
            part = block[offset:]
            total = part if total is None else _mix(total[: len(part)], part)
            offset += size
        if 2 * size <= width:
            block = _mix(block[:-size], block[size:])
        size *= 2
    assert total is not None
    return total[: len(ids) - width + 1]


def _mix(left: "np.ndarray", right: "np.ndarray") -> "np.ndarray":
    first, second, third = _MULTIPLIERS
    mixed = (left * first) ^ (((right << np.uint64(31)) | (right >> np.uint64(33))) * second)
    return (mixed ^ (mixed >> np.uint64(29))) * third


def spread(hashes: "np.ndarray", owner: "np.ndarray") -> "np.ndarray":
    """For each hash, how many different owners have it; `owner`: indices from 0."""
    _, code = np.unique(hashes, return_inverse=True)
    owners = int(owner.max(initial=0)) + 1
    return np.bincount(np.unique(code * owners + owner) // owners)[code]


def bigram_scores(texts: TokenStream, count: int, corpus: TokenStream) -> "np.ndarray":
    """Mean log-probability (nats) of the bigrams of each of `count` texts under the corpus' model, Laplace-smoothed."""
    bigrams, starts = texts.windows(2)
    follows = _counts(bigrams, corpus.windows(2)[0])
    first = _counts(texts.ids[starts], corpus.ids)
    vocabulary = len(np.unique(corpus.ids)) + 1
    logs = np.log(follows + 1.0) - np.log(first + vocabulary)
    owner = texts.owner[starts]
    return np.bincount(owner, logs, count) / np.maximum(np.bincount(owner, minlength=count), 1)


def _counts(wanted: "np.ndarray", present: "np.ndarray") -> "np.ndarray":
    """How often each wanted hash is present."""
    values, counts = np.unique(present, return_counts=True)
    if not len(values):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[at] == wanted, counts[at], 0).astype(np.float64)


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
        joined = ""
        for width in range(1, min(_MAX_GROUPS, int(stream.remaining[start])) + 1):
            joined += stream.words[start + width - 1]
            if len(joined) > longest:
                break
            occurrences.extend((index, start, width) for index in known.get(joined, ()))
    return np.array(occurrences, dtype=np.int64).reshape(-1, 3)
