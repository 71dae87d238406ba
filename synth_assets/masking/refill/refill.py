"""Common words of the masked text refilled by a masked LM, several at once, spliced into the original characters.

Identifiers are never refilled from a model: it prefers frequent or memorized names. Words are filled by mask-predict
(Ghazvininejad et al., 2019): all are hidden, the surest are written first, and the others are asked for again with
these in place, so that no word is proposed with the original of another one in sight.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from resources.models.protocols import Models, Slot
from synth_assets.masked_lm.windows import slot_of
from synth_assets.masking.keys import RealValues
from synth_assets.masking.policy import RefillPolicy
from synth_assets.masking.refill.candidates import Proposal, draw_order
from synth_assets.masking.refill.context import Change, unfit
from synth_assets.masking.refill.words import Refillable, choose_words
from synth_assets.text.edits import Edit, apply


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
    """Refills of each document, by start. Every rejected candidate is counted in `reasons`.

    A word for which no candidate passes stays as it is.
    """
    states = [
        _Document(
            document.text, document.rng, document.hidden, [_Word(*span) for span in choose_words(document, policy)]
        )
        for document in documents
    ]
    for done in range(1, policy.rounds + 1):
        asked = [ask for state in states for ask in state.asks(policy.context)]
        if not asked:
            break
        _propose(asked, models, policy, real, reasons)
        for state in states:
            state.settle(done / policy.rounds)
    return [
        [Refill(w.start, w.end, w.proposal.word, w.proposal.score) for w in state.words if w.proposal]
        for state in states
    ]


@dataclass
class _Word:
    """A word of the masked text, what is to stand there, and whether that is settled."""

    start: int
    end: int
    proposal: Proposal | None = None
    settled: bool = False
    alone: bool = True
    """Whether no other hidden word was near when it was asked for: asking again would change nothing."""


@dataclass(frozen=True)
class _Ask:
    """One open word in the text as it stands."""

    word: _Word
    slot: Slot
    rng: random.Random
    forbidden: frozenset[str]

    @property
    def original(self) -> str:
        return self.slot.text[self.slot.start : self.slot.end]


@dataclass(frozen=True)
class _Document:
    text: str
    rng: random.Random
    hidden: frozenset[str]
    words: list[_Word] = field(default_factory=list)

    def asks(self, context: int) -> Iterator[_Ask]:
        """The open words, each with the others hidden and with what is settled in place."""
        edits = [
            Edit(w.start, w.end, w.proposal.word if w.settled and w.proposal else self.text[w.start : w.end])
            for w in self.words
        ]
        text, places = apply(self.text, edits)
        hidden = [place for word, place in zip(self.words, places, strict=True) if not word.settled]
        for word, place in zip(self.words, places, strict=True):
            if not word.settled:
                slot = slot_of(text, place, context, hidden)
                word.alone = not slot.hidden
                yield _Ask(word, slot, self.rng, self.hidden)

    def settle(self, share: float) -> None:
        """Settle what is certain enough to reach this share of all words; the rest is open again."""
        due = math.ceil(share * len(self.words)) - sum(word.settled for word in self.words)
        waiting = [word for word in self.words if not word.settled]
        waiting.sort(key=lambda word: -_certainty(word))
        for number, word in enumerate(waiting):
            word.settled = number < due or math.isinf(_certainty(word))
            if not word.settled:
                word.proposal = None


def _certainty(word: _Word) -> float:
    """Infinite where nothing would change: no other word was near, or nothing passed and the original stays."""
    return math.inf if word.alone or word.proposal is None else word.proposal.probability


def _propose(
    asked: Sequence[_Ask], models: Models, policy: RefillPolicy, real: RealValues, reasons: Counter[str]
) -> None:
    """Give each word the first of its candidates, in the order drawn, that fits its sentence."""
    answers = models.masked_lm.fill([ask.slot for ask in asked], policy.top_k)
    temperature = models.masked_lm.temperature
    queues = [
        iter(draw_order(ask.original, row, temperature, real, ask.rng, reasons, ask.forbidden))
        for ask, row in zip(asked, answers, strict=True)
    ]
    waiting = list(zip(asked, queues, strict=True))
    while waiting:
        tried = [(ask, queue, proposal) for ask, queue in waiting if (proposal := next(queue, None))]
        changes = [Change(ask.slot.text, (ask.slot.start, ask.slot.end), p.word) for ask, _, p in tried]
        found = unfit(changes, models, policy.min_similarity)
        waiting = []
        for (ask, queue, proposal), reason in zip(tried, found, strict=True):
            if reason:
                reasons[reason] += 1
                waiting.append((ask, queue))
            else:
                ask.word.proposal = proposal
