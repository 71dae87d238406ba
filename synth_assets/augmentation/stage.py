"""The augmented_corpus stage: from masked rows to augmented rows, every recipe over all documents at once.

Recipes propose sentences, filters judge them, and documents are put together and judged.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.augmentation.artifacts import artifact_auc
from synth_assets.augmentation.audits import violation
from synth_assets.augmentation.documents import (
    INHERITED,
    Document,
    Kind,
    input_text,
    read_documents,
    reassemble,
    texts_of,
)
from synth_assets.augmentation.filters.filter import Pair
from synth_assets.augmentation.filters.scores import Embeddings, logprob_deltas, longest_run, unchanged_share
from synth_assets.augmentation.filters.text import length_ratio
from synth_assets.augmentation.judging import judge
from synth_assets.augmentation.mending import mend_unfitting, mend_unlikely
from synth_assets.augmentation.policy import RECIPES, AugmentationPolicy
from synth_assets.augmentation.recipes.recipe import Material, Place, Recipe, Results, reject
from synth_assets.records import Output, Rejected, Row
from synth_assets.text.draws import derive, row_id
from synth_assets.text.near_duplicates import repeated

STEPS = len(RECIPES) + 2
"""Steps of the stage's progress: the recipes, naturalness, and the rest of the stage."""
_UNNATURAL = "sentence_rejected"
_AVERAGED = ("similarity", "novelty", "length_ratio", "mean_logprob_delta")


@dataclass(frozen=True)
class Rewriting:
    """An accepted rewriting; `logprob_delta` is None if naturalness was not scored."""

    text: str
    recipe: str
    similarity: float
    logprob_delta: float | None = None


Rewritings = dict[Place, Rewriting]


def augment_corpus(
    rows: Sequence[Row], policy: AugmentationPolicy, seed: int, models: Models, progress: Progress
) -> Output:
    """Rewrite documents; the policy sets recipes, filters and budgets.

    Args:
        rows: MASKED_CORPUS rows; rows in another language than the policy's are rejected as `language`.
        policy: Recipes to use, thresholds of the filters, budgets.
        seed: Every random choice derives from it and a row's id, never from the order of rows.
        models: Used are the encoder, the causal LM for naturalness, and the roles of the recipes that are on.
        progress: Called after each step.

    Raises:
        PolicyError: The translator does not support the policy's language and pivot.
    """
    documents = read_documents([row for row in rows if row["language"] == policy.language], policy)
    foreign: Results = [
        reject({**row, "id": row_id("augmented", "language", row["id"]), "text": input_text(row, policy)}, "language")
        for row in rows
        if row["language"] != policy.language
    ]
    material = Material(documents, seed, models, Embeddings(models.encoder))
    candidates, figures = rewrite(material, policy, progress)
    progress("augmentation", STEPS, STEPS)
    results = [*foreign, *_drop_near_duplicates(_drop_violations(candidates, rows), policy)]
    kept = [result for result in results if isinstance(result, dict)]
    rejected = [result for result in results if isinstance(result, Rejected)]
    counts = {"rows_in": len(rows), **figures, **_counts(kept, rejected)}
    return Output(kept, rejected, {**counts, **_artifacts(documents, kept, policy, seed)})


def _drop_violations(results: Results, rows: Sequence[Row]) -> Results:
    """Reject every row that would fail the stage's audit, so that it does not block the others."""
    parents = {row["id"]: row for row in rows}
    reasons = [violation(result, parents) if isinstance(result, dict) else "" for result in results]
    return [
        reject(result, reason) if reason and isinstance(result, dict) else result
        for result, reason in zip(results, reasons, strict=True)
    ]


def _drop_near_duplicates(results: Results, policy: AugmentationPolicy) -> Results:
    texts = [result["text"] for result in results if isinstance(result, dict)]
    flags = iter(repeated(texts, policy.near_duplicate_max))
    return [
        reject(result, "near_duplicate") if isinstance(result, dict) and next(flags) else result for result in results
    ]


def _counts(kept: Sequence[Row], rejected: Sequence[Rejected]) -> dict[str, int | float]:
    rows = Counter(f"rows_{row['recipe']}" for row in kept)
    reasons = Counter(f"rejected_{result.reason}" for result in rejected)
    scores = {name: [row["scores"][name] for row in kept if name in row["scores"]] for name in _AVERAGED}
    means = {f"{name}_mean": sum(values) / len(values) for name, values in scores.items() if values}
    return {"rows_out": len(kept), **dict(sorted(rows.items())), **dict(sorted(reasons.items())), **means}


