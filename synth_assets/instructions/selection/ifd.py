"""Instruction-following difficulty: how much an instruction helps a model to its answer.

IFD(q, a) = ppl(a | q) / ppl(a) (Li et al. 2024, arXiv 2308.12032). A small model ranks as a large one
does (Superfiltering, arXiv 2402.00530). At 1 or above the instruction does not help.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from resources.models.protocols import CausalLM
from synth_assets.instructions.example import Dropped, Example
from synth_assets.instructions.policy import IfdPolicy
from synth_assets.text.draws import digest

_FEWEST_FOR_QUANTILES = 20
_CHUNK = 32


def ifd(examples: Sequence[Example], causal_lm: CausalLM) -> list[float]:
    """IFD of each example; both perplexities under the chat template, the second with an empty request."""
    answers = [example.draft.output for example in examples]
    asked = [causal_lm.render_chat(example.messages()[:1], add_generation_prompt=True) for example in examples]
    empty = causal_lm.render_chat([{"role": "user", "content": ""}], add_generation_prompt=True)
    given = causal_lm.log_likelihood(answers, asked)
    alone = causal_lm.log_likelihood(answers, [empty] * len(answers))
    # The cap keeps a pathological answer from overflowing; anything near it is dropped anyway.
    return [math.exp(min(50.0, b.mean - a.mean)) for a, b in zip(given, alone, strict=True)]


def select(
    examples: Sequence[Example], causal_lm: CausalLM, policy: IfdPolicy, seed: int
) -> tuple[list[Example], list[Dropped], dict[str, float]]:
    """Drop scored examples outside the policy's band; what was not scored is kept. Third: IFD by id.

    The refusal to answer and canaries are not scored: the first is one constant, the second must
    reach the privacy stage as a document would, and no budget is spent on them.
    """
    scorable = [e for e in examples if e.draft.recipe != "qa_unanswerable" and e.draft.source.role == "document"]
    sample = sorted(scorable, key=lambda e: digest(seed, "ifd", e.id))[: policy.max_items]
    scores = {e.id: round(score, 6) for e, score in zip(sample, _scores(sample, causal_lm), strict=True)}
    bands = _bands(sample, scores, policy)
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        reason = _reason(scores.get(example.id), bands.get(example.draft.task), policy.drop_at)
        if reason:
            dropped.append(Dropped(example, reason, f"ifd={scores[example.id]:.3f}"))
        else:
            kept.append(example)
    return kept, dropped, scores


def _scores(sample: Sequence[Example], causal_lm: CausalLM) -> list[float]:
    return [score for at in range(0, len(sample), _CHUNK) for score in ifd(sample[at : at + _CHUNK], causal_lm)]


def _bands(sample: Sequence[Example], scores: dict[str, float], policy: IfdPolicy) -> dict[str, tuple[float, float]]:
    """(low, high) by task, for tasks with enough scored examples for quantiles to mean anything."""
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
