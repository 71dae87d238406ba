"""Mentions of identifiers, and how overlapping ones are resolved."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

Detector = Literal["pattern", "presidio", "ner", "cue", "gazetteer"]

DECLARED, CHECKED, PATTERN, MODEL, CUE = 4, 3, 2, 1, 0
UNKNOWN = -2  # below linking, which knows the type
FAMILIES: Mapping[Detector, int] = {name: 1 << i for i, name in enumerate(get_args(Detector))}
"""Detector families, each with its bit in `Mention.seen`."""
_EDGE = " \t\r\n.,;:!?\"'“”‘’()[]{}<>«»-–—/|*"
_WORTH_MASKING = re.compile(r"[A-Z\d]|[^\W\d_a-z]")
_LEFTOVER_TYPES = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NAME", "ADDRESS", "ID", "CASE", "PHONE"})


class Mention(NamedTuple):
    """An identifier at `text[start:end]`, in code points.

    Attributes:
        type: kind of identifier.
        score: in [0, 1].
        detector: which found it.
        rank: of the detector; of overlapping mentions the higher rank wins.
        seen: bits of the families (`FAMILIES`) that found something there, of whatever type; 0 where only linking did.
    """

    start: int
    end: int
    type: str
    score: float
    detector: str
    rank: int
    seen: int = 0

    @property
    def length(self) -> int:
        return self.end - self.start


def resolve(text: str, mentions: Iterable[Mention]) -> list[Mention]:
    """Non-overlapping mentions by start: higher rank wins, then the longer, then the earlier one.

    The part of a loser that no winner covers is kept as a shorter mention if it holds a capital or a digit, so that a
    pattern inside a longer name never uncovers the rest of the name.
    """
    order = sorted(mentions, key=lambda m: (-m.rank, -m.length, m.start, -m.score, m.type, m.detector))
    taken: list[Mention] = []
    owner = bytearray(len(text))
    for mention in order:
        for start, end in _free(owner, mention.start, mention.end):
            piece = trim(text, mention._replace(start=start, end=end))
            if piece and (piece.length == mention.length or _is_worth_keeping(text, piece)):
                taken.append(piece)
                owner[piece.start : piece.end] = b"\x01" * piece.length
    return sorted(taken, key=lambda m: m.start)


def with_families(text: str, mentions: Iterable[Mention], found: Mapping[Detector, Sequence[Mention]]) -> list[Mention]:
    """The mentions with the detector families whose findings overlap each.

    A capital alone (rank UNKNOWN) does not count as a second family: whoever sees names sees capitals.

    Args:
        text: that they are in.
        mentions: after overlaps were resolved.
        found: by family, before overlaps were resolved.
    """
    covers = []
    for family, findings in found.items():
        known = (finding for finding in findings if finding.rank != UNKNOWN)
        covers.append((FAMILIES[family], cover(text, known)))
    return [
        mention._replace(seen=sum(bit for bit, covered in covers if covered.find(1, mention.start, mention.end) >= 0))
        for mention in mentions
    ]


def cover(text: str, mentions: Iterable[Mention]) -> bytearray:
    """For each character of the text, 1 where a mention has it."""
    covered = bytearray(len(text))
    for mention in mentions:
        covered[mention.start : mention.end] = b"\x01" * mention.length
    return covered


def trim(text: str, mention: Mention) -> Mention | None:
    """The mention without punctuation and spaces at its ends; None if nothing is left."""
    if mention.rank >= PATTERN:
        return mention if mention.length > 0 else None
    surface = text[mention.start : mention.end].rstrip(_EDGE)
    start = mention.start + len(surface) - len(surface.lstrip(_EDGE))
    return mention._replace(start=start, end=mention.start + len(surface)) if surface else None


def _free(owner: bytearray, start: int, end: int) -> list[tuple[int, int]]:
    """Maximal runs of [start, end) that no mention covers yet."""
    runs = []
    while (begin := owner.find(b"\x00", start, end)) >= 0:
        stop = owner.find(b"\x01", begin, end)
        stop = end if stop < 0 else stop
        runs.append((begin, stop))
        start = stop
    return runs


def _is_worth_keeping(text: str, piece: Mention) -> bool:
    surface = text[piece.start : piece.end]
    return piece.type in _LEFTOVER_TYPES and piece.length > 1 and bool(_WORTH_MASKING.search(surface))
