"""What the privacy report measures and where it draws its lines. All limits are proposals, not published standards."""

from typing import Literal, Self

from pydantic import Field, model_validator

from resources.config import StrictModel

IdentifierType = Literal["email", "iban", "number", "phone", "person"]


class PrivacyPolicy(StrictModel):
    """Settings of the privacy report."""

    profile: Literal["de-identified", "membership-hidden"] = Field(
        default="de-identified",
        description="What the release claims. de-identified: identity is protected; whether a document took part is "
        "measured and stated. membership-hidden: overlap, canary and distance tests block too.",
    )
    alpha: float = Field(default=0.01, gt=0, lt=0.5, description="Family-wise error rate of the gated p-values (Holm)")
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="Confidence of every interval shown")
    power: float = Field(default=0.95, gt=0.5, lt=1, description="Power at which the smallest visible leak is stated")

    direct_types: tuple[IdentifierType, ...] = Field(
        default=("email", "iban", "number", "phone"),
        min_length=1,
        description="Types of which a single confirmed replay beyond the phantoms blocks",
    )
    max_confirmed: int = Field(default=0, ge=0, description="Subjects whose unique direct identifier may be replayed")
    max_replay_excess: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Significant excess of subjects with any replayed identifier, above which the release is blocked",
    )
    min_digits: int = Field(default=7, ge=5, description="Digits from which a number counts as an identifier")

    window_words: tuple[int, ...] = Field(
        default=(8, 13, 50), min_length=1, description="Lengths of the word windows searched verbatim"
    )
    identifying_window_words: int = Field(
        default=50, ge=3, description="A verbatim window this long that contains a unique identifier blocks"
    )
    boilerplate_subjects: int = Field(
        default=5, ge=2, description="A window found at this many subjects is boilerplate and not counted"
    )
    max_overlap_excess: float = Field(
        default=0.05,
        ge=0,
        lt=1,
        description="Significant excess of subjects with verbatim or canary windows, above "
        "which a membership-hidden release is blocked",
    )

    max_neighbor_share: float = Field(
        default=0.55,
        ge=0.5,
        lt=1,
        description="Share of released rows nearer to train than to holdout, above which a "
        "membership-hidden release is blocked",
    )
    neighbor_sample: int = Field(default=2000, ge=20, description="At most this many subjects a side are embedded")
    neighbor_words: int = Field(default=200, ge=10, description="Words of a text that are embedded")

    min_canaries: int = Field(default=5, ge=0, description="Planted canaries needed, and as many kept out; 0: none")
    canary_words: int = Field(default=8, ge=3, description="Length of the canary windows searched verbatim")

    audit_delta: float = Field(
        default=1e-5, gt=0, lt=0.5, description="Delta of the audited claim that one swapped canary cannot be seen"
    )
    max_epsilon: float = Field(
        default=1.0,
        gt=0,
        description="Proven epsilon above which a membership-hidden release is blocked",
    )

    min_subjects: int = Field(default=40, ge=1, description="Train subjects a statistical gate needs")
    min_controls: int = Field(default=20, ge=1, description="Holdout subjects a statistical gate needs")
    max_detectable: float = Field(
        default=0.25, gt=0, le=1, description="A statistical gate that could miss a larger excess is UNAVAILABLE"
    )
    positive_share: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="Share of train subjects whose raw documents are mixed into the positive control release",
    )

    @model_validator(mode="after")
    def _windows_are_windows(self) -> Self:
        if min(self.window_words) < 3:
            raise ValueError("window_words must be 3 or longer: shorter windows repeat by coincidence")
        return self
