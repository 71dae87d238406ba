"""How often a missed name stands out among surrogates, by how surrogates are drawn. Printed by `surrogates.py`.

A share of the mentions of people is left as it was. The attacker knows how surrogates are made, and which mentions are
one person. One surrogate a person: of a person's two names the rarer one is real. A chain: surrogates that were given
up never return, so what stands between two mentions of one name is real. A tie is told half the time.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gold_spans import Document

from synth_assets.masking.detection.linking import Linked, link
from synth_assets.masking.lexicon.gazetteer import name_words
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.surrogates.replace import DocumentSurrogates

Make = Callable[[Document, Sequence[Linked], MaskingPolicy], DocumentSurrogates]
Span = tuple[int, int]
RATES = {0.001: 100, 0.01: 20, 0.05: 5}  # runs of each, so that each rate sees about as many missed names
POLICIES = {
    name: MaskingPolicy.parse({"surrogates": settings}, "masking")
    for name, settings in {
        "consistent": {},
        "markov .5": {"consistency": "markov", "keep": 0.5},
        "markov 0": {"consistency": "markov", "keep": 0.0},
    }.items()
}


@dataclass
class Told:
    """Sums over documents and runs."""

    documents: int = 0
    with_leak: int = 0
    with_told: float = 0.0
    right: float = 0.0
    wrong: float = 0.0

    def line(self) -> str:
        precision = self.right / max(1e-9, self.right + self.wrong)
        missed, told = self.with_leak / self.documents, self.with_told / self.documents
        return (
            f"missed in {missed:7.2%} of documents, told in {told:7.2%}"
            f" ({self.with_told / max(1, self.with_leak):6.1%} of those), right {precision:6.1%} of the time"
        )


def leaks(documents: Sequence[Document], make: Make, rate: float, policy: MaskingPolicy, linked: bool) -> Told:
    """Leave mentions at `rate`, before linking finds them again (`linked`) or for good, and let the attacker look."""
    told = Told()
    for run in range(RATES[rate]):
        for document in documents:
            people = [m for m in document.mentions if m.type == "PERSON"]
            rng = random.Random(f"{run}/{document.name}")
            missed = {(m.start, m.end) for m in people if rng.random() < rate}
            told.documents += 1
            if missed:
                _look(told, document, make, policy, *_left(document, missed, linked))
    return told


def _left(document: Document, missed: set[Span], linked: bool) -> tuple[set[Span], Sequence[Linked]]:
    """Spans that stay as they were, and the mentions that are replaced."""
    if not linked:
        return missed, [item for item in document.linked if _span(item) not in missed]
    found = link(document.text, [m for m in document.mentions if (m.start, m.end) not in missed])
    places = [_span(item) for item in found]
    return {(a, b) for a, b in missed if not any(c < b and a < d for c, d in places)}, found


def _look(
    told: Told,
    document: Document,
    make: Make,
    policy: MaskingPolicy,
    missed: set[Span],
    items: Sequence[Linked],
) -> None:
    if not missed:
        return
    told.with_leak += 1
    surrogates = make(document, items, policy)
    shown = {span: document.text[slice(*span)] for span in missed}
    entities = {_span(item): str(item.entity) for item in document.linked}
    for item in items:
        written = surrogates.replacement(document.text[slice(*_span(item))], item)
        if item.mention.type == "PERSON":
            shown[_span(item)] = written or ""
    by_person: dict[str, list[Span]] = {}
    for span in sorted(shown):
        by_person.setdefault(document.people.get(span) or entities.get(span, str(span)), []).append(span)
    miss = 1.0
    for spans in by_person.values():
        names = clusters([shown[span] for span in spans])
        for name, weight in suspected(names, policy.surrogates.consistency == "consistent").items():
            real = any(span in missed for span, other in zip(spans, names, strict=True) if other == name)
            told.right += weight * real
            told.wrong += weight * (not real)
            miss *= 1 - weight * real
    told.with_told += 1 - miss


def clusters(names: Sequence[str]) -> list[int]:
    """A number for each mention of one person: mentions that share a word are one name."""
    words = [frozenset(word.casefold() for word in name_words(name) if len(word) > 1) for name in names]
    numbers = list(range(len(names)))
    for i in range(len(names)):
        for j in range(i):
            if words[i] & words[j] and numbers[i] != numbers[j]:
                old = numbers[i]
                numbers = [numbers[j] if number == old else number for number in numbers]
    return numbers


def suspected(names: Sequence[int], consistent: bool) -> dict[int, float]:
    """Names that cannot be surrogates, with the weight of the guess.

    >>> suspected([1, 1, 2, 1], True), suspected([1, 2], True), suspected([1, 2, 3, 3], False)
    ({2: 1.0}, {1: 0.5, 2: 0.5}, {})
    >>> suspected([1, 1, 2, 1, 3], False)
    {2: 1.0}
    """
    count = Counter(names)
    if consistent:
        top = max(count.values())
        first = [name for name in count if count[name] == top]
        weight = 1 - 1 / len(first)
        return {name: 1.0 if count[name] < top else weight for name in count if count[name] < top or weight}
    found: dict[int, float] = {}
    last = {name: place for place, name in enumerate(names)}
    for name, end in last.items():
        inside = set(names[list(names).index(name) : end]) - {name}
        for other in inside:
            weight = 1.0 if count[other] < count[name] else 0.5 if count[other] == count[name] else 0.0
            found[other] = max(found.get(other, 0.0), weight)
    return {name: weight for name, weight in found.items() if weight}


def agreement(documents: Sequence[Document], make: Make, policy: MaskingPolicy) -> float:
    """Share of neighboring mentions of one person that have one name: what is left of who is who."""
    same = pairs = 0
    for document in documents:
        surrogates = make(document, document.linked, policy)
        by_person: dict[str, list[str]] = {}
        for item in document.linked:
            made = surrogates.replacement(document.text[slice(*_span(item))], item)
            if item.mention.type == "PERSON" and made:
                by_person.setdefault(str(item.entity), []).append(made)
        for names in map(clusters, by_person.values()):
            pairs += len(names) - 1
            same += sum(a == b for a, b in pairwise(names))
    return same / max(1, pairs)


def _span(item: Linked) -> Span:
    return item.mention.start, item.mention.end
