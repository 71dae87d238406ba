"""The filters that compare a sentence with its rewriting by text alone."""

import re

from pydantic import Field

from resources.config import StrictModel
from synth_assets.augmentation.filters import facts
from synth_assets.augmentation.filters.facts import word_set
from synth_assets.augmentation.filters.filter import Filter, Pair
from synth_assets.augmentation.protection import protected_counts
from synth_assets.text.repetition import repeats_itself
from synth_assets.text.words import stem, words

_META = re.compile(
    r"\b(?:as an ai|i'm sorry, but|i cannot (?:help|assist)|language model|paraphras\w*|rewritten|rephrase\w*"
    r"|here is (?:a|the)|original sentence)\b|<\|",
    re.IGNORECASE,
)
_LEFTOVER = re.compile(r"\[(?:X\d+|MASK|PAD|UNK|SEP|CLS|[a-z ]*(?:name|date|address|company)[a-z ]*)\]", re.IGNORECASE)
_BRACKETS = ("()", "[]", "{}", "“”")


class RepetitionPolicy(StrictModel):
    """When a text repeats itself too much."""

    repeated_trigram_max: int = Field(2, ge=1, description="Times one word 3-gram may occur (or as in the source)")
    distinct_bigrams_min: float = Field(0.5, ge=0, le=1, description="Distinct word 2-grams over all 2-grams")
    compression_max: float = Field(3.0, gt=1, description="Bytes over deflated bytes of a text")


class LengthPolicy(StrictModel):
    """How much longer or shorter a rewriting may be."""

    length_ratio_min: float = Field(0.5, ge=0, le=1, description="Words of the rewriting over words of the source")
    length_ratio_max: float = Field(1.7, ge=1, description="Words of the rewriting over words of the source")


class ContentPolicy(StrictModel):
    """How many content words must stay."""

    content_recall_min: float = Field(0.5, ge=0, le=1, description="Content stems each side shares with the other")


def repetition(text: str, settings: RepetitionPolicy) -> bool:
    """Whether a text repeats itself more than the settings allow."""
    return repeats_itself(text, settings.repeated_trigram_max, settings.distinct_bigrams_min, settings.compression_max)


def length_ratio(source: str, rewriting: str) -> float:
    """Words of the rewriting over words of the source."""
    return len(words(rewriting)) / max(1, len(words(source)))


def leftover_tokens(text: str) -> int:
    """Number of protection, mask and fill-in tokens and of phrases about the task in a text."""
    return len(_LEFTOVER.findall(text)) + len(_META.findall(text))


def _is_malformed(pair: Pair, _: StrictModel) -> bool:
    """Empty, talk about the task, leftover tokens, or end mark, brackets or line breaks unlike the source."""
    rewriting = pair.rewriting
    if not words(rewriting) or "\n" in rewriting:
        return True
    if any(pattern.search(rewriting) and not pattern.search(pair.source) for pattern in (_META, _LEFTOVER)):
        return True
    return _end_mark(pair.source) != _end_mark(rewriting) or _imbalance(rewriting) > _imbalance(pair.source)


def _content_is_lost(pair: Pair, settings: ContentPolicy) -> bool:
    """Share of content stems found on the other side, the smaller of both directions.

    A substitute for bidirectional entailment, for which no embedded model exists.
    """
    left, right = content_words(pair.source).keys(), content_words(pair.rewriting).keys()
    if not left or not right:
        return False
    return len(left & right) / max(len(left), len(right)) < settings.content_recall_min


def _end_mark(text: str) -> str:
    bare = text.rstrip("\"'”’»)] ")
    return bare[-1] if bare and bare[-1] in ".!?…:;" else ""


def _imbalance(text: str) -> int:
    brackets = sum(abs(text.count(pair[0]) - text.count(pair[1])) for pair in _BRACKETS)
    return brackets + text.count('"') % 2


def content_words(text: str) -> dict[str, str]:
    """Words that are no stop words, by stem."""
    return {stem(word): word for word in words(text) if word not in word_set("stop_words")}


def replaced_words(source: str, rewriting: str) -> tuple[list[str], list[str]]:
    """Content words of the source that the rewriting has not, and those that it has instead."""
    left, right = content_words(source), content_words(rewriting)
    lost, new = sorted(left.keys() - right.keys()), sorted(right.keys() - left.keys())
    return [left[key] for key in lost], [right[key] for key in new]


FORMAT = Filter("format", 1, _is_malformed)
DEGENERATE = Filter(
    "degenerate",
    2,
    lambda pair, settings: repetition(pair.rewriting, settings) and not repetition(pair.source, settings),
    RepetitionPolicy,
)
PROTECTED = Filter(
    "protected",
    3,
    lambda pair, _: protected_counts(pair.source, pair.terms) != protected_counts(pair.rewriting, pair.terms),
)
NUMBERS = Filter("numbers", 4, lambda pair, _: facts.numbers(pair.source) != facts.numbers(pair.rewriting))
DATES = Filter("dates", 5, lambda pair, _: facts.dates(pair.source) != facts.dates(pair.rewriting))
NEGATION = Filter("negation", 6, lambda pair, _: facts.negations(pair.source) != facts.negations(pair.rewriting))
NAMES = Filter("names", 7, lambda pair, _: not facts.names_kept(pair.source, pair.rewriting))
POLARITY = Filter("polarity", 8, lambda pair, _: facts.sides_moved(pair.source, pair.rewriting))
LENGTH = Filter(
    "length",
    9,
    lambda pair, settings: (
        not settings.length_ratio_min <= length_ratio(pair.source, pair.rewriting) <= settings.length_ratio_max
    ),
    LengthPolicy,
)
CONTENT = Filter("content", 10, _content_is_lost, ContentPolicy)
