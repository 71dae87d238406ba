"""Guides: what k subjects share steers the model between words, besides what it is told in the prompt.

Two things raise the odds of a word: that k subjects write it after the words before (phrases), and that it is a keyword
of the sketch that the text does not hold yet. A model that is asked for a word in its prompt alone forgets two of three.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from synth_assets.synthesis.support import Support
from synth_assets.text.draws import row_id
from synth_assets.text.words import WORD, cased_words

LONGEST = 3
"""Words of a context at most: with the next one, half of a window that may not be copied."""
_PHRASE_MAX = 4.0
"""Nats that a phrase adds at most."""
_TAIL = 80
"""Characters at the end of a text that hold the context."""


@dataclass(frozen=True)
class Phrases:
    """What follows up to three words, where k subjects share the step.

    Attributes:
        following: by folded context, the words that follow and what their odds gain there (nats).
    """

    following: Mapping[tuple[str, ...], Mapping[str, float]]

    @cached_property
    def digest(self) -> str:
        """Names the content."""
        lines = (f"{' '.join(c)}\t{w}\t{x:.4f}" for c, found in self.following.items() for w, x in found.items())
        return row_id(*sorted(lines))

    def after(self, text: str) -> Mapping[str, float]:
        """The words that the longest known context at the end of the text asks for."""
        tail = tuple(word.casefold() for word in WORD.findall(text[-_TAIL:]))
        for size in range(LONGEST, 0, -1):
            found = self.following.get(tail[-size:]) if len(tail) >= size else None
            if found:
                return found
        return {}


def learn_phrases(sentences: Iterable[tuple[int, str]], k: int) -> Phrases:
    """Phrases of sentences, given with the number of their subject; none goes over the end of a sentence.

    The odds of a word gain log p(word | context) - log p(word), both by subjects, at most 4 nats and at least 0.
    """
    contexts: Support[tuple[str, ...]] = Support()
    steps: Support[tuple[tuple[str, ...], str]] = Support()
    single: Support[str] = Support()
    people = set()
    for subject, sentence in sentences:
        people.add(subject)
        found = cased_words(sentence)
        folded = [word.casefold() for word in found]
        for place, word in enumerate(found):
            single.add(word, subject)
            for size in range(1, min(LONGEST, place) + 1):
                context = tuple(folded[place - size : place])
                contexts.add(context, subject)
                steps.add((context, word), subject)
    following: defaultdict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for (context, word), bits in sorted(steps.at_least(k).items()):
        gain = math.log(bits.bit_count() / contexts.count(context)) - math.log(single.count(word) / len(people))
        if gain > 0:
            following[context][word] = min(_PHRASE_MAX, gain)
    return Phrases(dict(following))


@dataclass(frozen=True)
class SketchGuide:
    """Guides one document.

    Attributes:
        phrases: of the corpus.
        keywords: of the sketch.
        phrase_weight: what the gain of a phrase is multiplied by.
        keyword_boost: nats that a keyword gains until the text holds it.
    """

    phrases: Phrases
    keywords: tuple[str, ...]
    phrase_weight: float
    keyword_boost: float

    @cached_property
    def key(self) -> str:
        """Names the guide."""
        return row_id(self.phrases.digest, str(self.phrase_weight), str(self.keyword_boost), *self.keywords)

    def boosts(self, text: str) -> dict[str, float]:
        """What is added to the log-odds of words after `text`."""
        raised = {word: gain * self.phrase_weight for word, gain in self.phrases.after(text).items()}
        held = {word.casefold() for word in WORD.findall(text)}
        for word in self.keywords:
            if word not in held:
                raised[word] = raised.get(word, 0.0) + self.keyword_boost
        return raised
