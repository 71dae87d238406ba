"""A count-based language model: the accuracy of guessing the words of one text after reading another.

Uses interpolated absolute discounting (Ney, Essen and Kneser 1994), in which a rare context falls back on the next
coarser one. Only the most likely word is needed, which is found exactly without scoring the whole vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth_assets.privacy.evidence.tokens import TokenStream

_DISCOUNT = 0.75


@dataclass(frozen=True)
class Pattern:
    """Positions of the guessed word and its contexts in a window of `width` words.

    `target`: offset of the guessed word. `chain`: offsets of the contexts, coarse to fine, each containing
    the one before.
    """

    width: int
    target: int
    chain: tuple[tuple[int, ...], ...]


NEXT_WORD = Pattern(width=3, target=2, chain=((1,), (0, 1)))
MASKED_WORD = Pattern(width=5, target=2, chain=((1,), (1, 3), (0, 1, 3, 4)))


def guessed(read: TokenStream, asked: TokenStream, pattern: Pattern) -> tuple["np.ndarray", "np.ndarray"]:
    """Guess the words of `asked` with a model of `read`.

    Returns:
        For each position whose window lies inside one text: whether the guess is correct (bool), and the index of
        its text in `asked`. All guesses are wrong if nothing was read.
    """
    starts = [np.flatnonzero(stream.remaining >= pattern.width) for stream in (read, asked)]
    owner = asked.owner[starts[1]]
    if not len(starts[0]):
        return np.zeros(len(owner), dtype=bool), owner
    _, codes = np.unique(np.concatenate([read.ids, asked.ids]), return_inverse=True)
    places = np.concatenate([starts[0], starts[1] + len(read.ids)])
    border = len(starts[0])
    chain = [_combined([codes[places + offset] for offset in offsets]) for offsets in pattern.chain]
    target = codes[places + pattern.target]
    best = most_likely(target[:border], [c[:border] for c in chain], [c[border:] for c in chain])
    return best == target[border:], owner


def most_likely(target: "np.ndarray", known: Sequence["np.ndarray"], asked: Sequence["np.ndarray"]) -> "np.ndarray":
    """The most likely word at each asked position; ties go to the smallest code.

    p(w | c) = max(count(c, w) - d, 0) / count(c) + d kinds(c) / count(c) p(w | coarser c), where kinds(c) is the
    number of different words after c; without a context the relative frequency.

    Args:
        target: words read, shape (n,), as codes from 0.
        known: their contexts as codes from 0, coarse to fine, each of shape (n,); a finer context must
            determine the coarser ones.
        asked: contexts of the asked positions in the same codes, each of shape (m,).
    """
    words = int(target.max()) + 1
    keys, counts = np.unique(target, return_counts=True)
    scores = counts / len(target)
    best, top = keys[[np.argmax(scores)]], scores.max(keepdims=True)
    coarse, coarse_asked = np.zeros_like(target), np.zeros(len(asked[0]), dtype=np.int64)
    for fine, fine_asked in zip(known, asked, strict=True):
        size = int(max(fine.max(), fine_asked.max(initial=0))) + 1
        parent = np.zeros(size, dtype=np.int64)
        parent[fine_asked], parent[fine] = coarse_asked, coarse
        pairs, counts = np.unique(fine * words + target, return_counts=True)
        context, word = np.divmod(pairs, words)
        seen, kinds = np.bincount(fine, minlength=size), np.bincount(context, minlength=size)
        rest = np.where(seen > 0, _DISCOUNT * kinds / np.maximum(seen, 1), 1.0)
        lower = scores[np.searchsorted(keys, parent[context] * words + word)]
        scores, keys = (counts - _DISCOUNT) / seen[context] + rest[context] * lower, pairs
        # an unseen word is best only if it is the coarser context's best: every other unseen word scores less
        best, top = best[parent], rest * top[parent]
        order = np.lexsort((word, -scores, context))
        first = order[np.unique(context[order], return_index=True)[1]]
        first = first[scores[first] >= top[context[first]]]
        best[context[first]], top[context[first]] = word[first], scores[first]
        coarse, coarse_asked = fine, fine_asked
    return np.asarray(best[coarse_asked])


def _combined(columns: Sequence["np.ndarray"]) -> "np.ndarray":
    """One code for each distinct row of the columns, without collisions."""
    code = columns[0]
    for column in columns[1:]:
        _, code = np.unique(code * (int(column.max()) + 1) + column, return_inverse=True)
    return code
