"""Quality heuristics of Gopher (Rae et al., 2021, A.1.1) and C4 (Raffel et al., 2020): scores and rejections."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.text.words import ngrams, written_words

_COMMON = "the be to of and that have with a in is i it for on my you this was are at we not or as by from your"
STOP_WORDS = frozenset(_COMMON.split())
BULLETS = ("•", "‣", "▪", "●", "◦", "- ", "* ", "– ")
ELLIPSES = ("...", "…")
NGRAM = 5
FEW_LINES = 4  # shares of fewer lines are not meaningful
_LETTER = re.compile(r"[^\W\d_]")


def judge(text: str, language: str, policy: CorpusPolicy) -> tuple[str, dict[str, float], int]:
    """Return the reason to reject a normalized text (or ""), its scores, and its number of words."""
    words = written_words(text)
    reason, scores = _any_length(text, words, policy)
    if not reason and len(words) >= policy.ratio_min_words:
        reason, more = _ratios(text, words, language, policy)
        scores |= more
    return reason, scores, len(words)


def _any_length(text: str, words: Sequence[str], policy: CorpusPolicy) -> tuple[str, dict[str, float]]:
    count = max(1, len(words))
    mean = round(sum(map(len, words)) / count, 4)
    scores = {
        "mean_word_length": mean,
        "alphabetic_words": round(sum(1 for word in words if _LETTER.search(word)) / count, 4),
        "curly_braces": round((text.count("{") + text.count("}")) / max(1, len(text)), 4),
    }
    failures = {
        "too_few_words": len(words) < policy.min_words,
        "mean_word_length": not policy.min_mean_word_length <= mean <= policy.max_mean_word_length,
        "alphabetic_words": scores["alphabetic_words"] < policy.min_alphabetic_words,
        "curly_braces": scores["curly_braces"] > policy.max_curly_braces,
        "lorem_ipsum": policy.reject_lorem_ipsum and "lorem ipsum" in text.casefold(),
    }
    return _first(failures), scores


def _ratios(text: str, words: Sequence[str], language: str, policy: CorpusPolicy) -> tuple[str, dict[str, float]]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    lower = [word.casefold() for word in words]
    chars = sum(map(len, lines))
    top_bigram = max(Counter(pairwise(lower)).values(), default=0)
    grams = ngrams(lower, NGRAM)
    shares = {
        "symbols": (text.count("#") + sum(map(text.count, ELLIPSES))) / len(words),
        "bullet_lines": _share([line.startswith(BULLETS) for line in lines]),
        "ellipsis_lines": _share([line.endswith(ELLIPSES) for line in lines]),
        "repeated_lines": (chars - sum(map(len, set(lines)))) / chars,
        "top_bigram": min(1.0, 2 * top_bigram / len(words)) if top_bigram > 1 else 0.0,
        "repeated_5grams": 1 - len(set(grams)) / len(grams) if grams else 0.0,
    }
    scores = {name: round(share, 4) for name, share in shares.items()}
    stop_words = len(STOP_WORDS.intersection(lower))
    failures = {name: score > getattr(policy, f"max_{name}") for name, score in scores.items()}
    failures["stop_words"] = language == "en" and stop_words < policy.min_stop_words
    return _first(failures), scores


def _first(failures: dict[str, bool]) -> str:
    return next((reason for reason, failed in failures.items() if failed), "")


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if len(hits) >= FEW_LINES else 0.0
