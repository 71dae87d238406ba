"""What the report is told of the masking policy in force: an action by type, and how its own types are found.

Told by whoever calls the report, so that its own patterns stay independent of the masker's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

CUSTOM = "custom_"
"""Begins the slice of a declared type, so that it never meets one of the report's own."""

FindDeclared = Callable[[Sequence[str]], list[list[tuple[int, int, str]]]]
"""[start, end) and type, in capitals, of what the policy's own types find in each text."""


def _nothing(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
    return [[] for _ in texts]


@dataclass(frozen=True)
class InForce:
    """`actions`: in words, by type in capitals; empty where nothing is known. `declared`: types of the policy's own.

    `find` finds those declared types that are to be hidden.
    """

    actions: Mapping[str, str] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    find: FindDeclared = _nothing


UNKNOWN = InForce()
"""Nothing is known of the masking policy."""
