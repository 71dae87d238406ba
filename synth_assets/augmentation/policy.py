"""All recipes and filters, and the settings of the augmented_corpus stage, of which they declare their own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from resources.config import combine
from resources.discovery import discover_records
from synth_assets.augmentation.documents import DocumentPolicy
from synth_assets.augmentation.filters.filter import Filter
from synth_assets.augmentation.recipes.recipe import Recipe

FILTERS = sorted(discover_records("synth_assets.augmentation.filters", Filter), key=lambda f: (f.order, f.reason))
RECIPES = sorted(discover_records("synth_assets.augmentation.recipes", Recipe), key=lambda r: (r.order, r.name))

_GENERATION_KEYS = ("generated_per_label", "generated_words_min", "label_documents_min")
"""Former keys of documents that were generated from public templates."""


class StagePolicy(DocumentPolicy):
    """Thresholds and budgets of the stage. Similarities are cosines, log-probabilities are nats per token."""

    similarity_min: float = Field(0.8, ge=-1, le=1, description="Sentence similarity below which meaning has moved")
    similarity_max: float = Field(0.985, ge=-1, le=1, description="Sentence similarity above which nothing is new")
    counterpart_min: float = Field(
        0.3, ge=-1, le=1, description="Similarity that each content word that is replaced has to a new one"
    )
    document_similarity_min: float = Field(0.75, ge=-1, le=1, description="Similarity of document and parent")
    naturalness: bool = Field(
        True, description="Undo and drop what the language models find unlikely beside the source"
    )
    change_logprob_min: float = Field(
        -1.5, le=0, description="Log-probability (nats) of a change minus that of what it replaces; worse is undone"
    )
    change_candidates: int = Field(
        40, ge=1, description="Candidates of the masked LM among which a new word must be; a change without is undone"
    )
    logprob_delta_min: float = Field(-0.8, le=0, description="Mean log-probability minus that of the source")
    unchanged_share_max: float = Field(0.75, ge=0, le=1, description="Share of word 8-grams found in the parent")
    longest_run_max: int = Field(150, ge=1, description="Longest run of words in common with the parent")
    near_duplicate_max: float = Field(0.8, ge=0, le=1, description="MinHash Jaccard of word 5-grams between two rows")
    artifact_documents: int = Field(200, ge=0, description="Documents a side for the artifact AUC; 0 leaves it out")

    @model_validator(mode="before")
    @classmethod
    def _former_keys(cls, data: Any) -> Any:
        """Say what an older policy has to write now."""
        if isinstance(data, Mapping) and "naturalness_sentences" in data:
            raise ValueError("naturalness_sentences is gone: every rewriting is scored, unless naturalness is false")
        former = [key for key in _GENERATION_KEYS if isinstance(data, Mapping) and key in data]
        if former:
            raise ValueError(
                f"{', '.join(former)}: documents are no longer generated from public templates: remove what is named "
                "and use mode synthesized, whose section is synthesis (synthesis.documents: how many)"
            )
        return data


if TYPE_CHECKING:
    AugmentationPolicy = StagePolicy
else:
    AugmentationPolicy = combine("AugmentationPolicy", StagePolicy, *(each.settings for each in (*RECIPES, *FILTERS)))
