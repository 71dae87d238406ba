"""Puts rewritten sentences into their document and filters the result as a whole."""

import json
from collections import Counter
from collections.abc import Mapping

from synth_assets.augmentation.documents import Document
from synth_assets.augmentation.filters.meaning import Embeddings
from synth_assets.augmentation.filters.novelty import longest_run, unchanged_share
from synth_assets.augmentation.filters.text import length_ratio
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.recipes.rewriting import Rewriting
from synth_assets.augmentation.structure import Kind, count_sentences, reassemble
from synth_assets.records import Rejected, Row
from synth_assets.text.draws import row_id


def assemble(
    document: Document,
    rewritings: Mapping[int, Rewriting],
    policy: AugmentationPolicy,
    seed: int,
    embeddings: Embeddings,
) -> Row | Rejected:
    """The augmented row of a document, or why there is none: `not_novel` or `document_similarity`."""
    text = reassemble(document.segments, {index: found.text for index, found in rewritings.items()})
    row = _row(document, rewritings, policy, seed, text)
    if not rewritings:
        return reject(row, "not_novel")
    scores = {
        "similarity": _similarity(document, rewritings, embeddings),
        "novelty": 1.0 - unchanged_share(document.text, text, document.terms),
        "longest_run": float(longest_run(document.text, text, document.terms)),
        "length_ratio": length_ratio(document.text, text),
    }
    deltas = [found.logprob_delta for found in rewritings.values() if found.logprob_delta is not None]
    if deltas:
        scores["mean_logprob_delta"] = sum(deltas) / len(deltas)
    if 1.0 - scores["novelty"] > policy.unchanged_share_max or scores["longest_run"] > policy.longest_run_max:
        return reject(row, "not_novel")
    if scores["similarity"] < policy.document_similarity_min:
        return reject(row, "document_similarity")
    return {**row, "scores": scores}


def reject(row: Row, reason: str) -> Rejected:
    """An augmented row that is not released, kept with its reason."""
    return Rejected(row["id"], row["source_doc"], row["subject"], row["role"], reason, text=row["text"])


def _row(
    document: Document, rewritings: Mapping[int, Rewriting], policy: AugmentationPolicy, seed: int, text: str
) -> Row:
    by_recipe = Counter(found.recipe for found in rewritings.values())
    recipe = "paraphrase" if by_recipe["paraphrase"] else "back_translation"
    params = {"input": policy.input, "pivot": policy.pivot, "sentences": dict(by_recipe), "seed": seed}
    copied = {name: document.row[name] for name in ("source_doc", "subject", "role", "label", "language")}
    return {
        "id": row_id("augmented", recipe, document.id, str(seed)),
        **copied,
        "parent": document.id,
        "text": text,
        "sentences": count_sentences(document.segments),
        "sentences_changed": len(rewritings),
        "recipe": recipe,
        "params": json.dumps(params, sort_keys=True, separators=(",", ":")),
    }


def _similarity(document: Document, rewritings: Mapping[int, Rewriting], embeddings: Embeddings) -> float:
    lines = {i: segment.text for i, segment in enumerate(document.segments) if segment.kind is not Kind.GAP}
    changed = {i: rewritings[i].text if i in rewritings else text for i, text in lines.items()}
    embeddings.add([*lines.values(), *changed.values()])
    return float(embeddings.pooled(list(lines.values())) @ embeddings.pooled(list(changed.values())))
