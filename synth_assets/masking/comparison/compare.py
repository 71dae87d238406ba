"""What two masking policies do to the same documents: counts, and the places that differ.

How documents are chosen and shown belongs to the caller; counts hold no text, places do not either.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth_assets.records import Output, Row

NOTHING = "-"
"""The action for characters that a policy takes for no identifier."""


@dataclass(frozen=True)
class Side:
    """One policy's work: documents masked, documents rejected by reason, share of characters hidden.

    `hidden`: characters that were replaced by something else, over the characters of the documents that both
    policies masked.
    """

    masked: int
    rejected: Mapping[str, int]
    mentions: int
    hidden: float


@dataclass(frozen=True)
class Change:
    """Mentions of one type: what the first policy does with them, what the second does, how many there are."""

    type: str
    before: str
    after: str
    mentions: int

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Comparison:
    """Two policies on the same documents.

    `changes`: the most first, over documents that both masked. `documents`: of those that come out differently, the
    id with the spans of both sides.
    """

    before: Side
    after: Side
    changes: tuple[Change, ...]
    documents: tuple[tuple[str, Sequence[Row], Sequence[Row]], ...]


def compare(raw: Sequence[Row], before: Output, after: Output) -> Comparison:
    """Compare what two policies made of the RAW_CORPUS rows `raw`."""
    texts = {row["source_doc"]: row["text"] for row in raw}
    first, second = ({row["source_doc"]: row for row in output.rows} for output in (before, after))
    both = sorted(first.keys() & second.keys())
    counts: Counter[tuple[str, str, str]] = Counter()
    documents = []
    for name in both:
        old, new = first[name]["spans"], second[name]["spans"]
        found = _changes(old, new)
        counts.update(found)
        if any(a != b for _, a, b in found):
            documents.append((name, old, new))
    changes = [Change(*key, n) for key, n in counts.items()]
    order = sorted(changes, key=lambda c: (not c.differs, -c.mentions, c.type, c.before, c.after))
    length = sum(len(texts[name]) for name in both)
    return Comparison(
        _side(before, [first[name] for name in both], texts, length),
        _side(after, [second[name] for name in both], texts, length),
        tuple(order),
        tuple(documents),
    )


def _changes(old: Sequence[Row], new: Sequence[Row]) -> list[tuple[str, str, str]]:
    """(type, action before, action after) of every mention; a mention of both lies over one of the same type."""
    found, met = [], set()
    for span in old:
        twin = next((i for i, other in enumerate(new) if i not in met and _is_same(span, other)), None)
        if twin is not None:
            met.add(twin)
        found.append((span["type"], span["action"], NOTHING if twin is None else new[twin]["action"]))
    return found + [(span["type"], NOTHING, span["action"]) for i, span in enumerate(new) if i not in met]


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["type"] == other["type"] and one["start"] < other["end"] and other["start"] < one["end"])


def _side(output: Output, rows: Sequence[Row], texts: Mapping[str, str], length: int) -> Side:
    hidden = sum(
        span["end"] - span["start"]
        for row in rows
        for span in row["spans"]
        if texts[row["source_doc"]][span["start"] : span["end"]] != row["text"][span["out_start"] : span["out_end"]]
    )
    reasons = Counter(item.reason for item in output.rejected)
    mentions = sum(len(row["spans"]) for row in rows)
    return Side(len(output.rows), dict(sorted(reasons.items())), mentions, hidden / max(1, length))
