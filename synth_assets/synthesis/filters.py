"""Why a written document is dropped. The first filters look at the text alone; two compare it with the corpus.

Those two serve k-anonymous synthesis and may not be used where differential privacy is claimed: what a private filter
lets through is no post-processing.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from resources.config import StrictModel
from resources.expectations.shapes import find_direct
from resources.models.protocols import SentenceEncoder
from synth_assets.synthesis.support import Support
from synth_assets.text.repetition import repeats_itself
from synth_assets.text.words import ngrams, words

WINDOW = 8
"""Words in a row that fewer than k subjects have written may not be written again."""
_LEFTOVER = re.compile(
    r"<\||\[[A-Z_]+\]|https?://(?![\w.-]*\bexample\.(?:com|net|org)(?!\.?[\w-]))"
    r"|\b(?:as an ai|language model)\b",
    re.IGNORECASE,
)
"""What a model leaves that follows no example; addresses of domains for documentation are values of slots."""


class FilterPolicy(StrictModel):
    """What a written document must be like."""

    words_min: int = Field(4, ge=1, description="Shorter documents are dropped")
    repeated_trigram_max: int = Field(3, ge=1, description="Times one word 3-gram may occur in a document")
    distinct_bigrams_min: float = Field(0.6, ge=0, le=1, description="Distinct word 2-grams over all 2-grams")
    compression_max: float = Field(3.0, gt=1, description="Bytes over deflated bytes of a document")


def text_reason(text: str, policy: FilterPolicy) -> str:
    """`length`, `format`, `degenerate` or `direct_identifier`; empty for a text that passes."""
    if len(words(text)) < policy.words_min:
        return "length"
    if _LEFTOVER.search(text):
        return "format"
    if repeats_itself(text, policy.repeated_trigram_max, policy.distinct_bigrams_min, policy.compression_max):
        return "degenerate"
    return "direct_identifier" if any(True for _ in find_direct(text)) else ""


class RareWindows:
    """Runs of `WINDOW` words that at least one subject and fewer than `k` have written.

    Args:
        texts: (subject, text) of every document.
        k: subjects from which a run is common.
    """

    def __init__(self, texts: Sequence[tuple[int, str]], k: int) -> None:
        support: Support[tuple[str, ...]] = Support()
        for subject, text in texts:
            for gram in ngrams(words(text), WINDOW):
                support.add(gram, subject)
        common = support.at_least(k)
        self._rare = frozenset(gram for gram in support if gram not in common)

    def occur_in(self, text: str) -> bool:
        """Whether the text holds one of them."""
        return any(gram in self._rare for gram in ngrams(words(text), WINDOW))


def centroids(
    vectors: np.ndarray, labels: Sequence[str | None], subjects: Sequence[int], k: int
) -> dict[str, np.ndarray]:
    """Mean vector of the documents of each label that `k` subjects have; empty for fewer than two labels."""
    people: Support[str] = Support()
    rows: dict[str, list[int]] = {}
    for row, (label, subject) in enumerate(zip(labels, subjects, strict=True)):
        if label is not None:
            people.add(label, subject)
            rows.setdefault(label, []).append(row)
    means = {label: vectors[rows[label]].mean(axis=0) for label in sorted(people.at_least(k))}
    return (
        {label: mean / max(float(np.linalg.norm(mean)), 1e-12) for label, mean in means.items()}
        if len(means) > 1
        else {}
    )


def off_label(
    texts: Sequence[str], labels: Sequence[str | None], means: Mapping[str, np.ndarray], encoder: SentenceEncoder
) -> list[bool]:
    """Whether each text is nearer to the documents of another label; never for a label without a mean."""
    if not means or not texts:
        return [False] * len(texts)
    place: Mapping[str | None, int] = {name: number for number, name in enumerate(means)}
    similar = encoder.encode(texts) @ np.stack(list(means.values())).T
    return [label in place and bool(row.max() > row[place[label]]) for label, row in zip(labels, similar, strict=True)]
