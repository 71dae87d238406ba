"""The kinds and the rules that the modules of this package declare."""

from collections.abc import Iterator, Mapping
from functools import cache

from resources.discovery import discover_records
from resources.expectations.shapes import find_direct
from synth_assets.masking.kinds.kind import Finder, Kind
from synth_assets.masking.mentions import CHECKED, PATTERN, Detector, Mention


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name in capitals, in the order of the policy's keys."""
    declared = discover_records("synth_assets.masking.kinds", Kind)
    return {kind.name: kind for kind in sorted(declared, key=lambda kind: kind.order)}


@cache
def closed_sets() -> frozenset[str]:
    """Names of the kinds whose values come from a closed set."""
    return frozenset(kind.name for kind in kinds().values() if kind.closed)


@cache
def finders(family: Detector) -> tuple[Finder, ...]:
    """The rules of a detector family besides patterns."""
    return tuple(f for f in discover_records("synth_assets.masking.kinds", Finder) if f.family == family)


def find(family: Detector, text: str) -> Iterator[Mention]:
    """What the rules of a detector family find, overlaps included."""
    if family == "pattern":
        yield from find_patterns(text)
    for finder in finders(family):
        yield from finder.find(text)


def find_patterns(text: str) -> Iterator[Mention]:
    """Every match of every kind's patterns, overlaps included; what the gate would refuse is always among them."""
    for kind in kinds().values():
        for pattern in kind.patterns:
            for start, end, certain in pattern.find(text):
                score, rank = (1.0, CHECKED) if certain else (pattern.score, PATTERN)
                yield Mention(start, end, kind.name, score, "pattern", rank)
    for start, end, name in find_direct(text):
        yield Mention(start, end, name, 0.9, "pattern", PATTERN)
