"""Masks on the token ids of any tokenizer that gives offsets: WordPiece, Unigram or byte-level BPE.

Offsets may include the space before a token or leave it out. `render` applies a stored mask plan; masks that change
with every epoch are drawn by `training_set`.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from synth_assets.masked_lm.units import Unit, grouped, units_of

if TYPE_CHECKING:
    import torch

IGNORED = -100
"""The label of a token that is not predicted."""


class Part(NamedTuple):
    """Neighboring units that can only be hidden together, and their tokens in order."""

    units: range
    tokens: list[int]


@dataclass(frozen=True)
class Example:
    """Token ids that a model sees, and the label of each."""

    input_ids: list[int]
    labels: list[int]


def render(
    text: str,
    masks: Sequence[Mapping[str, Any]],
    ids: Sequence[int],
    offsets: Sequence[tuple[int, int]],
    special: Sequence[int],
    mask_id: int,
    random_ids: Sequence[int],
    seed: int,
) -> Example:
    """Hide every token of every masked unit, and of each unit that shares a token with it.

    Args:
        text: the text that the plan was made for.
        masks: the `masks` of the row.
        ids: token ids, shape (n,).
        offsets: code point offsets of each token, shape (n, 2).
        special: 1 for special tokens, which are never masked, shape (n,).
        mask_id: id of the mask token.
        random_ids: ids that a "random" corruption draws from; none may be a special token.
        seed: seed of the random tokens.
    """
    entities = sorted((m["start"], m["end"], m["kind"]) for m in masks if m["kind"].startswith("entity:"))
    units = units_of(text, [(start, end, kind.removeprefix("entity:")) for start, end, kind in entities])
    starts, ends = [unit.start for unit in units], [unit.end for unit in units]
    parts = token_parts(text, units, offsets, special)
    part_of = [part for part in parts for _ in part.units]
    hidden: list[tuple[Sequence[int], str]] = []
    for mask in masks:
        touched = range(bisect_right(ends, mask["start"]), bisect_left(starts, mask["end"]))
        hidden += [(part_of[i].tokens, mask["corruption"]) for i in touched]
    return corrupt(ids, hidden, mask_id, random_ids, random.Random(seed))


def corrupt(
    ids: Sequence[int],
    hidden: Iterable[tuple[Sequence[int], str]],
    mask_id: int,
    random_ids: Sequence[int],
    rng: random.Random,
) -> Example:
    """Apply pairs of (positions, corruption) to ids; the first pair that names a position decides it."""
    inputs, labels = list(ids), [IGNORED] * len(ids)
    for positions, corruption in hidden:
        for i in positions:
            if labels[i] != IGNORED:
                continue
            labels[i] = ids[i]
            if corruption == "mask":
                inputs[i] = mask_id
            elif corruption == "random":
                inputs[i] = random_ids[rng.randrange(len(random_ids))]
    return Example(inputs, labels)


def token_parts(
    text: str,
    units: Sequence[Unit],
    offsets: Sequence[tuple[int, int]],
    special: Sequence[int],
    links: Iterable[tuple[int, int]] = (),
) -> list[Part]:
    """Group units so that no token belongs to two parts; a token of white space belongs to none.

    A token that is a single space right before a unit counts as part of the unit: left visible, it would show how the
    tokenizer splits the hidden word.

    Args:
        text: the text that was tokenized.
        units: its units.
        offsets: code point offsets of each token, shape (n, 2).
        special: 1 for tokens without text, shape (n,).
        links: (first, last) units that always form one part.
    """
    starts, ends = [unit.start for unit in units], [unit.end for unit in units]
    touched = [None if special[i] else _touched(text[a:b], a, b, starts, ends) for i, (a, b) in enumerate(offsets)]
    parts = [Part(group, []) for group in grouped(len(units), [*(t for t in touched if t), *links])]
    part_of = [number for number, part in enumerate(parts) for _ in part.units]
    for i, units_of_token in enumerate(touched):
        if units_of_token:
            parts[part_of[units_of_token[0]]].tokens.append(i)
    return parts


def padded(rows: Sequence[Sequence[int]], value: int, multiple: int = 1) -> "torch.Tensor":
    """The rows as int64, filled with `value` to one width: the longest, rounded up to a multiple of `multiple`."""
    import torch

    width = -(-max(map(len, rows), default=0) // multiple) * multiple
    filled = [[*row, *[value] * (width - len(row))] for row in rows]
    return torch.tensor(filled, dtype=torch.int64).reshape(len(rows), width)


def _touched(piece: str, start: int, end: int, starts: Sequence[int], ends: Sequence[int]) -> tuple[int, int] | None:
    """The first and last unit that a token has characters of."""
    if piece in ("", " "):
        first = bisect_left(starts, end)
        return (first, first) if first < len(starts) and starts[first] == end else None
    start += len(piece) - len(piece.lstrip())
    first, last = bisect_right(ends, start), bisect_left(starts, start + len(piece.strip())) - 1
    return (first, last) if first <= last else None
