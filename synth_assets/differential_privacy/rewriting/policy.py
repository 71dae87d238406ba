"""What differentially private rewriting may be told. What each setting costs belongs to `privacy.rewriting`."""

from typing import Literal

from pydantic import Field

from resources.config import StrictModel

Variant = Literal["off", "token", "document"]


class DpRewritingPolicy(StrictModel):
    """An experiment, off by default: a rewritten copy of every masked text, one private draw a token."""

    variant: Variant = Field(
        "off",
        description="token: a draw sees its own token and what was drawn before it; document: a draw sees all tokens",
    )
    epsilon: float = Field(10.0, gt=0, le=1000, description="Epsilon of one draw, in nats")
    candidates: int = Field(1024, ge=2, description="Tokens a draw chooses from; always as many")
    length: int = Field(64, ge=1, le=4096, description="Tokens of every rewritten text; longer documents are cut")
    fluency: float = Field(
        1.0, ge=0, le=4, description="Exponent of the public language model in a draw; 0 makes candidates equal"
    )
    similarity_floor: float = Field(
        0.4, ge=-1, lt=1, description="Cosine of embeddings that counts as no similarity (variant token)"
    )
    clip: float = Field(
        5.0, gt=0, le=100, description="Most nats, up or down, that the document adds to a token (variant document)"
    )
    documents_per_user: int = Field(5, ge=1, description="Documents of one subject that are rewritten")
    delta: float = Field(1e-6, gt=0, lt=1, description="Delta at which epsilon is stated")
