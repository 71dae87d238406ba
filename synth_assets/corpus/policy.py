"""The policy section of the raw_corpus stage."""

from typing import Literal

from pydantic import Field, model_validator

from resources.config import StrictModel


class CorpusPolicy(StrictModel):
    """Thresholds and shares for accepting, deduplicating and splitting documents and for planting canaries.

    The quality thresholds are those of Gopher (Rae et al., 2021, table A1) and C4 (Raffel et al., 2020), relaxed so
    that short posts, template sentences and court decisions with set phrases pass.
    """

    max_chars: int = Field(1_000_000, ge=100, description="Maximum characters of a document")
    min_words: int = Field(3, ge=1, description="Minimum words of a document")
    min_mean_word_length: float = Field(2.0, ge=0, description="Minimum mean word length, in characters")
    max_mean_word_length: float = Field(14.0, ge=1, description="Maximum mean word length, in characters")
    min_alphabetic_words: float = Field(0.25, ge=0, le=1, description="Minimum share of words that contain a letter")
    max_curly_braces: float = Field(0.02, ge=0, le=1, description="Maximum share of curly braces (code, templates)")
    reject_lorem_ipsum: bool = Field(True, description="Reject placeholder text")
    ratio_min_words: int = Field(30, ge=1, description="Minimum words for the ratios below to be checked")
    max_symbols: float = Field(0.3, ge=0, description="Maximum # and ellipses per word")
    min_stop_words: int = Field(2, ge=0, description="Minimum distinct stop words of an English document")
    max_bullet_lines: float = Field(0.95, ge=0, le=1, description="Maximum share of lines with a bullet")
    max_ellipsis_lines: float = Field(0.5, ge=0, le=1, description="Maximum share of lines ending in ellipses")
    max_repeated_lines: float = Field(0.4, ge=0, le=1, description="Maximum share of text in repeated lines")
    max_top_bigram: float = Field(0.25, ge=0, le=1, description="Maximum share of words in the most common word pair")
    max_repeated_5grams: float = Field(0.4, ge=0, le=1, description="Maximum share of repeated word 5-grams")

    languages: tuple[str, ...] = Field(("en",), description="Accepted languages (ISO 639); empty accepts all")
    min_language_confidence: float = Field(0.5, ge=0, le=1, description="Minimum confidence to reject for its language")

    shingle_words: int = Field(5, ge=1, le=20, description="Words in a shingle of the near-duplicate search")
    permutations: int = Field(256, ge=16, le=1024, description="Length of a MinHash signature")
    duplicate_threshold: float = Field(0.8, gt=0, le=1, description="Minimum Jaccard similarity of duplicates")
    link_threshold: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Minimum Jaccard similarity of documents that must share a split; at most duplicate_threshold",
    )

    holdout_share: float = Field(0.3, ge=0, le=1, description="Share of subjects that never enter the pipeline")
    control_share: float = Field(0.1, ge=0, le=1, description="Share of subjects kept for control releases")

    canary_pairs: int = Field(10, ge=0, description="Pairs of canaries a partition: one planted, one kept out")
    max_canary_share: float = Field(0.1, ge=0, le=1, description="Maximum canaries per training document")
    canary_tail_words: int = Field(12, ge=4, le=100, description="Words in the improbable tail of a canary")
    canary_source: Literal["corpus", "public"] = Field(
        "corpus",
        description="Whether canaries use words and labels of the corpus and depend in number on its size, or are "
        "public and of fixed number, as a differentially private release needs them",
    )
    canary_vocabulary_subjects: int = Field(
        5, ge=1, description="Minimum subjects who use a word or a label for a canary to use it"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "CorpusPolicy":
        if self.link_threshold > self.duplicate_threshold:
            raise ValueError("link_threshold must not be above duplicate_threshold")
        if self.holdout_share + self.control_share >= 1:
            raise ValueError("holdout_share + control_share must leave a share for training")
        if self.min_mean_word_length > self.max_mean_word_length:
            raise ValueError("min_mean_word_length must not be above max_mean_word_length")
        return self
