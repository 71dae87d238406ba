"""Extractive summaries: the highest-ranked sentences of a passage, in their order."""

import numpy as np
from pydantic import Field

from resources.config import StrictModel
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.task import Material, Task
from synth_assets.text.words import words

_FEWEST_SENTENCES = 4
_FEWEST_WORDS = 6
_NUMBERS = ("zero", "one", "two", "three", "four", "five")


class SummaryPolicy(StrictModel):
    """Size of summaries."""

    summary_sentences: int = Field(2, ge=1, le=5, description="Most sentences in a summary.")


def summarize(material: Material, settings: SummaryPolicy) -> list[Draft]:
    """One summary per source document, of its first passage with at least four sentences.

    A summary has a third of the passage's sentences, at most `summary_sentences`.
    """
    first: dict[str, Passage] = {}
    for passage in material.passages:
        if len(passage.sentences) >= _FEWEST_SENTENCES:
            first.setdefault(passage.source.source_doc, passage)
    texts = [passage.text[start:end] for passage in first.values() for start, end in passage.sentences]
    vectors = material.models.encoder.encode(texts) if texts else np.empty((0, 1))
    drafts: list[Draft] = []
    at = 0
    for passage in first.values():
        scores = rank(vectors[at : at + len(passage.sentences)])
        at += len(passage.sentences)
        draft = _draft(passage, scores, settings.summary_sentences)
        drafts += [draft] if draft else []
    return drafts


def rank(vectors: np.ndarray, damping: float = 0.85, steps: int = 50) -> np.ndarray:
    """Importance of each row of unit vectors, shape (n,), summing to 1. Negative similarities count as zero.

    TextRank: the stationary distribution on the similarity graph (Mihalcea & Tarau 2004).
    """
    count = len(vectors)
    weights = np.clip(vectors.astype(np.float64) @ vectors.astype(np.float64).T, 0, None)
    np.fill_diagonal(weights, 0)
    totals = weights.sum(axis=0)
    # A sentence similar to no other spreads its rank evenly, like a page without links in PageRank.
    transition = np.where(totals > 0, weights / np.where(totals > 0, totals, 1), 1 / count)
    scores = np.full(count, 1 / count)
    for _ in range(steps):
        scores = (1 - damping) / count + damping * transition @ scores
    return scores


def _draft(passage: Passage, scores: np.ndarray, most: int) -> Draft | None:
    text = passage.text
    count = min(most, len(passage.sentences) // 3)
    order = sorted(range(len(scores)), key=lambda i: (-round(float(scores[i]), 9), i))
    # A heading or an exclamation is too short to represent the text.
    chosen = [i for i in order if len(words(text[slice(*passage.sentences[i])])) >= _FEWEST_WORDS][:count]
    if len(chosen) < count:
        return None
    spans = tuple(passage.sentences[i] for i in sorted(chosen))
    output = " ".join(text[start:end] for start, end in spans)
    return Draft(
        source=passage.source,
        task=SUMMARIZE.name,
        recipe="summarize_textrank",
        key=passage.key,
        input=text,
        output=output,
        gist=output,
        grounding=spans,
        slots={"length": f"{_NUMBERS[count]} sentence{'s' if count > 1 else ''}"},
        params={"sentences": count, "start": passage.start},
    )


SUMMARIZE = Task(
    name="summarize",
    order=2,
    purpose="summarization",
    category="summarization",
    draft=summarize,
    grounded=lambda row, spans: bool(spans) and " ".join(spans) == row["output"],
    settings=SummaryPolicy,
    roles=("encoder",),
)
