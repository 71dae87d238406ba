"""Every threshold of the raw_corpus stage. What a threshold does is written where it is used."""

from pydantic import Field, model_validator

from resources.config import StrictModel


class CorpusPolicy(StrictModel):
    """How documents are accepted, deduplicated, split and accompanied by canaries.

    The quality thresholds start from Gopher (Rae et al., 2021, table A1) and C4 (Raffel et al., 2020) and are
    loosened so that short posts, template sentences and judgments full of set phrases survive.
    """

    max_chars: int = Field(default=1_000_000, ge=100, description="Longest document, in characters")
    min_words: int = Field(default=3, ge=1, description="Fewest words of a document")
    min_mean_word_length: float = Field(default=2.0, ge=0, description="Shortest mean word, in characters")
    max_mean_word_length: float = Field(default=14.0, ge=1, description="Longest mean word, in characters")
    min_alphabetic_words: float = Field(
        default=0.25, ge=0, le=1, description="Least share of words that contain a letter"
    )
    max_curly_braces: float = Field(
        default=0.02, ge=0, le=1, description="Most curly braces per character (code, templates)"
    )
    reject_lorem_ipsum: bool = Field(default=True, description="Reject placeholder text")
    ratio_min_words: int = Field(default=30, ge=1, description="Words below which the ratios that follow mean nothing")
    max_symbols: float = Field(default=0.3, ge=0, description="Most # and ellipses per word")
    min_stop_words: int = Field(default=2, ge=0, description="Fewest different stop words of an English document")
    max_bullet_lines: float = Field(default=0.95, ge=0, le=1, description="Most lines that start with a bullet")
    max_ellipsis_lines: float = Field(default=0.5, ge=0, le=1, description="Most lines that end with an ellipsis")
    max_repeated_lines: float = Field(default=0.4, ge=0, le=1, description="Most characters in lines seen before")
    max_top_bigram: float = Field(
        default=0.25, ge=0, le=1, description="Most of the words inside the commonest word pair"
    )
    max_repeated_5grams: float = Field(default=0.4, ge=0, le=1, description="Most of the word 5-grams seen before")

    languages: tuple[str, ...] = Field(default=("en",), description="Accepted languages (ISO 639); empty accepts all")
    min_language_confidence: float = Field(
        default=0.5, ge=0, le=1, description="Confidence in a language outside the list that rejects a document"
    )

    shingle_words: int = Field(default=5, ge=1, le=20, description="Words in a shingle of the near-duplicate search")
    permutations: int = Field(default=256, ge=16, le=1024, description="Length of a MinHash signature")
    duplicate_threshold: float = Field(default=0.8, gt=0, le=1, description="Jaccard similarity that makes a duplicate")
    link_threshold: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Jaccard similarity that must not lie across two splits; at most the duplicate's",
    )

    holdout_share: float = Field(default=0.2, ge=0, le=1, description="Share of subjects that never enter the pipeline")
    control_share: float = Field(default=0.2, ge=0, le=1, description="Share of subjects kept for control releases")

    canary_pairs: int = Field(default=10, ge=0, description="Pairs of canaries a partition: one planted, one kept out")
    max_canary_share: float = Field(default=0.1, ge=0, le=1, description="Most planted canaries per training document")
    canary_tail_words: int = Field(default=12, ge=4, le=100, description="Words in the improbable tail of a canary")
    canary_vocabulary_subjects: int = Field(
        default=5, ge=1, description="Subjects that must use a word or a label before a canary may"
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