def _artifacts(
    documents: Sequence[Document], kept: Sequence[Row], policy: AugmentationPolicy, seed: int
) -> dict[str, int | float]:
    """AUC of real (masked) against rewritten documents, on a sample."""
    real = {document.id: document.text for document in documents}
    pairs = [(row["parent"], row["text"]) for row in kept if row["parent"] in real]
    draw = random.Random(derive(seed, "artefacts"))  # the key keeps its spelling, and so the draw
    sample = draw.sample(pairs, min(len(pairs), policy.artifact_documents))
    parents, texts = [parent for parent, _ in sample], [text for _, text in sample]
    auc = artifact_auc([real[parent] for parent in parents], texts, derive(seed, "folds"), (parents, parents))
    if auc is None:
        return {}
    return {f"artifact_auc{suffix}": value for suffix, value in zip(("", "_low", "_high", "_n"), auc, strict=True)}


def rewrite(material: Material, policy: AugmentationPolicy, progress: Progress) -> tuple[Results, dict[str, int]]:
    """Augmented rows, or why there is none, for all documents; and figures about sentences."""
    rewritings, figures = rewrite_sentences(material, policy, progress)
    if not any(recipe.is_on(policy) for recipe in RECIPES):
        return [], figures
    material.embeddings.add(text for document in material.documents for text in texts_of(document.segments))
    by_document: dict[int, dict[int, Rewriting]] = defaultdict(dict)
    for (number, index), rewriting in rewritings.items():
        by_document[number][index] = rewriting
    results = [
        assemble(document, by_document[number], policy, material.seed, material.embeddings)
        for number, document in enumerate(material.documents)
    ]
    return results, figures


def rewrite_sentences(
    material: Material, policy: AugmentationPolicy, progress: Progress
) -> tuple[Rewritings, dict[str, int]]:
    """The accepted rewriting of each sentence that has one, and figures: sentences, proposals dropped by reason.

    A recipe replaces the rewritings of earlier recipes where one of its own proposals is accepted.
    """
    rewritings: Rewritings = {}
    samples: dict[str, int] = {}
    rejected: dict[str, Counter[str]] = {}
    for step, recipe in enumerate(RECIPES, 1):
        proposals = recipe.propose(material, rewritings.keys(), policy) if recipe.is_on(policy) else []
        accepted, dropped = _choose(recipe, material, proposals, policy)
        rewritings |= accepted
        samples |= {recipe.samples: len(proposals)} if recipe.samples else {}
        rejected[recipe.rejected or f"{recipe.name}_rejected"] = dropped
        progress("augmentation", step, STEPS)
    scored = len(rewritings) if policy.naturalness else 0
    if scored:
        rewritings, dropped, mended = _natural(material, rewritings, policy)
        rejected.setdefault(_UNNATURAL, Counter()).update(dropped)
        samples["naturalness_mended"] = mended
    progress("augmentation", STEPS - 1, STEPS)
    figures = {"sentences": sum(len(document.prose) for document in material.documents)}
    figures |= samples | {"naturalness_scored": scored}
    figures |= Counter(f"sentences_{rewriting.recipe}" for rewriting in rewritings.values())
    figures |= {f"{prefix}_{reason}": n for prefix, by in rejected.items() for reason, n in sorted(by.items())}
    return rewritings, figures


