"""Seeded draws: choices and ids that depend on a seed and on names, never on the order of work.

Three hashes appear here because published rows, human overrides and reports already depend on each of them. A new use
takes `digest` and the functions built on it.
"""

from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import TypeVar

T = TypeVar("T")


def digest(seed: int, *parts: str) -> str:
    """32 hex digits of BLAKE2b over the seed and the length-prefixed parts."""
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
    """`items` in an order drawn for `parts`, whatever order they come in."""
    return sorted(items, key=lambda item: digest(seed, *parts, item))


def row_id(*parts: str) -> str:
    """32 hex digits of SHA-256 over the length-prefixed parts, which are keyed hashes or public words, never text."""
    data = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return sha256(data).hexdigest()[:32]


def derive(seed: int, *parts: str) -> int:
    """A 63-bit seed for the purpose and the key in `parts`."""
    return int(row_id(str(seed), *parts)[:16], 16) >> 1


def order_key(*parts: str) -> str:
    """64 hex digits of SHA-256 over the parts joined by "/": a fixed random order of whatever the parts name."""
    return sha256("/".join(parts).encode()).hexdigest()
