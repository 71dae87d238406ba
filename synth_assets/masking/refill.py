"""Refilling: common words of the masked text replaced by a masked LM, several at once, and no other character changed.

Identifiers are never refilled from a model, which prefers frequent or memorized names. Words are filled by mask-predict
(Ghazvininejad et al., 2019): all are hidden, the most certain are written first, and the others are asked for again
with these in place, so no word is proposed with the original of another one in sight. A word is accepted where it has
the same part of speech, creates no entity, and keeps the meaning.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from resources.models.protocols import Candidate, Models, Slot, Span, Tag
from synth_assets.masked_lm.windows import choose_words, slot_of, window_of
from synth_assets.masking.keys import RealValues
from synth_assets.masking.policy import RefillPolicy
from synth_assets.text.edits import Edit, apply
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
    places = [(change.before[1], change.before[1] + len(change.word)) for change in changes]
    hits = (any(e.start < b and a < e.end for e in row) for (a, b), row in zip(places, entities, strict=True))
    return ["entity" if hit else "" for hit in hits]


def _other_meaning(changes: Sequence[Change], models: Models, minimum: float) -> list[str]:
    vectors = models.encoder.encode(_before_and_after(changes))
    cosines = cast("list[float]", (vectors[0::2] * vectors[1::2]).sum(1).tolist())
    return ["other_meaning" if cosine < minimum else "" for cosine in cosines]


def _before_and_after(changes: Sequence[Change]) -> list[str]:
    return [text for change in changes for text in (change.before[0], change.after)]


@dataclass(frozen=True)
class Refillable:
    """One document of a batch.

    Attributes:
        text: its masked text.
        protected: spans that stay as they are.
        rng: its generator.
        hidden: casefolded values that are replaced in this document: never written, however common.
    """

    text: str
    protected: Sequence[Span]
    rng: random.Random
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refill:
    """`text[start:end]` becomes `word`; `score` is the masked LM's log-probability in nats."""

    start: int
    end: int
    word: str
    score: float


def refill(
    documents: Sequence[Refillable], models: Models, policy: RefillPolicy, real: RealValues, reasons: Counter[str]
) -> list[list[Refill]]:
    """Refills of each document, by start; a word for which no candidate is accepted stays as it is.

    Args:
        documents: the batch.
        models: masked LM, tagger, recognizer and encoder.
        policy: how many words are refilled, and which candidates are accepted.
        real: values of the corpus, which are never written.
        reasons: counts rejected candidates by reason.
    """
    states: list[_State] = []
    for d in documents:
        spans = choose_words(d.text, d.protected, policy.per_document, policy.min_length, d.rng)
        states.append(_State(d, [_Word(*span) for span in spans]))
    for number in range(1, policy.rounds + 1):
        blanks = [blank for state in states for blank in state.blanks(policy.context)]
        if not blanks:
            break
        _propose(blanks, models, policy, real, reasons)
        for state in states:
            state.settle(number / policy.rounds)
    return [
        [Refill(w.start, w.end, w.proposal.word, w.proposal.score) for w in state.words if w.proposal]
        for state in states
    ]


@dataclass
class _Word:
    """A word of the masked text, its replacement, and whether that is settled."""

    start: int
    end: int
    proposal: Proposal | None = None
    settled: bool = False
    alone: bool = True
    """Whether no other hidden word was near when it was asked for: asking again would change nothing."""


@dataclass(frozen=True)
class _Blank:
    """An open word in the text of the current round."""

    word: _Word
    slot: Slot
    document: Refillable


@dataclass(frozen=True)
class _State:
    """A document and its words to refill."""

    document: Refillable
    words: list[_Word]

    def blanks(self, context: int) -> Iterator[_Blank]:
        """The open words, each with the others hidden and with settled words in place."""
        source = self.document.text
        edits = [
            Edit(w.start, w.end, w.proposal.word if w.settled and w.proposal else source[w.start : w.end])
            for w in self.words
        ]
        text, places = apply(source, edits)
        hidden = [place for word, place in zip(self.words, places, strict=True) if not word.settled]
        for word, place in zip(self.words, places, strict=True):
            if not word.settled:
                slot = slot_of(text, place, context, hidden)
                word.alone = not slot.hidden
                yield _Blank(word, slot, self.document)

    def settle(self, share: float) -> None:
        """Settle the most certain words until this share of all words is settled; reopen the rest."""
        due = math.ceil(share * len(self.words)) - sum(word.settled for word in self.words)
        waiting = [word for word in self.words if not word.settled]
        waiting.sort(key=lambda word: -_certainty(word))
        for number, word in enumerate(waiting):
            word.settled = number < due or math.isinf(_certainty(word))
            if not word.settled:
                word.proposal = None


def _certainty(word: _Word) -> float:
    """Infinite if asking again would change nothing: no other word was near, or no candidate was accepted."""
    return math.inf if word.alone or word.proposal is None else word.proposal.probability


def _propose(
    blanks: Sequence[_Blank], models: Models, policy: RefillPolicy, real: RealValues, reasons: Counter[str]
) -> None:
    """Give each word the first of its candidates, in the order drawn, that fits its sentence."""
    answers = models.masked_lm.fill([blank.slot for blank in blanks], policy.top_k)
    temperature = models.masked_lm.temperature
    waiting = []
    for blank, row in zip(blanks, answers, strict=True):
        original, document = blank.slot.text[blank.slot.start : blank.slot.end], blank.document
        order = draw_order(original, row, temperature, real, document.rng, reasons, document.hidden)
        waiting.append((blank, iter(order)))
    while waiting:
        tried = [(blank, queue, proposal) for blank, queue in waiting if (proposal := next(queue, None))]
        changes = [Change(b.slot.text, (b.slot.start, b.slot.end), proposal.word) for b, _, proposal in tried]
        waiting = []
        for (blank, queue, proposal), reason in zip(
            tried, misfits(changes, models, policy.min_similarity), strict=True
        ):
            if reason:
                reasons[reason] += 1
                waiting.append((blank, queue))
            else:
                blank.word.proposal = proposal
