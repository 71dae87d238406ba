"""Slots: where a fixed unit of a form holds an identifier, and how a document's slots are filled with made-up values.

A slot says the type and whether it is the document's main identifier of this type (the person whom a letter is from,
the number that it is about) or another one. The main one has one value in a document, so that salutation and signature
agree; every other slot gets a value of its own. Values come from functions that know nothing of the corpus.
Of a quantity the number alone is a slot: *within 14 days* may become 23 days, and not 80 kg.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import regex

from synth_assets.records import Row
from synth_assets.text.edits import Edit, apply

Plants = Mapping[str, Callable[[random.Random], str]]
"""By type in capitals, a function that makes up a value."""

_OPEN, _CLOSE = "⟦", "⟧"
SLOT = regex.compile(rf"{_OPEN}(?P<type>[A-Z_]+)(?P<word>1?)(?P<other>\*?){_CLOSE}")
_RESERVED = regex.compile(f"[{_OPEN}{_CLOSE}]")
_QUANTITY, _NUMBER = "QUANTITY", "NUMBER"
_LEAST, _MOST = 2, 90
"""Numbers that fill a slot: they suit most units."""
_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million"
)
_COUNT = regex.compile(rf"\d+(?:[.,]\d+)*|\b(?:{'|'.join(_WORDS.split())})(?:[ -](?:{'|'.join(_WORDS.split())}))*\b")
_TITLE = regex.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Madam|Judge|Lord|Lady)\.?\s*$")


def slot_edits(row: Row) -> list[Edit]:
    """What puts a slot in the place of every identifier that masking replaced, in order; kept ones stay words."""
    text = str(row["text"])
    spans = sorted((span for span in row["spans"] or () if span["action"] != "keep"), key=lambda s: s["out_start"])
    main = _main(spans)
    edits: list[Edit] = []
    done = 0
    for span in spans:
        start, end = span["out_start"], span["out_end"]
        if done <= start < end:
            count = _COUNT.search(text, start, end) if span["type"] == _QUANTITY else None
            if count:
                edits.append(Edit(count.start(), count.end(), f"{_OPEN}{_NUMBER}*{_CLOSE}"))
                done = end
                continue
            single = "1" if span["type"] == "PERSON" and " " not in text[start:end].strip() else ""
            other = "" if main[span["type"]] == span["entity"] else "*"
            edits.append(Edit(start, end, f"{_OPEN}{span['type']}{single}{other}{_CLOSE}"))
            done = end
    return edits


def slotted(text: str, edits: Sequence[Edit], start: int, end: int) -> str:
    """`text[start:end]` with slots; one that begins before `start` left its slot there."""
    inside = [Edit(max(start, e.start), min(end, e.end), e.replacement if e.start >= start else "")
              for e in edits if e.start < end and start < e.end]  # fmt: skip
    shifted = [Edit(edit.start - start, edit.end - start, edit.replacement) for edit in inside]
    return apply(_RESERVED.sub(" ", text[start:end]), shifted)[0]


def _main(spans: Sequence[Row]) -> dict[str, int]:
    """The entity of each type that is mentioned most often; among equals the last one, as in a signature."""
    counts = Counter((span["type"], span["entity"]) for span in spans)
    last = {(span["type"], span["entity"]): place for place, span in enumerate(spans)}
    main: dict[str, int] = {}
    for (kind, entity), _ in sorted(counts.items(), key=lambda item: (item[1], last[item[0]])):
        main[kind] = entity
    return main


def unslotted(text: str) -> str:
    """The text with a space for every slot: what is left are words of the corpus."""
    return str(SLOT.sub(" ", text))


def between_slots(text: str) -> list[str]:
    """What stands between the slots of a text."""
    ends = [0, *(place for match in SLOT.finditer(text) for place in match.span()), len(text)]
    return [text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True)]


class Filler:
    """Fills the slots of one document.

    Args:
        plants: make up values.
        rng: of the document.
    """

    def __init__(self, plants: Plants, rng: random.Random) -> None:
        self._plants = plants
        self._rng = rng
        self._main: dict[str, str] = {}
        self._placeholders: Counter[str] = Counter()

    def fill(self, text: str) -> str:
        """`text` with a value in every slot; a type that nobody can make up becomes a placeholder, as in masking."""
        return str(SLOT.sub(lambda match: self._value(match, text), text))

    def person(self) -> str:
        """Another made-up person, for a name that a model wrote."""
        return self._planted("PERSON")

    def _value(self, match: "regex.Match[str]", text: str) -> str:
        kind = match["type"]
        if match["other"]:
            value = self._planted(kind)
        else:
            value = self._main[kind] = self._main.get(kind) or self._planted(kind)
        if not match["word"]:
            return value
        parts = value.split()
        return parts[-1] if _TITLE.search(text, 0, match.start()) else parts[0]

    def _planted(self, kind: str) -> str:
        if kind == _NUMBER:
            return str(self._rng.randint(_LEAST, _MOST))
        plant = self._plants.get(kind)
        if plant:
            return plant(self._rng)
        self._placeholders[kind] += 1
        return f"[{kind}_{self._placeholders[kind]}]"
