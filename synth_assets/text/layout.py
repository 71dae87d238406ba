"""Splits a text into blocks by its lines: prose, single short lines, and what is set out in another form.

Wrapped lines of prose are one block. Headings, tables, quoted lines, fields and code are no prose.
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from resources.models.protocols import Span
from synth_assets.text.sentences import sentences

_FENCE = re.compile(r"\s*(```|~~~)")
_MARKER = re.compile(r"\s*(?:[-*+•–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+")
_QUOTED = re.compile(r"\s*>")
_HEADING = re.compile(r"\s*#{1,6}\s")
_RULE = re.compile(r"[\s=_*~+|:-]+$")
_FIELD = re.compile(r"[A-Z][\w -]{0,24}:\s+\S")
_CODE = re.compile(r"( {4}|\t)\S.*[;{}()=<>]")
_TERMINAL = re.compile(r"[.!?…:;][\"'”’»)\]]*\s*$")
_WRAPPED_LINE = 50  # a line this long without an end mark continues in the next line
_TITLE_WORDS = 12  # a line without an end mark and no more words than this is a title or a label


class Form(Enum):
    """What a block is: prose; a short line without an end mark, such as a title or a salutation; or anything else."""

    PROSE = "prose"
    LINE = "line"
    OTHER = "other"


class Block(NamedTuple):
    """A line, or several wrapped lines of prose, with the line breaks that end it."""

    text: str
    form: Form


def blocks(text: str) -> list[Block]:
    """The blocks of `text` in order; they join to it. Blank lines are blocks of their own."""
    return [Block(block, _form(block, is_prose)) for block, is_prose in _joined(text.splitlines(keepends=True))]


def block_sentences(block: str) -> list[Span]:
    """Spans of the sentences of a block of prose, without its list marker and the whitespace around it."""
    head = content_start(block)
    return [(start + head, end + head) for start, end in sentences(block[head:].rstrip(), wrapped=True)]


def content_start(block: str) -> int:
    """Where a block begins after its indent and its list marker."""
    marker = _MARKER.match(block)
    return marker.end() if marker else len(block) - len(block.lstrip())


def _joined(lines: Sequence[str]) -> list[tuple[str, bool]]:
    """(block, may be prose) in order: wrapped prose lines are joined, every other line is a block of its own."""
    joined: list[tuple[str, bool]] = []
    in_code = joins = False
    for line in lines:
        is_fence = bool(_FENCE.match(line))
        is_prose = not in_code and not is_fence and _is_prose(line)
        in_code = in_code != is_fence
        if joins and is_prose and line.lstrip()[:1].islower():
            joined[-1] = (joined[-1][0] + line, True)
        else:
            joined.append((line, is_prose))
        joins = is_prose and len(line) >= _WRAPPED_LINE and not _TERMINAL.search(line)
    return joined


def _is_prose(line: str) -> bool:
    special = any(pattern.match(line) for pattern in (_QUOTED, _HEADING, _RULE, _FIELD, _CODE))
    return not special and line.count("|") < 2 and "\t" not in line.strip()


def _form(block: str, is_prose: bool) -> Form:
    if not is_prose:
        return Form.OTHER
    return Form.PROSE if _TERMINAL.search(block) or len(block.split()) > _TITLE_WORDS else Form.LINE