def assemble(
    document: Document,
    rewritings: Mapping[int, Rewriting],
    policy: AugmentationPolicy,
    seed: int,
    embeddings: Embeddings,
) -> Row | Rejected:
    """The augmented row of a document, or why there is none: `not_novel` or `document_similarity`."""
    text = reassemble(document.segments, {index: rewriting.text for index, rewriting in rewritings.items()})
    row = _row(document, rewritings, policy, seed, text)
    if not rewritings:
        return reject(row, "not_novel")
    changed = [
        rewritings[i].text if i in rewritings else segment.text
        for i, segment in enumerate(document.segments)
        if segment.kind is not Kind.GAP
    ]
    scores = {
        "similarity": float(embeddings.pooled(texts_of(document.segments)) @ embeddings.pooled(changed)),
        "novelty": 1.0 - unchanged_share(document.text, text, document.terms),
        "longest_run": float(longest_run(document.text, text, document.terms)),
        "length_ratio": length_ratio(document.text, text),
    }
    deltas = [each.logprob_delta for each in rewritings.values() if each.logprob_delta is not None]
    if deltas:
        scores["mean_logprob_delta"] = sum(deltas) / len(deltas)
    if 1.0 - scores["novelty"] > policy.unchanged_share_max or scores["longest_run"] > policy.longest_run_max:
        return reject(row, "not_novel")
    if scores["similarity"] < policy.document_similarity_min:
        return reject(row, "document_similarity")
    return {**row, "scores": scores}


def _choose(
    recipe: Recipe,
    material: Material,
    proposals: Sequence[tuple[Place, str | None]],
    policy: AugmentationPolicy,
) -> tuple[Rewritings, Counter[str]]:
    """The most similar accepted proposal for each place, and how many were dropped by reason."""
    whole = [(place, text) for place, text in proposals if text is not None]
    pairs = [Pair(material.sentence(place), text, material.terms(place)) for place, text in whole]
    dropped = Counter({"protected": len(proposals) - len(whole)} if len(proposals) > len(whole) else {})
    best: Rewritings = {}
    for (place, text), judgment in zip(whole, judge(pairs, policy, material.embeddings), strict=True):
        if judgment.reason:
            dropped[judgment.reason] += 1
        elif place not in best or judgment.similarity > best[place].similarity:
            best[place] = Rewriting(text, recipe.name, judgment.similarity)
    return best, dropped


def _natural(
    material: Material, rewritings: Rewritings, policy: AugmentationPolicy
) -> tuple[Rewritings, Counter[str], int]:
    """Mended rewritings that pass the filters again and are about as likely as their sources.

    Returns:
        What is left; how many were dropped, by reason; how many of those left had a change undone.
    """
    lm, places = material.models.causal_lm, sorted(rewritings)
    sources = [material.sentence(place) for place in places]
    texts = mend_unlikely(
        [(source, rewritings[place].text) for source, place in zip(sources, places, strict=True)],
        policy.change_logprob_min,
        lm,
    )
    asked = list(zip(sources, texts, strict=True))
    texts = mend_unfitting(asked, policy.change_candidates, material.models.masked_lm)
    pairs = [Pair(s, text, material.terms(p)) for s, text, p in zip(sources, texts, places, strict=True)]
    judged = list(zip(places, pairs, judge(pairs, policy, material.embeddings), strict=True))
    passed = [(place, pair, judgment.similarity) for place, pair, judgment in judged if judgment.reason is None]
    deltas = logprob_deltas([(pair.source, pair.rewriting) for _, pair, _ in passed], lm)
    dropped = Counter(f"mended_{judgment.reason}" for _, _, judgment in judged if judgment.reason)
    left: Rewritings = {}
    for place, pair, similarity in passed:
        delta = deltas[pair.source, pair.rewriting]
        if delta < policy.logprob_delta_min:
            dropped["unnatural"] += 1
        else:
            left[place] = Rewriting(pair.rewriting, rewritings[place].recipe, similarity, delta)
    return left, dropped, sum(left[place].text != rewritings[place].text for place in left)


def _row(
    document: Document, rewritings: Mapping[int, Rewriting], policy: AugmentationPolicy, seed: int, text: str
) -> Row:
    by_recipe = Counter(rewriting.recipe for rewriting in rewritings.values())
    names = [recipe.name for recipe in RECIPES]
    recipe = next((name for name in reversed(names) if by_recipe[name]), names[0])  # the last one names the row
    params: dict[str, object] = {"input": policy.input, "sentences": dict(by_recipe), "seed": seed}
    for each in RECIPES:
        params.update(each.params(policy))
    return {
        "id": row_id("augmented", recipe, document.id, str(seed)),
        **{name: document.row[name] for name in INHERITED},
        "parent": document.id,
        "text": text,
        "sentences": len(texts_of(document.segments)),
        "sentences_changed": len(rewritings),
        "recipe": recipe,
        "params": json.dumps(params, sort_keys=True, separators=(",", ":")),
    }
