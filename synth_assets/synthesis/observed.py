"""What a masked document shows: units of its form and the content words of its prose, without any identifier."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from resources.models.protocols import Span
from synth_assets.records import Row
from synth_assets.synthesis.sketch import Unit
from synth_assets.synthesis.slots import between_slots, slot_edits, slotted, unslotted
from synth_assets.text.layout import Form, block_sentences, blocks
from synth_assets.text.words import stop_words, words

PROSE_WORDS = (8, 15, 30, 60, 120)
"""Lengths of prose in a form, in words: the nearest stands for the real one."""
_WORD_MIN = 3


@dataclass(frozen=True)
class Piece:
    """A sentence of prose or a line, with slots for its identifiers.

    Attributes:
        before: what separates it from the piece before.
        form: of its block.
        text: as written, with slots.
    """

    before: str
    form: Form
    text: str


@dataclass(frozen=True)
class Observed:
    """A masked document as pieces, with the number of its subject."""

    subject: int
    label: str | None
    pieces: tuple[Piece, ...]

    def units(self, fixed: Collection[str]) -> tuple[Unit, ...]:
        """The form: pieces that are `fixed` as they are, a title, and prose by length; other lines are left out."""
        units: list[Unit] = []
        for piece in self.pieces:
            if piece.text in fixed:
                units.append(Unit(piece.before if units else "", "fixed", piece.text))
            elif piece.form is Form.PROSE:
                _add_prose(units, piece)
            elif piece.form is Form.LINE and not units:
                units.append(Unit("", "title"))
        return tuple(unit._replace(words=_nearest(unit.words)) if unit.kind == "prose" else unit for unit in units)

    def content(self, fixed: Collection[str]) -> list[str]:
        """Content words of the prose that is not fixed: lower case, each once, in order."""
        prose = " ".join(unslotted(piece.text) for piece in self.pieces if piece.text not in fixed)
        return list(dict.fromkeys(word for word in words(prose) if is_content(word)))

    def passages(self) -> Iterator[str]:
        """Prose without a break: sentences, and their parts between identifiers."""
        for piece in self.pieces:
            if piece.form is Form.PROSE:
                yield from between_slots(piece.text)


def is_content(word: str) -> bool:
    """Whether a folded word may be a keyword: letters alone, at least three, and no stop word."""
    return len(word) >= _WORD_MIN and word.isalpha() and word not in stop_words()


def observe(row: Row, subject: int) -> Observed:
    """Parse a MASKED_CORPUS row."""
    text, edits = str(row["text"]), slot_edits(row)
    pieces: list[Piece] = []
    before, at = "", 0
    for block in blocks(text):
        start, at = at, at + len(block.text)
        if not block.text.strip():
            before = "\n\n" if pieces else ""
            continue
        for a, b in _pieces(block.text, block.form):
            shown = _unwrapped(slotted(text, edits, start + a, start + b))
            if shown:
                pieces.append(Piece(before, block.form, shown))
                before = " "
        before = "\n"
    return Observed(subject, row["label"], tuple(pieces))


def _pieces(block: str, form: Form) -> list[Span]:
    """The sentences of a block of prose, the first with its list marker; any other block whole."""
    spans = block_sentences(block) if form is Form.PROSE else []
    indent = len(block) - len(block.lstrip())
    return [(indent, spans[0][1]), *spans[1:]] if spans else [(indent, len(block.rstrip()))]


def _unwrapped(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text).strip()


def _add_prose(units: list[Unit], piece: Piece) -> None:
    size = len(words(piece.text))
    if units and units[-1].kind == "prose" and piece.before == " ":
        units[-1] = units[-1]._replace(words=units[-1].words + size)
    else:
        units.append(Unit(piece.before if units else "", "prose", words=size))


def _nearest(size: int) -> int:
    return min(PROSE_WORDS, key=lambda length: abs(length - size))
