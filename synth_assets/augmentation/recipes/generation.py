"""Generation: new documents for each label, from public templates.

A prompt contains a label and attributes chosen here, but no text of any document. A label of few documents could
point at one of them, so it never enters a prompt.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from pydantic import Field

from resources.models.protocols import CausalLM, Sampling
from synth_assets.augmentation.documents import Document, DocumentPolicy, parse, texts_of
from synth_assets.augmentation.filters.scores import Embeddings, copied_ngrams, known_ngrams
from synth_assets.augmentation.filters.text import RepetitionPolicy, leftover_tokens, repetition
from synth_assets.augmentation.recipes.recipe import GENERATED, DocumentRecipe, Material, Results, reject
from synth_assets.records import Row
from synth_assets.text.draws import derive, row_id
from synth_assets.text.words import words

_KINDS = ("news brief", "short report", "short summary", "short explanation", "short announcement")
_REGISTERS = ("plain", "formal", "friendly")
_LENGTHS = ("two sentences", "three sentences", "four sentences")
_TOPICS = ("work", "travel", "health", "money", "home", "school", "food", "the weather")
_LABEL = re.compile(r"[A-Za-z][A-Za-z &/_-]{1,39}")
_LAST_END = re.compile(r".*[.!?][\"'”’)]*", re.DOTALL)
_MAX_TOKENS = 96
_TEMPERATURE = 0.7


class GenerationPolicy(DocumentPolicy, RepetitionPolicy):
    """How much is generated."""

    generated_per_label: int = Field(4, ge=0, description="Documents generated for each label (or without labels)")
    generated_words_min: int = Field(25, ge=1, description="Shorter generated documents are dropped")
    label_documents_min: int = Field(5, ge=1, description="A label of fewer documents never enters a prompt")


@dataclass(frozen=True)
class Brief:
    """Topic and form of a document, in public words; `turn` counts uses of one prompt."""

    label: str | None
    index: int
    turn: int
    topic: str
    kind: str
    register: str
    length: str

    @property
    def prompt(self) -> str:
        return f"Write a {self.kind} about {self.topic} in a {self.register} style. Use {self.length} and no names."


def write(material: Material, settings: GenerationPolicy) -> Results:
    """Generated rows, or why there is none; nothing if no label is frequent enough."""
    wanted = briefs(material.documents, settings, material.seed)
    if not wanted:
        return []
    rows = generate(wanted, settings, material.seed, material.models.causal_lm)
    known = known_ngrams([document.text for document in material.documents])
    centroids = label_centroids(material.documents, material.embeddings)
    reasons = [reject_reason(row, settings, known, centroids, material.embeddings) for row in rows]
    return [reject(row, reason) if reason else row for row, reason in zip(rows, reasons, strict=True)]


def briefs(documents: Sequence[Document], settings: GenerationPolicy, seed: int) -> list[Brief]:
    """`generated_per_label` briefs for each frequent label, or for everyday topics if no document has a label."""
    counts = Counter(document.row["label"] for document in documents)
    labels: list[str | None] = sorted(
        label
        for label, count in counts.items()
        if label and count >= settings.label_documents_min and _LABEL.fullmatch(label)
    )
    unlabeled: list[str | None] = [None] if documents and set(counts) == {None} else []
    return [brief for label in labels or unlabeled for brief in _briefs_of(label, settings.generated_per_label, seed)]


def generate(wanted: Sequence[Brief], settings: GenerationPolicy, seed: int, lm: CausalLM) -> list[Row]:
    """One row per brief, unfiltered; the text ends with its last whole sentence."""
    texts: dict[Brief, str] = {}
    for turn in sorted({brief.turn for brief in wanted}):
        group = [brief for brief in wanted if brief.turn == turn]
        prompts = [lm.render_chat([{"role": "user", "content": brief.prompt}], True) for brief in group]
        draw = derive(seed, GENERATED, str(turn))
        sampling = Sampling(_MAX_TOKENS, temperature=_TEMPERATURE, stop=("<|im_end|>",), seed=draw)
        texts.update(zip(group, lm.generate(prompts, sampling), strict=True))
    return [_row(brief, texts[brief], settings, seed) for brief in wanted]


def reject_reason(
    row: Row,
    settings: GenerationPolicy,
    known: set[tuple[str, ...]],
    centroids: Mapping[str, np.ndarray],
    embeddings: Embeddings,
) -> str | None:
    """Why a generated row is dropped, cheapest test first.

    Reasons are `format`, `length`, `degenerate`, `copied` (a 13-gram in common with an input document) and `label` (the
    text is nearer to another label's documents).
    """
    text = row["text"]
    if leftover_tokens(text) or re.search(r"\[[^\]]*\]", text):
        return "format"
    if len(words(text)) < settings.generated_words_min:
        return "length"
    if repetition(text, settings):
        return "degenerate"
    if copied_ngrams(text, known):
        return "copied"
    if row["label"] in centroids:
        lines = texts_of(parse(text, settings.sentence_words_min, settings.sentence_words_max))
        vector = embeddings.pooled(lines)
        nearest = max(sorted(centroids), key=lambda label: float(vector @ centroids[label]))
        return "label" if nearest != row["label"] else None
    return None


def label_centroids(documents: Sequence[Document], embeddings: Embeddings) -> dict[str, np.ndarray]:
    """Mean document vector of each label; empty for fewer than two labels, which cannot be confused."""
    sums: dict[str, np.ndarray] = {}
    for document in documents:
        lines = texts_of(document.segments)
        if document.row["label"] and lines:
            vector = embeddings.pooled(lines)
            sums[document.row["label"]] = sums.get(document.row["label"], 0.0) + vector
    return {label: total / float((total @ total) ** 0.5) for label, total in sums.items()} if len(sums) > 1 else {}


def _briefs_of(label: str | None, count: int, seed: int) -> list[Brief]:
    """Briefs with different attributes as long as there are any: one prompt and seed give one sample."""
    draw = random.Random(derive(seed, GENERATED, label or ""))
    topics = (label.replace("_", " "),) if label else _TOPICS
    attributes = list(product(topics, _KINDS, _REGISTERS, _LENGTHS))
    draw.shuffle(attributes)
    rounds = (divmod(index, len(attributes)) for index in range(count))
    return [Brief(label, index, turn, *attributes[place]) for index, (turn, place) in enumerate(rounds)]


def _row(brief: Brief, text: str, settings: GenerationPolicy, seed: int) -> Row:
    whole = _LAST_END.match(text.strip())
    kept = whole[0] if whole else ""
    who = row_id(GENERATED, brief.label or "", str(brief.index), str(seed))
    sentences = len(texts_of(parse(kept, settings.sentence_words_min, settings.sentence_words_max)))
    params = {"index": brief.index, "kind": brief.kind, "length": brief.length, "register": brief.register}
    return {
        "id": row_id("augmented", who),
        "source_doc": who,
        "subject": who,
        "role": "document",
        "parent": GENERATED,
        "text": kept,
        "label": brief.label,
        "language": settings.language,
        "sentences": sentences,
        "sentences_changed": sentences,
        "recipe": GENERATION.name,
        "params": json.dumps({**params, "seed": seed}, sort_keys=True, separators=(",", ":")),
        "scores": {"words": float(len(words(kept)))},
    }


GENERATION = DocumentRecipe(
    name="generation",
    order=3,
    settings=GenerationPolicy,
    is_on=lambda policy: policy.generated_per_label > 0,
    roles=("causal_lm",),
    write=write,
)
