"""The augmented_corpus stage: from masked rows to augmented rows, every recipe over all documents at once."""

import random
from collections import Counter
from collections.abc import Sequence

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.augmentation.artifacts import artefact_auc
from synth_assets.augmentation.assembly import assemble, reject
from synth_assets.augmentation.audits import violation
from synth_assets.augmentation.documents import Document, input_text, read_documents
from synth_assets.augmentation.filters.meaning import Embeddings
from synth_assets.augmentation.filters.novelty import known_ngrams
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.recipes.generation import briefs, generate, label_centroids, reject_reason
from synth_assets.augmentation.recipes.rewriting import STEPS, Plan, Rewriting, plan_rewriting
from synth_assets.augmentation.structure import texts_of
from synth_assets.records import Output, Rejected, Row
from synth_assets.text.draws import derive, row_id
from synth_assets.text.near_duplicates import repeated

_AVERAGED = ("similarity", "novelty", "length_ratio", "mean_logprob_delta")
Results = list[Row | Rejected]


def augment_corpus(
    rows: Sequence[Row], policy: AugmentationPolicy, seed: int, models: Models, progress: Progress
) -> Output:
    """Rewrite masked documents and generate new ones; see the policy for recipes, filters and budgets.

    Args:
        rows: MASKED_CORPUS rows; rows of another language than the policy's are rejected as `language`.
        policy: What is done and how strictly it is filtered.
        seed: Every random choice derives from it and a row's id, never from the order of rows.
        models: The roles translator, encoder and causal_lm are used, each only where a recipe needs it.
        progress: Called after each step.

    Raises:
        PolicyError: The translator does not serve the policy's language and pivot.
    """
    documents = read_documents([row for row in rows if row["language"] == policy.language], policy)
    foreign: Results = [_foreign(row, policy) for row in rows if row["language"] != policy.language]
    embeddings = Embeddings(models.encoder)
    plan, figures = plan_rewriting(documents, policy, seed, models, embeddings, progress)
    rewritten = _assemble_all(documents, plan, policy, seed, embeddings)
    generated = _generate(documents, policy, seed, models, embeddings)
    progress("augmentation", STEPS, STEPS)
    sound = _drop_violations([*rewritten, *generated], rows)
    results = [*foreign, *_drop_near_duplicates(sound, policy)]
    kept = [result for result in results if isinstance(result, dict)]
    rejected = [result for result in results if isinstance(result, Rejected)]
    counts = {"rows_in": len(rows), **figures, **_counts(kept, rejected)}
    return Output(kept, rejected, {**counts, **_artefacts(documents, kept, policy, seed)})


def _foreign(row: Row, policy: AugmentationPolicy) -> Rejected:
    return Rejected(
        row_id("augmented", "language", row["id"]),
        row["source_doc"],
        row["subject"],
        row["role"],
        "language",
        text=input_text(row, policy),
    )


def _assemble_all(
    documents: Sequence[Document], plan: Plan, policy: AugmentationPolicy, seed: int, embeddings: Embeddings
) -> Results:
    if not (policy.back_translation or policy.paraphrase_share):
        return []
    embeddings.add(text for document in documents for text in texts_of(document.segments))
    by_document: list[dict[int, Rewriting]] = [{} for _ in documents]
    for (number, index), found in plan.rewritings.items():
        by_document[number][index] = found
    pairs = zip(documents, by_document, strict=True)
    return [assemble(document, found, policy, seed, embeddings) for document, found in pairs]


def _generate(
    documents: Sequence[Document], policy: AugmentationPolicy, seed: int, models: Models, embeddings: Embeddings
) -> Results:
    wanted = briefs(documents, policy, seed)
    if not wanted:
        return []
    rows = generate(wanted, policy, seed, models.causal_lm)
    known = known_ngrams([document.text for document in documents])
    centroids = label_centroids(documents, embeddings)
    reasons = [reject_reason(row, policy, known, centroids, embeddings) for row in rows]
    return [reject(row, reason) if reason else row for row, reason in zip(rows, reasons, strict=True)]


def _drop_violations(results: Results, rows: Sequence[Row]) -> Results:
    """One row that would fail the stage's audit is rejected, so that it does not keep the others from publication."""
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
    means = {f"{name}_mean": sum(found) / len(found) for name, found in scores.items() if found}
    return {"rows_out": len(kept), **dict(sorted(rows.items())), **dict(sorted(reasons.items())), **means}


def _artefacts(
    documents: Sequence[Document], kept: Sequence[Row], policy: AugmentationPolicy, seed: int
) -> dict[str, int | float]:
    """AUC of real (masked) against rewritten documents, on a sample."""
    real = {document.id: document.text for document in documents}
    pairs = [(row["parent"], row["text"]) for row in kept if row["parent"] in real]
    draw = random.Random(derive(seed, "artefacts"))
    sample = draw.sample(pairs, min(len(pairs), policy.artefact_documents))
    parents, texts = [parent for parent, _ in sample], [text for _, text in sample]
    found = artefact_auc([real[parent] for parent in parents], texts, derive(seed, "folds"), (parents, parents))
    if found is None:
        return {}
    return {f"artefact_auc{suffix}": value for suffix, value in zip(("", "_low", "_high", "_n"), found, strict=True)}
