"""Generates new documents for a label from public templates.

A prompt holds a label and attributes chosen here, and no text of any document. A label that few
documents carry could point at one of them, so it stays out of prompts.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from resources.models.protocols import CausalLM, Sampling
from synth_assets.augmentation.documents import Document
from synth_assets.augmentation.filters.meaning import Embeddings
from synth_assets.augmentation.filters.novelty import copied_ngrams
from synth_assets.augmentation.filters.text import leftover_tokens, repetition
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.structure import count_sentences, parse, texts_of
from synth_assets.records import Row
from synth_assets.text.draws import derive, row_id
from synth_assets.text.words import words

if TYPE_CHECKING:
    import numpy as np

PARENT = "generated"
_KINDS = ("news brief", "short report", "short summary", "short explanation", "short announcement")
_REGISTERS = ("plain", "formal", "friendly")
_LENGTHS = ("two sentences", "three sentences", "four sentences")
_TOPICS = ("work", "travel", "health", "money", "home", "school", "food", "the weather")
_LABEL = re.compile(r"[A-Za-z][A-Za-z &/_-]{1,39}")
_LAST_END = re.compile(r".*[.!?][\"'”’)]*", re.DOTALL)
_MAX_TOKENS = 96
_TEMPERATURE = 0.7


@dataclass(frozen=True)
class Brief:
    """What a document is to be about and how it is written, in public words; `turn` counts uses of one prompt."""

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


def briefs(documents: Sequence[Document], policy: AugmentationPolicy, seed: int) -> list[Brief]:
    """`generated_per_label` briefs for each frequent label; without any label, for everyday topics instead."""
    counts = Counter(document.row["label"] for document in documents)
    labels: list[str | None] = sorted(
        label
        for label, count in counts.items()
        if label and count >= policy.label_documents_min and _LABEL.fullmatch(label)
    )
    unlabeled: list[str | None] = [None] if documents and set(counts) == {None} else []
    return [brief for label in labels or unlabeled for brief in _briefs_of(label, policy.generated_per_label, seed)]


def generate(wanted: Sequence[Brief], policy: AugmentationPolicy, seed: int, lm: CausalLM) -> list[Row]:
    """One row a brief, unfiltered; text is cut after its last whole sentence."""
    texts: dict[Brief, str] = {}
    for turn in sorted({brief.turn for brief in wanted}):
        group = [brief for brief in wanted if brief.turn == turn]
        prompts = [lm.render_chat([{"role": "user", "content": brief.prompt}], True) for brief in group]
        texts.update(zip(group, lm.generate(prompts, _sampling(derive(seed, PARENT, str(turn)))), strict=True))
    return [_row(brief, texts[brief], policy, seed) for brief in wanted]


def reject_reason(
    row: Row,
    policy: AugmentationPolicy,
    known: set[tuple[str, ...]],
    centroids: Mapping[str, "np.ndarray"],
    embeddings: Embeddings,
) -> str | None:
    """Why a generated row is dropped, cheapest first; `copied` is a 13-gram in common with an input document."""
    text = row["text"]
    if leftover_tokens(text) or re.search(r"\[[^\]]*\]", text):
        return "format"
    if len(words(text)) < policy.generated_words_min:
        return "length"
    if repetition(text, policy):
        return "degenerate"
    if copied_ngrams(text, known):
        return "copied"
    if row["label"] in centroids and _nearest(text, policy, centroids, embeddings) != row["label"]:
        return "label"
    return None


def label_centroids(documents: Sequence[Document], embeddings: Embeddings) -> dict[str, "np.ndarray"]:
    """Mean document vector of each label; empty for fewer than two labels, where nothing can be confused."""
    sums: dict[str, np.ndarray] = {}
    for document in documents:
        lines = texts_of(document.segments)
        if document.row["label"] and lines:
            embeddings.add(lines)
            vector = embeddings.pooled(lines)
            sums[document.row["label"]] = sums.get(document.row["label"], 0.0) + vector
    return {label: total / float((total @ total) ** 0.5) for label, total in sums.items()} if len(sums) > 1 else {}


def _nearest(
    text: str, policy: AugmentationPolicy, centroids: Mapping[str, "np.ndarray"], embeddings: Embeddings
) -> str:
    segments = parse(text, policy.sentence_words_min, policy.sentence_words_max)
    lines = texts_of(segments)
    embeddings.add(lines)
    vector = embeddings.pooled(lines)
    return max(sorted(centroids), key=lambda label: float(vector @ centroids[label]))


def _briefs_of(label: str | None, count: int, seed: int) -> list[Brief]:
    """Attributes are drawn without repetition as far as they reach: one prompt and seed give one sample."""
    draw = random.Random(derive(seed, PARENT, label or ""))
    topics = (label.replace("_", " "),) if label else _TOPICS
    attributes = list(product(topics, _KINDS, _REGISTERS, _LENGTHS))
    draw.shuffle(attributes)
    rounds = (divmod(index, len(attributes)) for index in range(count))
    return [Brief(label, index, turn, *attributes[place]) for index, (turn, place) in enumerate(rounds)]


def _sampling(seed: int) -> Sampling:
    return Sampling(_MAX_TOKENS, temperature=_TEMPERATURE, stop=("<|im_end|>",), seed=seed)


def _row(brief: Brief, text: str, policy: AugmentationPolicy, seed: int) -> Row:
    whole = _LAST_END.match(text.strip())
    kept = whole[0] if whole else ""
    who = row_id(PARENT, brief.label or "", str(brief.index), str(seed))
    segments = parse(kept, policy.sentence_words_min, policy.sentence_words_max)
    params = {"index": brief.index, "kind": brief.kind, "length": brief.length, "register": brief.register}
    return {
        "id": row_id("augmented", who),
        "source_doc": who,
        "subject": who,
        "role": "document",
        "parent": PARENT,
        "text": kept,
        "label": brief.label,
        "language": policy.language,
        "sentences": count_sentences(segments),
        "sentences_changed": count_sentences(segments),
        "recipe": "generation",
        "params": json.dumps({**params, "seed": seed}, sort_keys=True, separators=(",", ":")),
        "scores": {"words": float(len(words(kept)))},
    }
