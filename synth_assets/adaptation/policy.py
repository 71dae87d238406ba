"""Settings of the adaptation of a masked LM."""

from pydantic import Field

from resources.config import StrictModel


class PrivateTraining(StrictModel):
    """DP-SGD (Abadi et al. 2016): unit one subject, adjacency add/remove."""

    epsilon: float = Field(8.0, gt=0, allow_inf_nan=False, description="Budget of the whole training")
    delta: float = Field(1e-5, gt=0, lt=1, description="Delta at which epsilon is stated")
    max_grad_norm: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="L2 norm that one subject's gradient is clipped to"
    )


class AdaptationPolicy(StrictModel):
    """Settings of the optional asset adapted_masked_lm."""

    rank: int = Field(8, ge=1, le=256, description="Rank of the LoRA matrices (Hu et al. 2021)")
    learning_rate: float = Field(5e-4, gt=0, lt=1, description="Step size of AdamW")
    steps: int = Field(60, ge=1, description="Optimizer steps; one with 16 documents takes about 6 s on a CPU")
    batch_subjects: int = Field(
        16, ge=1, description="Expected subjects per step; each takes part independently (Poisson)"
    )
    tokens: int = Field(96, ge=8, description="Tokens of a document that a step reads, from a random place")
    held_out: float = Field(
        0.1, gt=0, lt=1, description="Share of subjects that are only measured on, never learned from"
    )
    checkpoint_every: int = Field(10, ge=1, description="Steps between checkpoints; an interrupted run resumes there")
    probe_words: int = Field(100, ge=0, description="Hidden words of held-out documents asked before and after")
    private: PrivateTraining | None = Field(None, description="DP-SGD; without it nothing bounds what is memorized")
