"""Extractive summaries: the highest-ranked sentences of a passage, in their order."""

from collections.abc import Sequence

import numpy as np

from resources.models.protocols import SentenceEncoder
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.policy import TaskPolicy
from synth_assets.instructions.tasks.textrank import rank
from synth_assets.text.words import words

_FEWEST_SENTENCES = 4
_FEWEST_WORDS = 6
_NUMBERS = ("zero", "one", "two", "three", "four", "five")


def summarize(found: Sequence[Passage], encoder: SentenceEncoder, policy: TaskPolicy) -> list[Draft]:
    """One summary a source document, of its first passage with at least four sentences.

    It has a third of the sentences, `summary_sentences` at most.
    """
    first: dict[str, Passage] = {}
    for passage in found:
        if len(passage.sentences) >= _FEWEST_SENTENCES:
            first.setdefault(passage.source.source_doc, passage)
    long_enough = list(first.values())
    texts = [p.text[start:end] for p in long_enough for start, end in p.sentences]
    vectors = encoder.encode(texts) if texts else np.empty((0, 1))
    drafts = []
    at = 0
    for passage in long_enough:
        scores = rank(vectors[at : at + len(passage.sentences)])
        at += len(passage.sentences)
        draft = _draft(passage, scores, policy.summary_sentences)
        drafts += [draft] if draft else []
    return drafts


def _draft(passage: Passage, scores: np.ndarray, most: int) -> Draft | None:
    text = passage.text
    count = min(most, len(passage.sentences) // 3)
    order = sorted(range(len(scores)), key=lambda i: (-round(float(scores[i]), 9), i))
    # A heading or an exclamation says too little to stand for the text.
    chosen = [i for i in order if len(words(text[slice(*passage.sentences[i])])) >= _FEWEST_WORDS][:count]
    if len(chosen) < count:
        return None
    spans = tuple(passage.sentences[i] for i in sorted(chosen))
    output = " ".join(text[start:end] for start, end in spans)
    return Draft(
        source=passage.source,
        task="summarize",
        recipe="summarize_textrank",
        key=passage.key,
        input=text,
        output=output,
        gist=output,
        grounding=spans,
        slots={"length": f"{_NUMBERS[count]} sentence{'s' if count > 1 else ''}"},
        params={"sentences": count, "start": passage.start},
    )
