"""The augmented_corpus stage: from masked rows to augmented rows, every recipe over all documents at once."""

import random
from collections import Counter
from collections.abc import Sequence

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.augmentation.artifacts import artifact_auc
from synth_assets.augmentation.audits import violation
from synth_assets.augmentation.documents import Document, input_text, read_documents
from synth_assets.augmentation.filters.meaning import Embeddings
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.recipes.recipe import Material, Results, reject
from synth_assets.augmentation.recipes.registry import DOCUMENT_RECIPES
from synth_assets.augmentation.rewriting import STEPS, rewrite
from synth_assets.records import Output, Rejected, Row
from synth_assets.text.draws import derive, row_id
from synth_assets.text.near_duplicates import repeated

_AVERAGED = ("similarity", "novelty", "length_ratio", "mean_logprob_delta")


def augment_corpus(
    rows: Sequence[Row], policy: AugmentationPolicy, seed: int, models: Models, progress: Progress
) -> Output:
    """Rewrite masked documents and generate new ones; the policy sets recipes, filters and budgets.

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
    foreign: Results = [_foreign(row, policy) for row in rows if row["language"] != policy.language]
    material = Material(documents, seed, models, Embeddings(models.encoder))
    candidates, figures = rewrite(material, policy, progress)
    for recipe in DOCUMENT_RECIPES:
        candidates += recipe.write(material, policy) if recipe.is_on(policy) else []
    progress("augmentation", STEPS, STEPS)
    results = [*foreign, *_drop_near_duplicates(_drop_violations(candidates, rows), policy)]
    kept = [result for result in results if isinstance(result, dict)]
    rejected = [result for result in results if isinstance(result, Rejected)]
    counts = {"rows_in": len(rows), **figures, **_counts(kept, rejected)}
    return Output(kept, rejected, {**counts, **_artifacts(documents, kept, policy, seed)})


def _foreign(row: Row, policy: AugmentationPolicy) -> Rejected:
    name = row_id("augmented", "language", row["id"])
    return reject({**row, "id": name, "text": input_text(row, policy)}, "language")


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
