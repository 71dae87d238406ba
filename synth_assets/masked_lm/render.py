"""A stored mask plan on a tokenizer's ids: input and labels for masked-LM training, for any tokenizer with offsets.

Masks that change with every epoch belong to `synth_assets.masked_lm`.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth_assets.masked_lm.token_parts import token_parts
from synth_assets.masked_lm.units import units

IGNORED = -100


@dataclass(frozen=True)
class Rendered:
    """Ids with masks applied and labels of the same length, `IGNORED` where nothing is predicted."""

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
) -> Rendered:
    """Hide every token of every masked unit, and of a unit that shares a token with it.

    Args:
        text: the text the plan was made for.
        masks: the row's `masks`.
        ids: token ids, shape (n,).
        offsets: code point offsets of each token, shape (n, 2).
        special: 1 for special tokens, which are never masked, shape (n,).
        mask_id: id of the mask token.
        random_ids: ids that a "random" corruption draws from; must hold no special token.
        seed: of the random tokens.
    """
    entities = sorted((m["start"], m["end"], m["kind"]) for m in masks if m["kind"].startswith("entity:"))
    found = units(text, [(start, end, kind.removeprefix("entity:")) for start, end, kind in entities])
    starts, ends = [unit.start for unit in found], [unit.end for unit in found]
    parts = token_parts(text, found, offsets, special)
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
) -> Rendered:
    """Ids with (positions, corruption) carried out; of two for the same position the first counts."""
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
    return Rendered(inputs, labels)
