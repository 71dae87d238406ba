"""What a filter of rewritten sentences declares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resources.config import StrictModel


@dataclass(frozen=True)
class Pair:
    """A sentence, its proposed rewriting, and terms (names) that must stay as they are."""

    source: str
    rewriting: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """Drops a rewriting by comparing the two texts, without a model.

    Args:
        reason: Why the rewriting is dropped, as figures name it.
        order: Place among the filters, cheapest first.
        drops: Whether to drop the pair. It gets the stage's policy, which has the fields of `settings`.
        settings: Policy keys of the filter, with their defaults and descriptions.
    """

    reason: str
    order: int
    drops: Callable[[Pair, Any], bool]
    settings: type[StrictModel] = StrictModel
