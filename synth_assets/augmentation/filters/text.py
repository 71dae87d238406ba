"""Filters that compare one sentence with its rewriting by text alone, cheapest first.

A filter answers None to keep, or the reason to drop. Filters that need a model are in `scoring`,
those that need the whole document in `novelty` and `duplicates`.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from synth_assets.augmentation.filters import facts
from synth_assets.augmentation.filters.lexicon import word_set
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.protection import protected_counts
from synth_assets.text.words import ngrams, stem, words


@dataclass(frozen=True)
class Pair:
    """A sentence, its proposed rewriting, and terms (names) that must stay as they are."""

    source: str
    rewriting: str
    terms: tuple[str, ...] = ()


Filter = Callable[[Pair, AugmentationPolicy], str | None]

_META = re.compile(
    r"\b(?:as an ai|i'm sorry, but|i cannot (?:help|assist)|language model|paraphras\w*|rewritten|rephrase\w*"
    r"|here is (?:a|the)|original sentence)\b|<\|",
    re.IGNORECASE,
)
_LEFTOVER = re.compile(r"\[(?:X\d+|MASK|PAD|UNK|SEP|CLS|[a-z ]*(?:name|date|address|company)[a-z ]*)\]", re.IGNORECASE)
_BRACKETS = ("()", "[]", "{}", "“”")
_COMPRESSION_BYTES = 100  # deflate says nothing about shorter texts


def form(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`format`: empty, meta talk, left-over tokens, or end mark, brackets or line breaks unlike the source."""
    rewriting = pair.rewriting
    if not words(rewriting) or "\n" in rewriting:
        return "format"
    if _introduces(_META, pair) or _introduces(_LEFTOVER, pair):
        return "format"
    if _end_mark(pair.source) != _end_mark(rewriting):
        return "format"
    return None if _imbalance(rewriting) <= _imbalance(pair.source) else "format"


def degeneration(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`degenerate`: loops, measured by `repetition`; what the source itself repeats is allowed."""
    if repetition(pair.rewriting, policy) and not repetition(pair.source, policy):
        return "degenerate"
    return None


def same_protected(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`protected`: URLs, e-mails, codes, figures, placeholders, emoji and terms."""
    same = protected_counts(pair.source, pair.terms) == protected_counts(pair.rewriting, pair.terms)
    return None if same else "protected"


def same_numbers(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`numbers`: figures, number words, currency and percent signs."""
    return None if facts.numbers(pair.source) == facts.numbers(pair.rewriting) else "numbers"


def same_dates(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`dates`: names of weekdays and months."""
    return None if facts.dates(pair.source) == facts.dates(pair.rewriting) else "dates"


def same_names(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`names`: capitalized words."""
    return None if facts.names_kept(pair.source, pair.rewriting) else "names"


def same_negation(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`negation`: number of negating words."""
    return None if facts.negations(pair.source) == facts.negations(pair.rewriting) else "negation"


def same_sides(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`polarity`: directions, quantities, modals, persons and units of time."""
    return None if facts.sides(pair.source) == facts.sides(pair.rewriting) else "polarity"


def length(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`length`: words of the rewriting over words of the source."""
    ratio = length_ratio(pair.source, pair.rewriting)
    return None if policy.length_ratio_min <= ratio <= policy.length_ratio_max else "length"


def content(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """`content`: share of content stems found on the other side, the smaller of both directions.

    Stands in for bidirectional entailment, for which no embedded model exists.
    """
    left, right = _content_stems(pair.source), _content_stems(pair.rewriting)
    if not left or not right:
        return None
    return None if len(left & right) / max(len(left), len(right)) >= policy.content_recall_min else "content"


TEXT_FILTERS: tuple[Filter, ...] = (
    form,
    degeneration,
    same_protected,
    same_numbers,
    same_dates,
    same_negation,
    same_names,
    same_sides,
    length,
    content,
)


def first_reason(pair: Pair, policy: AugmentationPolicy) -> str | None:
    """The reason of the first text filter that drops the pair, or None; `unchanged` where there is nothing to judge."""
    if words(pair.source) == words(pair.rewriting):
        return "unchanged"
    return next((reason for check in TEXT_FILTERS if (reason := check(pair, policy))), None)


def repetition(text: str, policy: AugmentationPolicy) -> bool:
    """Whether a 3-gram repeats too often, too few 2-grams are distinct, or the text deflates too well."""
    tokens = words(text)
    trigrams, bigrams = Counter(ngrams(tokens, 3)), ngrams(tokens, 2)
    if trigrams and max(trigrams.values()) > policy.repeated_trigram_max:
        return True
    if bigrams and len(set(bigrams)) / len(bigrams) < policy.distinct_bigrams_min:
        return True
    data = text.encode()
    return len(data) >= _COMPRESSION_BYTES and len(data) / len(zlib.compress(data, 9)) > policy.compression_max


def length_ratio(source: str, rewriting: str) -> float:
    """Words of the rewriting over words of the source."""
    return len(words(rewriting)) / max(1, len(words(source)))


def leftover_tokens(text: str) -> int:
    """Protection, mask and fill-in tokens in a text."""
    return len(_LEFTOVER.findall(text)) + len(_META.findall(text))


def _introduces(pattern: re.Pattern[str], pair: Pair) -> bool:
    return bool(pattern.search(pair.rewriting)) and not pattern.search(pair.source)


def _end_mark(text: str) -> str:
    bare = text.rstrip("\"'”’»)] ")
    return bare[-1] if bare and bare[-1] in ".!?…:;" else ""


def _imbalance(text: str) -> int:
    brackets = sum(abs(text.count(pair[0]) - text.count(pair[1])) for pair in _BRACKETS)
    return brackets + text.count('"') % 2


def _content_stems(text: str) -> set[str]:
    return {stem(word) for word in words(text) if word not in word_set("stop_words")}
