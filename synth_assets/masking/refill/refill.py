"""Refilling: common words of the masked text replaced by a masked LM, several at once, and no other character changed.

Identifiers are never refilled from a model, which prefers frequent or memorized names. Words are filled by mask-predict
(Ghazvininejad et al., 2019): all are hidden, the most certain are written first, and the others are asked for again
with these in place, so no word is proposed with the original of another one in sight.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from resources.models.protocols import Models, Slot
from synth_assets.masked_lm.windows import Span, choose_words, slot_of
from synth_assets.masking.keys import RealValues
from synth_assets.masking.policy import RefillPolicy
from synth_assets.masking.refill.candidates import Change, Proposal, draw_order, misfits
from synth_assets.text.edits import Edit, apply


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
    states = [_State.of(document, policy) for document in documents]
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

    @property
    def original(self) -> str:
        return self.slot.text[self.slot.start : self.slot.end]


@dataclass(frozen=True)
class _State:
    """A document and its words to refill."""

    document: Refillable
    words: list[_Word] = field(default_factory=list)

    @classmethod
    def of(cls, document: Refillable, policy: RefillPolicy) -> "_State":
        spans = choose_words(document.text, document.protected, policy.per_document, policy.min_length, document.rng)
        return cls(document, [_Word(*span) for span in spans])

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
    waiting = [
        (b, iter(draw_order(b.original, row, temperature, real, b.document.rng, reasons, b.document.hidden)))
        for b, row in zip(blanks, answers, strict=True)
    ]
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
