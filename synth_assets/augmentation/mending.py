"""Undoes the changes of a rewriting that spoil it, and keeps the rest.

A round trip leaves most of a sentence good and spoils a word of it: a preposition, a calque, a lost noun. The mean
over the sentence hides that. Each change is therefore judged by itself, twice, and where it is refused the words of the
source stand again:

- The causal LM compares it with the words that it replaces, given the words before.
- The masked LM hides each new word: a word that it would not think of, from both sides, is a wrong one more often than
  a rare one. What was left out without a replacement must be a word that changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from resources.models.protocols import CausalLM, Likelihood, MaskedLM, Slot, Span
from synth_assets.augmentation.filters.facts import word_set
from synth_assets.text.words import WORD, words

_FOLLOWING = 2  # words that both texts have after a change and that are scored with it: a wrong word spoils them

_MAY_GO = frozenset(["a", "an", "and", "had", "has", "have", "that", "the"])
"""Words without which a sentence says the same."""

_MEAN_MIN = -1.0  # nats a token; read off the changes of 19 rewritings of news


Part = tuple[str, Span]
"""A text and a place in it."""


@dataclass(frozen=True)
class Change:
    """Words `[start, end)` of the source and the words `[begin, stop)` of the rewriting that stand in their place."""

    start: int
    end: int
    begin: int
    stop: int


Changes = list[list[Change]]
"""Changes of each pair of a source and a rewriting."""


def mend_unlikely(pairs: Sequence[tuple[str, str]], minimum: float, lm: CausalLM) -> list[str]:
    """Each rewriting without the changes that lose more than -`minimum` nats against the source.

    Args:
        pairs: sources and rewritings.
        minimum: lowest log p of a change and the words after it, minus that of the source's words. Where the change has
            fewer tokens, the mean a token may not fall by more than a nat either.
        lm: one call scores all changes.
    """
    found = [changes(source.split(), rewriting.split()) for source, rewriting in pairs]
    asked = [
        part
        for (source, rewriting), several in zip(pairs, found, strict=True)
        for part in _parts(source.split(), rewriting.split(), several)
    ]
    known = _scores(asked, lm)
    verdicts = iter(
        [_is_bad(known[old], known[new], minimum) for old, new in zip(asked[::2], asked[1::2], strict=True)]
    )
    return _without(pairs, found, [[change for change in several if next(verdicts)] for several in found])


def mend_unfitting(pairs: Sequence[tuple[str, str]], candidates: int, masked_lm: MaskedLM) -> list[str]:
    """Each rewriting without changes whose words do not fit, and without words left out for nothing.

    Args:
        pairs: sources and rewritings.
        candidates: of the masked LM for the place of a word that is not the source's own; the word must be among them.
        masked_lm: one call fills all places.
    """
    found = [changes(source.split(), rewriting.split()) for source, rewriting in pairs]
    places = [
        (pair, change, slot)
        for pair, ((source, rewriting), several) in enumerate(zip(pairs, found, strict=True))
        for change in several
        for slot in _new_words(source, rewriting, change)
    ]
    answers = masked_lm.fill([slot for *_, slot in places], candidates) if places else []
    bad = [
        [change for change in several if _is_refused(pair, change)] for pair, several in zip(pairs, found, strict=True)
    ]
    for (pair, change, slot), answer in zip(places, answers, strict=True):
        if slot.text[slot.start : slot.end].casefold() not in {candidate.text.casefold() for candidate in answer}:
            bad[pair].append(change)
    return _without(pairs, found, bad)


def _new_words(source: str, rewriting: str, change: Change) -> list[Slot]:
    """The words of a change that occur more often than in the source."""
    before, after, split = Counter(words(source)), Counter(words(rewriting)), rewriting.split()
    spaced = " ".join(split)
    start, end = len(" ".join(split[: change.begin])), len(" ".join(split[: change.stop]))
    found = [match.span() for match in WORD.finditer(spaced, start, end)]
    slots = [(words(spaced[slice(*span)])[0], Slot(spaced, *span)) for span in found]
    return [slot for word, slot in slots if after[word] > before[word]]


def _is_refused(pair: tuple[str, str], change: Change) -> bool:
    """Whether the change takes words away for nothing, or says a content word of the source once more."""
    source, rewriting = pair
    gone = words(" ".join(source.split()[change.start : change.end]))
    if change.begin == change.stop:
        return not _MAY_GO.issuperset(gone)
    before, after = Counter(words(source)), Counter(words(rewriting))
    said = _content(rewriting.split()[change.begin : change.stop])
    return any(0 < before[word] < after[word] for word in said)


def _without(pairs: Sequence[tuple[str, str]], found: Changes, bad: Changes) -> list[str]:
    """Rewritings without bad changes. Changes that move or repeat a content word are kept or undone together."""
    mended = []
    for (source, rewriting), several, refused in zip(pairs, found, bad, strict=True):
        left, right = source.split(), rewriting.split()
        undone = {change for group in _tied(left, right, several) if group.intersection(refused) for change in group}
        mended.append(_joined(left, right, several, undone))
    return mended


def _scores(asked: Sequence[Part], lm: CausalLM) -> dict[Part, Likelihood]:
    """Likelihoods of the parts of texts, each text read once."""
    spans: dict[str, dict[Span, None]] = {}
    for text, span in asked:
        spans.setdefault(text, {})[span] = None
    found = lm.span_likelihoods(list(spans), [list(own) for own in spans.values()]) if spans else []
    return {
        (text, span): score
        for (text, own), scores in zip(spans.items(), found, strict=True)
        for span, score in zip(own, scores, strict=True)
    }


def _is_bad(old: Likelihood, new: Likelihood, minimum: float) -> bool:
    """Whether the new words are unlikely beside the old ones: in all, or a token where fewer tokens hide it."""
    shorter = new.tokens < old.tokens
    return new.logprob - old.logprob < minimum or (shorter and new.mean - old.mean < _MEAN_MIN)


def changes(source: Sequence[str], rewriting: Sequence[str]) -> list[Change]:
    """Where the words of the two differ, in order."""
    codes = SequenceMatcher(None, source, rewriting, autojunk=False).get_opcodes()
    return [Change(*place) for name, *place in codes if name != "equal"]


def _parts(source: Sequence[str], rewriting: Sequence[str], found: Sequence[Change]) -> Iterator[Part]:
    """For each change what to score in the source and in the rewriting: its words with some after."""
    for number, change in enumerate(found, 1):
        limit = found[number].start if number < len(found) else len(source)
        following = min(limit, change.end + _FOLLOWING) - change.end
        for whole, start, end in ((source, change.start, change.end), (rewriting, change.begin, change.stop)):
            yield " ".join(whole), (len(" ".join(whole[:start])), len(" ".join(whole[: end + following])))


def _tied(source: Sequence[str], rewriting: Sequence[str], found: Sequence[Change]) -> list[set[Change]]:
    """Changes in groups that share a content word which they take away or put in."""
    groups: list[tuple[set[Change], set[str]]] = []
    for change in found:
        old, new = _content(source[change.start : change.end]), _content(rewriting[change.begin : change.stop])
        merged = ({change}, old ^ new)
        apart = []
        for group in groups:
            if merged[1] & group[1]:
                merged = (merged[0] | group[0], merged[1] | group[1])
            else:
                apart.append(group)
        groups = [*apart, merged]
    return [members for members, _ in groups]


def _content(phrase: Sequence[str]) -> set[str]:
    return set(words(" ".join(phrase))) - word_set("stop_words")


def _joined(source: Sequence[str], rewriting: Sequence[str], found: Sequence[Change], undone: set[Change]) -> str:
    kept: list[str] = []
    done = 0
    for change in found:
        kept += source[done : change.start]
        kept += source[change.start : change.end] if change in undone else rewriting[change.begin : change.stop]
        done = change.end
    return " ".join([*kept, *source[done:]])
