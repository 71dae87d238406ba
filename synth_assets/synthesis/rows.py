"""Rows of documents that nobody wrote: they name themselves as source and subject, and no row as their parent."""

from synth_assets.records import Row
from synth_assets.text.draws import row_id
from synth_assets.text.sentences import sentences
from synth_assets.text.words import words

SYNTHESIZED = "synthesized"
"""The parent of a row that was written from a sketch."""
RECIPE = "synthesis"


def synthesized_row(key: str, text: str, label: str | None, language: str, params: str) -> Row:
    """An AUGMENTED_CORPUS row; `key` names the document, `params` is JSON."""
    size = len(sentences(text))
    return {
        "id": row_id("augmented", key),
        "source_doc": key,
        "subject": key,
        "role": "document",
        "parent": SYNTHESIZED,
        "text": text,
        "label": label,
        "language": language,
        "sentences": size,
        "sentences_changed": size,
        "recipe": RECIPE,
        "params": params,
        "scores": {"words": float(len(words(text)))},
    }
