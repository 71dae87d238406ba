"""Replaces the strings that a model must not change by tokens, and restores them afterwards.

Bracketed tokens (`[X1]`) survive translation; angle brackets and braces do not.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_NUMBER = r"\d+(?:[.,:/]\d+)*"
_UNIT = (
    r"(?:(?:st|nd|rd|th|[ap]\.?m\.?|k|m|bn|tn|km|cm|mm|kg|mg|g|ml|l|mph|hz|[kmg]hz|[kmgt]b)\b|\s?(?:%|°[CF]?|[€£$]))"
)
_PATTERNS = (
    r"`[^`\n]+`",  # code span
    r"\{\{?[^{}\n]+\}?\}",  # template variable
    r"\[[A-Z][A-Z_]*_?\d+\]",  # placeholder
    r"<[A-Z][A-Z_]*(?:_\d+)?>",
    r"(?:https?://|www\.)[^\s<>\"”)\]]*[\w/]",
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"[@#]\w+",
    r"(?:US|C|A)?[€£$¥]\s?" + _NUMBER + r"(?:bn|m|k|tn)?\b",
    r"\+?\(?\d[\d(). -]{6,}\d",  # telephone
    r"\b(?=[\w./-]*\d)(?=[\w./-]*[A-Za-z])[A-Z0-9][\w/-]*(?:[./-]\w+)*\b",  # code with letters and digits
    _NUMBER + _UNIT,
    r"\b" + _NUMBER + r"\b",
    r"[\U0001F1E6-\U0001FAFF\u2600-\u27BF][\uFE0F\u200D\U0001F1E6-\U0001FAFF\u2600-\u27BF]*",  # emoji
)
_PROTECTED = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
_TOKEN = re.compile(r"\[\s?[Xx]\s?(\d+)\s?\]")
_ATTACHED = re.compile(r"\w\[[Xx]|\[[Xx]\d+\]\w")


@dataclass(frozen=True)
class Protected:
    """A text with tokens `[X1]`, `[X2]`, ... in place of its `originals`, in order."""

    text: str
    originals: tuple[str, ...]

    def restore(self, rewriting: str) -> str | None:
        """`rewriting` with the originals restored; None if a token is missing, doubled, unknown or part of a word."""
        numbers = sorted(int(number) for number in _TOKEN.findall(rewriting))
        if numbers != list(range(1, len(self.originals) + 1)):
            return None
        if len(_ATTACHED.findall(rewriting)) > len(_ATTACHED.findall(self.text)):
            return None
        return _TOKEN.sub(lambda match: self.originals[int(match[1]) - 1], rewriting)


def protect(text: str, terms: Sequence[str] = ()) -> Protected:
    """Replace identifiers, numbers with units, codes, placeholders, emoji and the `terms` (whole words) by tokens."""
    originals: list[str] = []

    def token(match: re.Match[str]) -> str:
        originals.append(match[0])
        return f"[X{len(originals)}]"

    return Protected(_pattern(tuple(terms)).sub(token, text), tuple(originals))


def protected_counts(text: str, terms: Sequence[str] = ()) -> Counter[str]:
    """How often each protected string occurs in `text`."""
    return Counter(match[0] for match in _pattern(tuple(terms)).finditer(text))


def without_protected(text: str, terms: Sequence[str] = ()) -> str:
    """`text` without its protected strings."""
    return _pattern(tuple(terms)).sub(" ", text)


@lru_cache(maxsize=64)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    ordered = sorted({term for term in terms if term.strip()}, key=lambda term: (-len(term), term))
    if not ordered:
        return _PROTECTED
    # A term takes precedence where both match: a name may contain digits or a dot.
    names = "|".join(re.escape(term) for term in ordered)
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)|{_PROTECTED.pattern}")
