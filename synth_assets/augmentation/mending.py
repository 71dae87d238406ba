"""Keeps of a rewriting only the changes that the causal LM finds about as likely as the words that they replace.

A round trip leaves most of a sentence good and spoils a word of it: a preposition, a calque, a lost article. The mean
over the sentence hides that. Each change is therefore scored by itself, with the words before it as the prefix, and
what is too unlikely is undone, so that the source's own words stand there again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from resources.models.protocols import CausalLM, Likelihood, Span
from synth_assets.augmentation.filters.facts import word_set
from synth_assets.text.words import words

_FOLLOWING = 2  # words that both texts have after a change and that are scored with it: a wrong word spoils them

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


def mend(pairs: Sequence[tuple[str, str]], minimum: float, lm: CausalLM) -> list[str]:
    """Each rewriting without the changes that lose more than -`minimum` nats against the source.

    Changes that take away or put in the same content word (it moved, or occurs twice) are kept or undone together.

    Args:
        pairs: sources and rewritings.
        minimum: lowest log p of a change and the words after it, minus that of the source's words. Where the change has
            fewer tokens, the mean a token may not fall by more than a nat either.
        lm: one call scores all changes.

    Returns:
        Mended rewritings; the source's words where no change is kept.
    """
    split = [(source.split(), rewriting.split()) for source, rewriting in pairs]
    found = [changes(*both) for both in split]
    asked = [part for both, several in zip(split, found, strict=True) for part in _parts(*both, several)]
    known = _scores(asked, lm)
    verdicts = iter(
        [_is_bad(known[old], known[new], minimum) for old, new in zip(asked[::2], asked[1::2], strict=True)]
    )
    mended = []
    for (left, right), several in zip(split, found, strict=True):
        bad = {change for change in several if next(verdicts)}
        undone = {change for group in _tied(left, right, several) if bad & group for change in group}
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
