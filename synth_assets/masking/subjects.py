"""Names that one document of a subject gives away, looked for in the subject's other documents.

A name in small letters, or where nothing around it says so, is missed in one letter and found in the next; whoever
reads both puts them together. Occurrences inside one document belong to `linking`.
"""

from collections import defaultdict
from collections.abc import Sequence

import regex

from synth_assets.masking.linking import LINK, name_words
from synth_assets.masking.mentions import Mention
from synth_assets.masking.names import is_everyday

_LEAST_LETTERS = 3


def spread_names(
    texts: Sequence[str], subjects: Sequence[str], found: Sequence[Sequence[Mention]]
) -> list[list[Mention]]:
    """The mentions of each text, and every full name of its subject's other texts, in any casing and spacing.

    A full name has two words or more, of which one at least is no everyday word.
    """
    names: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for text, subject, mentions in zip(texts, subjects, found, strict=True):
        for mention in mentions:
            words = tuple(word.casefold() for word in name_words(text[mention.start : mention.end]))
            if mention.type == "PERSON" and _is_full(words):
                names[subject].add(words)
    return [
        [*mentions, *_occurrences(text, names[subject])]
        for text, subject, mentions in zip(texts, subjects, found, strict=True)
    ]


def _is_full(words: Sequence[str]) -> bool:
    long = [word for word in words if len(word) >= _LEAST_LETTERS]
    return len(long) >= 2 and not all(map(is_everyday, long))


def _occurrences(text: str, names: set[tuple[str, ...]]) -> list[Mention]:
    if not names:
        return []
    longest_first = sorted(names, key=lambda words: (-len(" ".join(words)), words))
    either = "|".join(r"\s+".join(regex.escape(word, special_only=True) for word in words) for words in longest_first)
    pattern = regex.compile(rf"(?<![\p{{L}}\p{{N}}\p{{M}}])(?:{either})(?![\p{{L}}\p{{N}}\p{{M}}])", regex.IGNORECASE)
    return [Mention(match.start(), match.end(), "PERSON", 0.9, "link", LINK) for match in pattern.finditer(text)]
