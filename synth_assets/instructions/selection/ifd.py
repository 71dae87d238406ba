"""Instruction-following difficulty (IFD): how much an instruction helps a model to produce the answer.

IFD(q, a) = ppl(a | q) / ppl(a) (Li et al. 2024, arXiv 2308.12032). A small model ranks examples like a large one
(Superfiltering, arXiv 2402.00530). At 1 or above the instruction does not help.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import CausalLM
from synth_assets.instructions.example import Dropped, Example, sift
from synth_assets.text.draws import digest

_FEWEST_FOR_QUANTILES = 20
_CHUNK = 32


class IfdPolicy(StrictModel):
    """Instruction-following difficulty (Li et al. 2024, arXiv 2308.12032; scored by a small model, 2402.00530)."""

    max_items: int = Field(48, ge=0, description="Examples scored, for cost; the others are kept unscored.")
    drop_at: float = Field(1.0, gt=0, description="An example is dropped when its IFD is at least this.")
    low_quantile: float = Field(0.05, ge=0, lt=0.5, description="Share of easiest scored examples of a task to drop.")
    high_quantile: float = Field(0.95, gt=0.5, le=1, description="Quantile of a task above which examples are dropped.")


def ifd(examples: Sequence[Example], causal_lm: CausalLM) -> list[float]:
    """IFD of each example; both perplexities under the chat template, the second with an empty request."""
    answers = [example.draft.output for example in examples]
    asked = [causal_lm.render_chat(example.messages()[:1], add_generation_prompt=True) for example in examples]
    empty = causal_lm.render_chat([{"role": "user", "content": ""}], add_generation_prompt=True)
    given = causal_lm.log_likelihood(answers, asked)
    alone = causal_lm.log_likelihood(answers, [empty] * len(answers))
    # The bound keeps an extreme answer from overflowing; anything near it is dropped anyway.
    return [math.exp(min(50.0, b.mean - a.mean)) for a, b in zip(given, alone, strict=True)]


def select(
    examples: Sequence[Example], causal_lm: CausalLM, policy: IfdPolicy, seed: int, unscored: Collection[str] = ()
) -> tuple[list[Example], list[Dropped], dict[str, float]]:
    """Drop scored examples outside the policy's band; examples without a score are kept.

    Canaries are never scored: they must reach the privacy stage like documents, at no cost to the budget.

    Args:
        examples: Candidates.
        causal_lm: The model that scores.
        policy: Budget and band.
        seed: Seed of the sample that is scored.
        unscored: Recipes that are not scored.

    Returns:
        The kept, the dropped, and the scores by id.
    """
    scorable = [e for e in examples if e.draft.recipe not in unscored and e.draft.source.role == "document"]
    sample = sorted(scorable, key=lambda e: digest(seed, "ifd", e.id))[: policy.max_items]
    chunks = (sample[at : at + _CHUNK] for at in range(0, len(sample), _CHUNK))
    values = (score for chunk in chunks for score in ifd(chunk, causal_lm))
    scores = {e.id: round(value, 6) for e, value in zip(sample, values, strict=True)}
    bands = _bands(sample, scores, policy)

    def judge(example: Example) -> Dropped | None:
        reason = _reason(scores.get(example.id), bands.get(example.draft.task), policy.drop_at)
        return Dropped(example, reason, f"ifd={scores[example.id]:.3f}") if reason else None

    return *sift(examples, judge), scores


def _bands(sample: Sequence[Example], scores: dict[str, float], policy: IfdPolicy) -> dict[str, tuple[float, float]]:
    """(low, high) by task, for tasks with enough scored examples to estimate quantiles."""
    by_task: dict[str, list[float]] = defaultdict(list)
    for example in sample:
        by_task[example.draft.task].append(scores[example.id])
    return {
        task: (float(np.quantile(values, policy.low_quantile)), float(np.quantile(values, policy.high_quantile)))
        for task, values in by_task.items()
        if len(values) >= _FEWEST_FOR_QUANTILES
    }


def _reason(score: float | None, band: tuple[float, float] | None, drop_at: float) -> str:
    if score is None:
        return ""
    if score >= drop_at:
        return "ifd_no_help"
    if band and score < band[0]:
        return "ifd_too_easy"
    return "ifd_too_hard" if band and score > band[1] else ""
