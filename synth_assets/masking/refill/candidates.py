"""Which candidates of the masked LM may replace a word: the order they are tried in, and whether they fit the sentence.

A word fits where it has the same part of speech, creates no entity, and keeps the meaning.
"""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from resources.models.protocols import Candidate, Entity, Models, Tag
from synth_assets.masked_lm.windows import Span, window_of
from synth_assets.masking.keys import RealValues
from synth_assets.text.words import frequent_content_words

_SUFFIXES = ("ing", "tion", "ment", "ness", "able", "ible", "ance", "ence", "ity", "ful", "ous", "ive", "est", "ed",
             "ly", "al", "er", "s")  # fmt: skip
_CONTEXT = 60  # characters, about a sentence; in a longer text one word barely changes the similarity


@dataclass(frozen=True)
class Proposal:
    """A word that may be written: its score by the masked LM (log-probability, nats) and calibrated probability."""

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
    """The candidates that may replace `original`, in an order drawn without replacement by their probability.

    Probabilities are the softmax of score / temperature over all candidates, so a sample is as diverse as the model is
    uncertain (Guo et al., 2017). The order is that of Gumbel-perturbed scores (Kool et al., 2019).

    Args:
        original: the word to replace.
        candidates: answers of the masked LM.
        temperature: the calibrated temperature of that model.
        real: values of the corpus, which are never written.
        rng: generator of the document; every candidate consumes one number, accepted or not.
        reasons: counts rejected candidates by reason.
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
    """Why `word` may not replace `original`; "" if it may."""
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


@dataclass(frozen=True)
class Change:
    """`text[start:end]` is to become `word`."""

    text: str
    span: Span
    word: str

    @property
    def before(self) -> tuple[str, int]:
        """The text around the changed word, and the place of the word in it."""
        start, end = window_of(self.text, self.span, _CONTEXT, shared=_CONTEXT)
        return self.text[start:end], self.span[0] - start

    @property
    def after(self) -> str:
        """The same text with the new word."""
        text, at = self.before
        return text[:at] + self.word + text[at + self.span[1] - self.span[0] :]


def misfits(changes: Sequence[Change], models: Models, min_similarity: float) -> list[str]:
    """Why each change does not fit its sentence; "" if it fits.

    Reasons are "other_part_of_speech", "entity" and "other_meaning". Parts of speech are the tagger's own tags, which
    include number and tense: for English those of the Penn Treebank. Similarity is the cosine of sentence embeddings
    of the text around the word, before and after the change.
    """
    reasons = [""] * len(changes)
    for check in (_other_part_of_speech, _entity, lambda c, m: _other_meaning(c, m, min_similarity)):
        open_ = [i for i, reason in enumerate(reasons) if not reason]
        if open_:
            for i, reason in zip(open_, check([changes[i] for i in open_], models), strict=True):
                reasons[i] = reason
    return reasons


def _other_part_of_speech(changes: Sequence[Change], models: Models) -> list[str]:
    tags = iter(models.tagger.tag(_before_and_after(changes)))
    reasons = []
    for change in changes:
        at = change.before[1]
        old, new = _tag_at(next(tags), at, change.span[1] - change.span[0]), _tag_at(next(tags), at, len(change.word))
        reasons.append("" if old is not None and old == new else "other_part_of_speech")
    return reasons


def _tag_at(tags: Sequence[Tag], at: int, length: int) -> str | None:
    return next((tag.tag for tag in tags if (tag.start, tag.end) == (at, at + length)), None)


def _entity(changes: Sequence[Change], models: Models) -> list[str]:
    entities = models.recognizer.recognize([change.after for change in changes])
    return [
        "entity" if _overlaps(change.before[1], len(change.word), row) else ""
        for change, row in zip(changes, entities, strict=True)
    ]


def _overlaps(at: int, length: int, entities: Sequence[Entity]) -> bool:
    return any(entity.start < at + length and at < entity.end for entity in entities)


def _other_meaning(changes: Sequence[Change], models: Models, minimum: float) -> list[str]:
    vectors = models.encoder.encode(_before_and_after(changes))
    cosines = cast("list[float]", (vectors[0::2] * vectors[1::2]).sum(1).tolist())
    return ["other_meaning" if cosine < minimum else "" for cosine in cosines]


def _before_and_after(changes: Sequence[Change]) -> list[str]:
    return [text for change in changes for text in (change.before[0], change.after)]
