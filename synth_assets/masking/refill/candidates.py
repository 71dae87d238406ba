"""Which proposals of the masked LM may stand for a word, and in which order they are tried.

What the sentence around them says to it belongs to `refill_context`.
"""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from resources.models.protocols import Candidate
from synth_assets.masking.keys import RealValues
from synth_assets.masking.lexicon.gazetteer import frequent_content_words

_SUFFIXES = ("ing", "tion", "ment", "ness", "able", "ible", "ance", "ence", "ity", "ful", "ous", "ive", "est", "ed",
             "ly", "al", "er", "s")  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """A word that may be written: the masked LM's score (log-probability, nats) and calibrated probability."""

    word: str
    score: float
    probability: float


def draw_order(
    original: str,
    candidates: Sequence[Candidate],
    temperature: float,
    real: RealValues,
    rng: random.Random,
    reasons: Counter[str],
    forbidden: frozenset[str] = frozenset(),
) -> list[Proposal]:
    """The candidates that may stand for `original`, in an order drawn without replacement by their probability.

    Probabilities are the softmax of score / temperature over all candidates, so that a sample is as diverse as the
    model is unsure (Guo et al., 2017). The order is that of Gumbel-perturbed scores (Kool et al., 2019).

    Args:
        original: the word that is replaced.
        candidates: of the masked LM.
        temperature: the calibrated one of that model.
        real: values of the corpus, which are never written.
        rng: of the document; one number a candidate is drawn, whatever passes.
        reasons: counts what may not stand there.
        forbidden: words that this document hides.
    """
    if not candidates:
        return []
    best = max(candidate.score for candidate in candidates)
    weights = [math.exp((candidate.score - best) / temperature) for candidate in candidates]
    drawn: list[tuple[float, Proposal]] = []
    for candidate, weight in zip(candidates, weights, strict=True):
        word, noise = candidate.text.strip(), -math.log(rng.expovariate(1.0))
        reason = reject_reason(original, word, real) or ("hidden_value" if word in forbidden else "")
        if reason:
            reasons[reason] += 1
        else:
            proposal = Proposal(word, candidate.score, weight / sum(weights))
            drawn.append(((candidate.score - best) / temperature + noise, proposal))
    return [proposal for _, proposal in sorted(drawn, key=lambda pair: -pair[0])]


def reject_reason(original: str, word: str, real: RealValues) -> str:
    """Why `word` may not stand for `original`; "" if it may."""
    if not (word.isalpha() and word.islower()):
        return "not_a_small_letter_word"
    if word == original:
        return "same_word"
    if _stem(word) == _stem(original) or word.startswith(original) or original.startswith(word):
        return "inflection"
    if word not in frequent_content_words():
        return "not_a_frequent_content_word"
    return "real_value" if word in real else ""


def _stem(word: str) -> str:
    suffix = next((s for s in _SUFFIXES if word.endswith(s) and len(word) >= len(s) + 3), "")
    return word.removesuffix(suffix).rstrip("e")
