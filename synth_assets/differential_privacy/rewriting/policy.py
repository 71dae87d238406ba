"""The policy section of differentially private rewriting."""

from typing import Literal

from pydantic import Field

from resources.config import StrictModel

Variant = Literal["off", "token", "document"]


class DpRewritingPolicy(StrictModel):
    """Rewrites a copy of each masked text with one private draw per token; experimental and off by default."""

    variant: Variant = Field(
        "off",
        description="token: a draw sees its own token and what was drawn before it; document: a draw sees all tokens",
    )
    epsilon: float = Field(10.0, gt=0, le=1000, description="Epsilon of one draw, in nats")
    candidates: int = Field(1024, ge=2, description="Number of candidate tokens of each draw")
    length: int = Field(64, ge=1, le=4096, description="Tokens of each rewritten text; longer documents are truncated")
    fluency: float = Field(1.0, ge=0, le=4, description="Exponent of the public language model; 0: uniform prior")
    similarity_floor: float = Field(0.4, ge=-1, lt=1, description="Cosine of embeddings scored 0 (variant token)")
    clip: float = Field(
        5.0, gt=0, le=100, description="Maximum nats by which the document raises or lowers a token (variant document)"
    )
    documents_per_user: int = Field(5, ge=1, description="Maximum documents rewritten per subject")
    delta: float = Field(1e-6, gt=0, lt=1, description="Delta at which epsilon is stated")
