"""Texts as one flat stream of hashed words, so that word windows are compared as arrays.

Words are folded (NFKD, without accents, case and punctuation), so that a value is found however it is written.
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
