"""What two masking policies do to the same documents: counts, places that differ, and a page that shows them.

Counts and places hold no text. The page holds raw text and must stay in the lake.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from synth_assets.records import Output, Row

NOTHING = "-"
"""The action for characters that a policy does not take for an identifier."""
_MOST_DOCUMENTS = 100


@dataclass(frozen=True)
class Side:
    """The result of one policy.

    Attributes:
        masked: documents masked.
        rejected: documents rejected, by reason.
        mentions: mentions in documents that both policies masked.
        hidden: share of the characters of these documents that were replaced by something else.
    """

    masked: int
    rejected: Mapping[str, int]
    mentions: int
    hidden: float


@dataclass(frozen=True)
class Change:
    """Number of mentions of one type with the same action by the first policy and by the second."""

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

    Attributes:
        before: the result of the first policy.
        after: the result of the second policy.
        changes: counts over documents that both masked; differences come first, then the largest.
        documents: id and spans by both policies of each document that differs.
    """

    before: Side
    after: Side
    changes: tuple[Change, ...]
    documents: tuple[tuple[str, Sequence[Row], Sequence[Row]], ...]


def compare(raw: Sequence[Row], before: Output, after: Output) -> Comparison:
    """Compare the outputs of two policies for the rows `raw` of the raw corpus."""
    texts = {row["source_doc"]: row["text"] for row in raw}
    first, second = ({row["source_doc"]: row for row in output.rows} for output in (before, after))
    both = sorted(first.keys() & second.keys())
    counts: Counter[tuple[str, str, str]] = Counter()
    documents = []
    for name in both:
        old, new = first[name]["spans"], second[name]["spans"]
        changed = _changes(old, new)
        counts.update(changed)
        if any(a != b for _, a, b in changed):
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
    """(type, action before, action after) of every mention; overlapping mentions of one type are the same mention."""
    changes, matched = [], set()
    for span in old:
        twin = next((i for i, other in enumerate(new) if i not in matched and _is_same(span, other)), None)
        if twin is not None:
            matched.add(twin)
        changes.append((span["type"], span["action"], NOTHING if twin is None else new[twin]["action"]))
    return changes + [(span["type"], NOTHING, span["action"]) for i, span in enumerate(new) if i not in matched]


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


class Piece(NamedTuple):
    """A part of a document; outside mentions `kind` is empty."""

    text: str
    kind: str
    before: str
    after: str


def render(comparison: Comparison, texts: Mapping[str, str], names: tuple[str, str], title: str) -> str:
    """A self-contained page of the documents that differ; every text is escaped.

    Args:
        comparison: the two policies on the documents.
        texts: raw text by `source_doc`.
        names: names of the two policies.
        title: names the documents.
    """
    environment = Environment(
        loader=PackageLoader("synth_assets.masking.comparison", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = comparison.documents[:_MOST_DOCUMENTS]
    return environment.get_template("comparison.html").render(
        title=title,
        names=names,
        comparison=comparison,
        documents=[(name, pieces(texts[name], old, new)) for name, old, new in shown],
        left_out=len(comparison.documents) - len(shown),
    )


def pieces(text: str, old: Sequence[Row], new: Sequence[Row]) -> list[Piece]:
    """The text, split at both ends of every mention, with the type and both actions of each part."""
    ends = sorted({0, len(text), *(span[end] for span in (*old, *new) for end in ("start", "end"))})
    parts = []
    for start, end in pairwise(ends):
        over = [next((s for s in spans if s["start"] <= start < s["end"]), None) for spans in (old, new)]
        kinds = dict.fromkeys(span["type"] for span in over if span)
        before, after = (span["action"] if span else NOTHING for span in over)
        parts.append(Piece(text[start:end], "/".join(kinds), before, after))
    return parts
