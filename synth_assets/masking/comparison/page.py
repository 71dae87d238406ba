"""The page of a comparison: documents with the places where two policies differ. It holds raw text: lake only."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from synth_assets.masking.comparison.compare import NOTHING, Comparison
from synth_assets.records import Row

_MOST_DOCUMENTS = 100


class Piece(NamedTuple):
    """A run of a document: outside every mention `kind` is empty."""

    text: str
    kind: str
    before: str
    after: str


def render(comparison: Comparison, texts: Mapping[str, str], names: tuple[str, str], title: str) -> str:
    """One self-contained page; every text is escaped.

    Args:
        comparison: the two policies on the documents.
        texts: raw text by `source_doc`.
        names: what the policies are called.
        title: which documents these are.
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
    """The text cut at every end of a mention, with the type and both actions of each run."""
    ends = sorted({0, len(text), *(span[end] for span in (*old, *new) for end in ("start", "end"))})
    found = []
    for start, end in pairwise(ends):
        a, b = (_over(spans, start) for spans in (old, new))
        kinds = dict.fromkeys(span["type"] for span in (a, b) if span)
        found.append(Piece(text[start:end], "/".join(kinds), _action(a), _action(b)))
    return found


def _over(spans: Sequence[Row], place: int) -> Row | None:
    return next((span for span in spans if span["start"] <= place < span["end"]), None)


def _action(span: Row | None) -> str:
    return str(span["action"]) if span else NOTHING
