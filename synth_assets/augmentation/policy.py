"""Settings of the augmented_corpus stage. What the settings mean is implemented elsewhere in this package."""

from typing import Literal

from pydantic import Field

from resources.config import StrictModel


class AugmentationPolicy(StrictModel):
    """Recipes, filter thresholds and budgets. Similarities are cosines, log-probabilities are nats a token."""

    input: Literal["text", "refilled"] = Field("refilled", description="Which text of a masked row is augmented")
    language: str = Field("en", description="Only rows of this language are augmented")
    pivot: str = Field("pt", description="Language that back-translation goes through")
    back_translation: bool = Field(True, description="Rewrite sentences by a round trip through the pivot language")
    sentence_words_min: int = Field(4, ge=1, description="Shorter sentences are kept as they are")
    sentence_words_max: int = Field(45, ge=5, description="Longer sentences are kept: the translator truncates them")
    paraphrase_share: float = Field(0.25, ge=0, le=1, description="Share of documents that the causal LM paraphrases")
    paraphrase_sentences: int = Field(1, ge=1, description="Sentences a document that the causal LM paraphrases")
    paraphrase_candidates: int = Field(3, ge=1, le=16, description="Samples a sentence; the best that passes is taken")
    paraphrase_temperature: float = Field(0.5, gt=0, le=2, description="Sampling temperature of paraphrases")
    generated_per_label: int = Field(4, ge=0, description="Documents generated for each label (or without labels)")
    generated_words_min: int = Field(25, ge=1, description="Shorter generated documents are dropped")
    label_documents_min: int = Field(5, ge=1, description="A label of fewer documents never enters a prompt")
    repeated_trigram_max: int = Field(2, ge=1, description="Times one word 3-gram may occur (or as in the source)")
    distinct_bigrams_min: float = Field(0.5, ge=0, le=1, description="Distinct word 2-grams over all 2-grams")
    compression_max: float = Field(3.0, gt=1, description="Bytes over deflated bytes of a text")
    length_ratio_min: float = Field(0.5, ge=0, le=1, description="Words of the rewriting over words of the source")
    length_ratio_max: float = Field(1.7, ge=1, description="Words of the rewriting over words of the source")
    content_recall_min: float = Field(0.5, ge=0, le=1, description="Content stems each side shares with the other")
    similarity_min: float = Field(0.8, ge=-1, le=1, description="Sentence similarity below which meaning has moved")
    similarity_max: float = Field(0.985, ge=-1, le=1, description="Sentence similarity above which nothing is new")
    document_similarity_min: float = Field(0.75, ge=-1, le=1, description="Similarity of document and parent")
    naturalness_sentences: int = Field(1, ge=0, description="Least similar rewritings a document scored by the LM")
    logprob_delta_min: float = Field(-0.8, le=0, description="Mean log-probability minus that of the source")
    unchanged_share_max: float = Field(0.75, ge=0, le=1, description="Share of word 8-grams found in the parent")
    longest_run_max: int = Field(150, ge=1, description="Longest run of words in common with the parent")
    near_duplicate_max: float = Field(0.8, ge=0, le=1, description="MinHash Jaccard of word 5-grams between two rows")
    artefact_documents: int = Field(200, ge=0, description="Documents a side for the artefact AUC; 0 leaves it out")
