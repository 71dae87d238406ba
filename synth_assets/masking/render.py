"""A mask plan on a tokenizer's ids: input and labels for masked-LM training, for any tokenizer with offsets.

Works for WordPiece, Unigram and byte-level BPE, whether or not offsets include the leading space.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    """Hide every token that overlaps a mask.

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
    rng = random.Random(seed)
    inputs, labels = list(ids), [IGNORED] * len(ids)
    ordered = sorted(masks, key=lambda mask: mask["start"])
    at = 0
    for i, (start, end) in enumerate(offsets):
        if special[i] or start >= end:
            continue
        start += _leading_space(text, start, end)
        while at < len(ordered) and ordered[at]["end"] <= start:
            at += 1
        if at == len(ordered) or max(start, ordered[at]["start"]) >= min(end, ordered[at]["end"]):
            continue
        labels[i] = ids[i]
        corruption = ordered[at]["corruption"]
        if corruption == "mask":
            inputs[i] = mask_id
        elif corruption == "random":
            inputs[i] = random_ids[rng.randrange(len(random_ids))]
    return Rendered(inputs, labels)


def _leading_space(text: str, start: int, end: int) -> int:
    piece = text[start:end]
    return len(piece) - len(piece.lstrip())
