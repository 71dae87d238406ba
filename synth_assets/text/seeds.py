"""Seeds and ids derived from what they are for, so that no result depends on the order of work."""

import hashlib


def derive(seed: int, *parts: str) -> int:
    """A 63-bit seed for the purpose and key in `parts`."""
    return int(row_id(str(seed), *parts)[:16], 16) >> 1


def fraction(seed: int, *parts: str) -> float:
    """A number in [0, 1) for the purpose and key in `parts`."""
    return derive(seed, *parts) / 2**63


def row_id(*parts: str) -> str:
    """32 hex digits of SHA-256 over the length-prefixed parts; parts are keyed hashes or public words, never text."""
    data = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hashlib.sha256(data).hexdigest()[:32]
