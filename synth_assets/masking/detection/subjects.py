"""Names that one document of a subject gives away, looked for in the subject's other documents.

A name in lower case, or without a cue around it, is missed in one letter and found in the next; a reader of both puts
them together.
"""

from collections.abc import Sequence

import regex

from synth_assets.masking.detection.linking import LINK
from synth_assets.masking.lexicon.gazetteer import is_everyday
from synth_assets.masking.lexicon.name_parts import name_words
from synth_assets.masking.mentions import Mention

_LEAST_LETTERS = 3

Name = tuple[str, ...]
"""Words of a full name, casefolded."""


def full_names(text: str, mentions: Sequence[Mention]) -> set[Name]:
    """The full names among the mentions: two words or more, at least one of them no everyday word."""
    people = (mention for mention in mentions if mention.type == "PERSON")
    names = (tuple(word.casefold() for word in name_words(text[m.start : m.end])) for m in people)
    return {words for words in names if _is_full(words)}


def _is_full(words: Sequence[str]) -> bool:
    long = [word for word in words if len(word) >= _LEAST_LETTERS]
    return len(long) >= 2 and not all(map(is_everyday, long))


def occurrences(text: str, names: set[Name]) -> list[Mention]:
    """Mentions of a subject's full names in a text, in any casing and spacing."""
    if not names:
        return []
    longest_first = sorted(names, key=lambda words: (-len(" ".join(words)), words))
    either = "|".join(r"\s+".join(regex.escape(word, special_only=True) for word in words) for words in longest_first)
    pattern = regex.compile(rf"(?<![\p{{L}}\p{{N}}\p{{M}}])(?:{either})(?![\p{{L}}\p{{N}}\p{{M}}])", regex.IGNORECASE)
    return [Mention(match.start(), match.end(), "PERSON", 0.9, "link", LINK) for match in pattern.finditer(text)]
