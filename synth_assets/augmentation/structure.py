"""Splits a document into sentences that may be rewritten and everything else, and puts it together again.

Headings, tables, quoted lines, code, list markers, very short lines and all whitespace are kept to
the byte. What a rewriting may look like is `filters`' business.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from synth_assets.text.sentences import sentences


class Kind(Enum):
    """What may be done with a segment."""

    PROSE = "prose"
    KEPT = "kept"
    GAP = "gap"


@dataclass(frozen=True)
class Segment:
    """A piece of a document; the pieces of a document join to it."""

    text: str
    kind: Kind


_FENCE = re.compile(r"\s*(```|~~~)")
_MARKER = re.compile(r"\s*(?:[-*+•–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+")
_QUOTED = re.compile(r"\s*>")
_HEADING = re.compile(r"\s*#{1,6}\s")
_RULE = re.compile(r"[\s=_*~+|:-]+$")
_FIELD = re.compile(r"[A-Z][\w -]{0,24}:\s+\S")
_CODE = re.compile(r"( {4}|\t)\S.*[;{}()=<>]")
_TERMINAL = re.compile(r"[.!?…:;][\"'”’»)\]]*\s*$")
_WRAPPED_LINE = 50  # a line this long without an end mark goes on in the next line
_TITLE_WORDS = 12  # a line without an end mark and no more words than this is a title or a label


def parse(text: str, words_min: int, words_max: int) -> list[Segment]:
    """Segments of `text` in order; prose sentences outside [words_min, words_max] words are KEPT."""
    segments: list[Segment] = []
    for block, is_prose in _blocks(text.splitlines(keepends=True)):
        segments += _prose(block, words_min, words_max) if is_prose else _fixed(block)
    return segments


def reassemble(segments: Sequence[Segment], rewritten: Mapping[int, str]) -> str:
    """Join the segments, taking `rewritten[i]` instead of segment i where it is given."""
    return "".join(rewritten.get(index, segment.text) for index, segment in enumerate(segments))


def texts_of(segments: Sequence[Segment]) -> list[str]:
    """Sentences, headings and lines, without gaps."""
    return [segment.text for segment in segments if segment.kind is not Kind.GAP]


def count_sentences(segments: Sequence[Segment]) -> int:
    """Segments that are sentences, headings or lines, rather than gaps."""
    return len(texts_of(segments))


def _blocks(lines: Sequence[str]) -> list[tuple[str, bool]]:
    """(block, is prose) in order: wrapped prose lines are joined, any other line stands alone."""
    blocks: list[tuple[str, bool]] = []
    in_code = joins = False
    for line in lines:
        is_fence = bool(_FENCE.match(line))
        is_prose = not in_code and not is_fence and _is_prose(line)
        in_code = in_code != is_fence
        if joins and is_prose and line.lstrip()[:1].islower():
            blocks[-1] = (blocks[-1][0] + line, True)
        else:
            blocks.append((line, is_prose))
        joins = is_prose and len(line) >= _WRAPPED_LINE and not _TERMINAL.search(line)
    return [(block, is_prose and not _is_title(block)) for block, is_prose in blocks]


def _is_prose(line: str) -> bool:
    if any(pattern.match(line) for pattern in (_QUOTED, _HEADING, _RULE, _FIELD, _CODE)):
        return False
    return line.count("|") < 2 and line.strip().count("\t") == 0


def _is_title(block: str) -> bool:
    return not _TERMINAL.search(block) and len(block.split()) <= _TITLE_WORDS


def _prose(block: str, words_min: int, words_max: int) -> list[Segment]:
    marker = _MARKER.match(block)
    head = marker.end() if marker else len(block) - len(block.lstrip())
    tail = len(block.rstrip())
    segments: list[Segment] = []
    at = 0
    for start, end in [(s + head, e + head) for s, e in sentences(block[head:tail], wrapped=True)]:
        is_prose = words_min <= len(block[start:end].split()) <= words_max
        segments += [Segment(block[at:start], Kind.GAP)] if start > at else []
        segments.append(Segment(block[start:end], Kind.PROSE if is_prose else Kind.KEPT))
        at = end
    return [*segments, Segment(block[at:], Kind.GAP)] if at < len(block) else segments


def _fixed(block: str) -> list[Segment]:
    return [Segment(block, Kind.KEPT if any(c.isalnum() for c in block) else Kind.GAP)]
