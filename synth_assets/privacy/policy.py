"""What the privacy report measures and where it draws its lines. All limits are proposals, not published standards."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from resources.config import StrictModel
from synth_assets.modes import FORMER_PROFILES, Mode, former_profile
from synth_assets.privacy.gates import Blocking, gate_of, unknown_in

IdentifierType = Literal["email", "iban", "number", "phone", "person"]


class PrivacyPolicy(StrictModel):
    """Settings of the privacy report."""

    gates: Blocking = Field(
        default_factory=dict,
        description="Gates whose blocking statistics differ from gates.yaml: {G6: {rewritten: [singling_out/*]}}",
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
    replaced_window_words: int = Field(
        default=8,
        ge=5,
        description="A verbatim window this long in which masking replaced something blocks: raw text got out",
    )
    boilerplate_subjects: int = Field(
        default=5, ge=2, description="A window found at this many subjects is boilerplate and not counted"
    )
    copied_words: int = Field(
        default=13,
        ge=8,
        description="A window this long of the masked text of one subject alone blocks in mode synthesized",
    )
    near_copy_similarity: float = Field(
        default=0.7, gt=0, le=1, description="Share of word shingles from which a text is a near copy"
    )
    near_copy_edits: float = Field(
        default=0.2, ge=0, lt=1, description="Normalized Levenshtein distance (words) up to which a text is a near copy"
    )
    max_overlap_excess: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Significant excess of subjects with copied windows or near copies, above which a release is "
        "blocked in the modes synthesized and formal",
    )
    max_linkage_excess: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Significant excess of subjects whose own row is found, above which a release is blocked in the "
        "modes synthesized and formal",
    )

    max_neighbor_share: float = Field(
        default=0.55,
        ge=0.5,
        lt=1,
        description="Share of released rows nearer to train than to holdout, above which a release is blocked in the "
        "modes synthesized and formal",
    )
    neighbor_sample: int = Field(default=1000, ge=20, description="At most this many subjects a side are embedded")
    neighbor_words: int = Field(default=200, ge=10, description="Words of a text that are embedded")

    max_risk: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="Risk of singling out, linkability and inference above which a criterion of WP216 counts as shown "
        "to fail, and a release is blocked where the policy makes G6 a gate",
    )
    max_unique_excess: float = Field(
        default=0.02,
        gt=0,
        lt=1,
        description="Excess of released rows that fit exactly one train subject over those that fit exactly one of the "
        "holdout, above which a release is blocked where the policy makes G8 a gate",
    )
    min_attacks: int = Field(default=100, ge=10, description="Attacks that make a measurement of WP216")
    infill_slots: int = Field(
        default=60, ge=0, description="Refilled words that the same masked LM is asked to recover; 0: not measured"
    )
    utility_texts: int = Field(default=1000, ge=20, description="Most texts a side that utility embeds or learns from")
    utility_words: int = Field(default=100_000, ge=1000, description="Most words a language model of utility reads")
    attribute_subjects: int = Field(
        default=1000, ge=20, description="At most this many subjects a side whose quasi-identifiers are compared"
    )

    min_canaries: int = Field(default=5, ge=0, description="Planted canaries needed, and as many kept out; 0: none")
    canary_words: int = Field(default=8, ge=3, description="Length of the canary windows searched verbatim")

    max_auc: float = Field(
        default=0.55,
        ge=0.5,
        lt=1,
        description="Area under the ROC curve of a membership score, above which a release is blocked in the "
        "modes synthesized and formal",
    )
    max_tpr: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Share of members recognized at 1 % and 0.1 % false accusations, above which a release is "
        "blocked in the modes synthesized and formal",
    )

    audit_delta: float = Field(
        default=1e-5, gt=0, lt=0.5, description="Delta of the audited claim that one swapped canary cannot be seen"
    )
    max_epsilon: float = Field(
        default=1.0,
        gt=0,
        description="Proven epsilon above which a release is blocked in mode formal, where no epsilon is claimed for "
        "the same exchange of documents",
    )
    ledger_delta: float = Field(default=1e-6, gt=0, lt=0.5, description="Delta at which the ledger states epsilon")
    max_total_epsilon: float = Field(
        default=8.0,
        gt=0,
        description="Epsilon of all releases of a source together, above which a release in mode formal is blocked",
    )

    min_subjects: int = Field(default=40, ge=1, description="Train subjects a statistical gate needs")
    min_controls: int = Field(default=20, ge=1, description="Holdout subjects a statistical gate needs")
    max_detectable: float = Field(
        default=0.25, gt=0, le=1, description="A statistical gate that could miss a larger excess is UNAVAILABLE"
    )
    positive_share: float = Field(
        default=0.01,
        gt=0,
        le=1,
        description="Share of train subjects whose raw documents are mixed into the positive control release",
    )

    @model_validator(mode="before")
    @classmethod
    def _profiles_are_modes(cls, data: Any) -> Any:
        """Say what an older policy has to write now."""
        if not isinstance(data, Mapping):
            return data
        if "profile" in data:
            raise ValueError(former_profile(data["profile"]))
        gates = data.get("gates")
        listed = [by for by in gates.values() if isinstance(by, Mapping)] if isinstance(gates, Mapping) else []
        former = [profile for profile in FORMER_PROFILES if any(profile in by for by in listed)]
        if former:
            now = ", ".join(f"write {FORMER_PROFILES[profile]} for {profile}" for profile in former)
            raise ValueError(f"gates are listed by mode of the release: {now}")
        return data

    @model_validator(mode="after")
    def _windows_are_windows(self) -> Self:
        if min(self.window_words) < 3:
            raise ValueError("window_words must be 3 or longer: shorter windows repeat by coincidence")
        return self

    @model_validator(mode="after")
    def _gates_ask_what_is_measured(self) -> Self:
        unknown = unknown_in(self.gates)
        if unknown:
            raise ValueError(f"gates name gates or tests that do not exist: {', '.join(unknown)}")
        return self

    def blocks(self, statistic: str, mode: Mode) -> bool:
        """Whether a bad value of a statistic (test/slice) of the released stage blocks a release in a mode."""
        return gate_of(statistic, mode, self.gates) is not None
