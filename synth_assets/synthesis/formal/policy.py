"""Settings of formal synthesis. All are public inputs: none may be chosen by looking at the private documents."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from resources.config import StrictModel


class BudgetShares(StrictModel):
    """Shares of mu squared; they are divided by their sum."""

    forms: float = Field(1 / 50, gt=0, description="Share of the histogram of frames")
    concepts: float = Field(2 / 9, gt=0, description="Share of the label x concept histogram")
    words: float = Field(4 / 9, gt=0, description="Share of the label x word histogram")
    votes: float = Field(1 / 3, gt=0, description="Share of the votes for candidates, over all rounds")


class FormalPolicy(StrictModel):
    """Differentially private synthesis: noisy histograms make sketches, noisy votes choose among what was written."""

    documents: int = Field(500, ge=1, description="Documents wanted: a fixed number, never the corpus's own")
    epsilon: float = Field(4.0, gt=0.01, le=100, description="Epsilon of one draw, one subject added or removed")
    delta: float = Field(1e-5, gt=1e-10, lt=0.5, description="Delta of that epsilon")
    shares: BudgetShares = Field(default_factory=BudgetShares, description="How the budget is split")
    labels: tuple[str, ...] = Field(
        (), description="Public list of class labels; a document with any other label, or with none, counts as other"
    )
    vocabulary: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="Public words that may be counted, most frequent first; empty: words of the encoder's tokenizer"
    )
    vocabulary_size: int = Field(8_000, ge=10, description="Words of the vocabulary that are used, from its beginning")
    concepts: int = Field(256, ge=1, description="Concepts: clusters of the vocabulary's public vectors")
    concepts_per_document: int = Field(8, ge=1, description="Concepts that one document votes for")
    words_per_document: int = Field(16, ge=1, description="Words that one document votes for")
    concept_threshold: float = Field(2.0, ge=0, description="Standard deviations above which a concept is kept")
    word_threshold: float = Field(
        2.0, ge=0, description="Standard deviations above which a word is kept, judged with the words near to it"
    )
    least_words: int = Field(8, ge=1, description="Words of a label below which public words are added")
    keywords: int = Field(5, ge=1, description="Keywords of a sketch")
    words: int = Field(80, ge=5, description="Prose words of a document")
    frames: tuple[str, ...] = Field(
        (), description="Public forms of text that may suit the corpus (frames.yaml), chosen among by votes; empty: all"
    )
    clusters_per_label: int = Field(12, ge=1, description="Clusters of the candidates of a label that are voted on")
    candidates: int = Field(2, ge=1, description="Candidates written for each document wanted")
    evolution_rounds: int = Field(
        0, ge=0, le=20, description="Rounds of Private Evolution: votes for candidates, then variations of the chosen"
    )

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("labels must differ")
        if len(set(self.vocabulary)) < len(self.vocabulary):
            raise ValueError("words of the vocabulary must differ")
        return self
