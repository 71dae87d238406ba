"""Choices that depend on a seed and on keys, never on order: the same example always chooses the same."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def digest(seed: int, *parts: str) -> str:
    """32 hex characters over the length-prefixed parts."""
    state = blake2b(str(seed).encode(), digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big") + data)
    return state.hexdigest()


def fraction(seed: int, *parts: str) -> float:
    """A number in [0, 1), uniform over parts."""
    return int(digest(seed, *parts)[:13], 16) / 16**13


def pick(options: Sequence[T], seed: int, *parts: str) -> T:
    """One of `options`, which must not be empty."""
    return options[int(fraction(seed, *parts) * len(options))]


def shuffled(items: Sequence[str], seed: int, *parts: str) -> list[str]:
    """`items` in an order of their own for each key."""
    return sorted(items, key=lambda item: digest(seed, *parts, item))
