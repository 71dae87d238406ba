"""Settings of mask plans: which share of a text is hidden, in which units, and how it is shown."""

from typing import Literal

from pydantic import Field, model_validator

from resources.config import StrictModel


class PlanPolicy(StrictModel):
    """Which units a masked-LM trainer hides."""

    rate: float = Field(0.15, gt=0, lt=1, description="Expected share of what is maskable that is masked")
    rate_end: float | None = Field(
        None, gt=0, lt=1, description="Rate of the last epoch of training, reached linearly; none: `rate` throughout"
    )
    kind: Literal["token", "word", "span", "entity", "pmi"] = Field(
        "span",
        description="Single tokens (drawn when rendered), whole words, spans of words (SpanBERT), "
        "entities before words, or words and collocations (PMI-masking)",
    )
    punctuation: bool = Field(False, description="Whether punctuation marks are maskable")
    span_p: float = Field(0.2, gt=0, le=1, description="Parameter of the geometric span length, in units")
    span_max: int = Field(10, ge=1, description="Longest span, in units")
    span_law: Literal["clipped", "truncated"] = Field(
        "clipped",
        description="Spans above span_max: cut to it (mean 4.46), or drawn again as in SpanBERT's code (mean 3.80)",
    )
    pmi_min_count: int = Field(10, ge=2, description="Occurrences a collocation must have in the partition")
    pmi_coverage: float = Field(0.5, ge=0, le=1, description="Share of words that may be part of a collocation")
    mask_share: float = Field(0.8, ge=0, le=1, description="Share of units or spans shown as the mask token")
    random_share: float = Field(0.1, ge=0, le=1, description="Share shown as random tokens; the rest stays visible")

    @model_validator(mode="after")
    def _shares_fit(self) -> "PlanPolicy":
        if self.mask_share + self.random_share > 1:
            raise ValueError("mask_share + random_share must not exceed 1")
        return self
