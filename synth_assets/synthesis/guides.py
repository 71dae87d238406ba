"""Guides: what k subjects share steers the model between words, besides what it is told in the prompt.

Where k subjects wrote a word after the two or three words before, it has a chance of its own beside the model's
distribution, so that a text sounds like the corpus. A keyword of the sketch that the text does not hold yet has better
odds: a model that is asked for words in its prompt alone forgets two of three. A word that would repeat what the text
holds has worse odds, and a text ends where it is as long as the sketch wants it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import Advice
from synth_assets.synthesis.support import Support
from synth_assets.text.draws import row_id
from synth_assets.text.sentences import sentences
from synth_assets.text.words import WORD, cased_words, stop_words, words

CONTEXTS = (3, 2)
"""Words of a context, the longest first. With the next one, at most half of a window that may not be copied."""
ENOUGH = 0.8
"""Share of the words wanted from which a text may end: sentences are whole, so that some end late."""
_TAIL = 80
"""Characters at the end of a text that hold the context."""
_REPEATED = 3
"""Words that come before a repeated one: after fewer, words that a topic needs would be avoided."""
_LONGEST_SENTENCE = 40
"""Words after which a sentence that does not end is given up."""


@dataclass(frozen=True)
class Phrases:
    """What follows two or three words, where k subjects share the step.

    Attributes:
        following: by folded context, the words that follow with the share of its subjects who go on so.
    """

    following: Mapping[tuple[str, ...], Mapping[str, float]]

    @cached_property
    def digest(self) -> str:
        """Names the content."""
        lines = (f"{' '.join(c)}\t{w}\t{x:.4f}" for c, found in self.following.items() for w, x in found.items())
        return row_id(*sorted(lines))

    def after(self, text: str) -> Mapping[str, float]:
        """What follows the longest known context at the end of the text."""
        tail = tuple(word.casefold() for word in WORD.findall(text[-_TAIL:]))
        if text[-1:] in ".!?:;,":
            return {}
        for size in CONTEXTS:
            found = self.following.get(tail[-size:]) if len(tail) >= size else None
            if found:
                return found
        return {}


def learn_phrases(passages: Iterable[tuple[int, str]], k: int) -> Phrases:
    """Phrases of passages without a break, given with the number of their subject. Shares are of subjects."""
    contexts: Support[tuple[str, ...]] = Support()
    steps: Support[tuple[tuple[str, ...], str]] = Support()
    for subject, passage in passages:
        found = cased_words(passage)
        folded = [word.casefold() for word in found]
        for place, word in enumerate(found):
            for size in CONTEXTS:
                if place >= size:
                    context = tuple(folded[place - size : place])
                    contexts.add(context, subject)
                    steps.add((context, word), subject)
    following: defaultdict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for (context, word), bits in sorted(steps.at_least(k).items()):
        following[context][word] = bits.bit_count() / contexts.count(context)
    return Phrases({context: _normal(found) for context, found in following.items()})


def _normal(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares whose sum is at most 1: a subject may go on in several ways."""
    total = max(1.0, sum(shares.values()))
    return {word: share / total for word, share in shares.items()}


class Steering(StrictModel):
    """How strongly a guide steers. Odds are changed by nats: 0.7 halve or double them."""

    phrase_share: float = Field(
        0.3, ge=0, lt=1, description="Share of the next word that phrases decide where k subjects share one"
    )
    keyword_boost: float = Field(1.0, ge=0, description="Nats that a keyword gains until the text holds it")
    repeat_penalty: float = Field(
        2.0, ge=0, description="Nats that a word loses for each time that it follows the last three words already"
    )
    frequency_penalty: float = Field(
        1.0, ge=0, description="Nats that a content word loses for each time after the first that the text holds it"
    )
    name_penalty: float = Field(
        2.0, ge=0, description="Nats that a word of the label's name loses where it is no keyword"
    )


@dataclass(frozen=True)
class SketchGuide:
    """Guides one document.

    Attributes:
        phrases: of the corpus.
        steering: how strongly.
        keywords: of the sketch that the text shall still hold.
        named: words of the label's name: a model that is told a topic writes about its name.
        words: prose words wanted.
        titled: whether a line with the title comes before the prose.
    """

    phrases: Phrases
    steering: Steering
    keywords: tuple[str, ...]
    named: tuple[str, ...]
    words: int
    titled: bool

    @cached_property
    def key(self) -> str:
        """Names the guide."""
        strengths = [getattr(self.steering, name) for name in Steering.model_fields]
        settings = map(str, (*strengths, self.words, self.titled))
        return row_id(self.phrases.digest, *settings, *self.keywords, "", *self.named)

    def advise(self, text: str) -> Advice:
        """What phrases know after `text`, what it lacks, what would repeat it, and whether it may end."""
        steering = self.steering
        _, line_break, prose = text.partition("\n") if self.titled else ("", "\n", text)
        known = self.phrases.after(text) if steering.phrase_share else {}
        boosts: defaultdict[str, float] = defaultdict(float)
        for word in self.named:
            boosts.update(dict.fromkeys(_forms(word), -steering.name_penalty))
        if line_break:  # a title would be a list of them
            held = set(words(prose))
            boosts.update(dict.fromkeys((word for word in self.keywords if word not in held), steering.keyword_boost))
        found = WORD.findall(text)
        folded = [word.casefold() for word in found]
        for word, count in Counter(found).items():
            if count > 1 and word.casefold() not in stop_words():
                boosts[word] -= steering.frequency_penalty * (count - 1)
        for place in range(_REPEATED, len(folded)):
            if folded[place - _REPEATED : place] == folded[-_REPEATED:]:
                boosts[found[place]] -= steering.repeat_penalty
        return Advice(
            {word: share * steering.phrase_share for word, share in known.items()},
            boosts,
            self._end(prose) if line_break else "open",
        )

    def _end(self, prose: str) -> Literal["now", "later"]:
        count = len(words(prose))
        if count < ENOUGH * self.words:
            return "later"
        *whole, _ = sentences(prose) or [(0, 0)]  # what is being written is the last one
        done = len(words(prose[: whole[-1][1] if whole else 0]))
        return "now" if done >= ENOUGH * self.words or count - done > _LONGEST_SENTENCE else "later"


def _forms(word: str) -> tuple[str, ...]:
    """A word as it stands in a text: small or capital, one or several."""
    return word, word.capitalize(), f"{word}s", f"{word.capitalize()}s"
