"""Settings of the modes in which documents are synthesized."""

from typing import Self

from pydantic import Field, model_validator

from resources.config import StrictModel
from synth_assets.synthesis.filters import FilterPolicy
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.write import WritingPolicy


class SketchPolicy(StrictModel):
    """What is learned from the corpus, and for how many subjects it must hold."""

    k: int = Field(5, ge=2, description="Subjects that must share what a prompt or a form holds")
    keywords: int = Field(6, ge=1, description="Keywords of a prompt at most; fewer where no more are shared by k")
    theme_documents: int = Field(20, ge=2, description="Similar documents of a label whose words are drawn together")
    vocabulary: int = Field(300, ge=10, description="Words of a theme that prompts may hold, most widespread first")
    words_max: int = Field(140, ge=20, description="Prose words of a document at most")


class SynthesisPolicy(StrictModel):
    """How documents are synthesized."""

    language: str = Field("en", description="Only documents of this language teach, and it is written in")
    documents: int | None = Field(
        None, ge=1, description="Documents to write in a partition; by default as many as were masked"
    )
    attempts: int = Field(3, ge=1, description="Rounds of writing; each replaces what filters dropped in the last")
    varied_share: float = Field(
        0.1, ge=0, le=1, description="Share of the documents of which a variation is made as well (`augmentation`)"
    )
    near_duplicate_max: float = Field(0.8, ge=0, le=1, description="MinHash Jaccard of word 5-grams between two rows")
    sketch: SketchPolicy = Field(default_factory=SketchPolicy, description="What prompts and forms hold")
    writing: WritingPolicy = Field(default_factory=WritingPolicy, description="Sampling")
    filters: FilterPolicy = Field(default_factory=FilterPolicy, description="What a document must be like")
    formal: FormalPolicy = Field(default_factory=FormalPolicy, description="Mode formal")

    @model_validator(mode="after")
    def _frames_exist(self) -> Self:
        named = set(self.formal.frames)
        unknown = sorted(named - frames().keys()) if named else []  # the list is read where it is needed
        if unknown:
            raise ValueError(f"formal.frames names {', '.join(unknown)}; known are {', '.join(frames())}")
        return self
