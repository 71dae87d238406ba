"""Guides: what k subjects share steers the model between words, besides what it is told in the prompt.

Where k subjects wrote a word after the two or three words before, it has a chance of its own beside the model's
distribution, so that a text sounds like the corpus. A keyword of the sketch that the text does not hold yet has better
odds: a model that is asked for words in its prompt alone forgets two of three.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from resources.models.protocols import Advice
from synth_assets.synthesis.support import Support
from synth_assets.text.draws import row_id
from synth_assets.text.words import WORD, cased_words

CONTEXTS = (3, 2)
"""Words of a context, the longest first. With the next one, at most half of a window that may not be copied."""
_TAIL = 80
"""Characters at the end of a text that hold the context."""


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


@dataclass(frozen=True)
class SketchGuide:
    """Guides one document.

    Attributes:
        phrases: of the corpus.
        keywords: of the sketch.
        phrase_share: share of the next word that phrases decide, where they know one.
        keyword_boost: nats that the odds of a keyword gain until the text holds it.
    """

    phrases: Phrases
    keywords: tuple[str, ...]
    phrase_share: float
    keyword_boost: float

    @cached_property
    def key(self) -> str:
        """Names the guide."""
        return row_id(self.phrases.digest, str(self.phrase_share), str(self.keyword_boost), *self.keywords)

    def advise(self, text: str) -> Advice:
        """The words that phrases know after `text`, and the keywords that it does not hold."""
        chances = {word: share * self.phrase_share for word, share in self.phrases.after(text).items()}
        held = {word.casefold() for word in WORD.findall(text)}
        return Advice(chances, {word: self.keyword_boost for word in self.keywords if word not in held})
