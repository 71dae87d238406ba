"""Names that public lists know: full names in any order and casing, partners of a firm.

How people are addressed belongs to `cues`; the lists themselves to `names`.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from synth_assets.masking.lexicon.gazetteer import INSTITUTIONAL, MONTHS, WEEKDAYS, gazetteer, is_everyday
from synth_assets.masking.mentions import CUE, Mention

WORD = r"[^\W\d_a-z][^\W\d_]*(?:[’'-][^\W\d_]+)*"
INITIAL = r"(?:[^\W\d_a-z]\.(?:\s?-?\s?[^\W\d_a-z]\.)*)"
_TOKEN = re.compile(WORD)
_NAME_RUN = re.compile(rf"(?:{WORD}|{INITIAL})(?:[ \t_](?:{INITIAL}|{WORD}))*")
_CAPITALIZED = re.compile(r"\b[^\W\d_a-z][^\W\d_A-Z]\w*")
_CALENDAR = frozenset(word[:3] for word in (*MONTHS, *WEEKDAYS))
_LINE = re.compile(r"[^\n]+")
_SURNAME_FIRST = re.compile(rf"(?<!, )(?<!\w)(?P<surname>{WORD}), (?P<given>{WORD})\b(?!,? ?[^\W\d_a-z])(?! and\b)")
_PARTNERS = re.compile(rf"{WORD}(?:, {WORD})?,? (?:and|&) {WORD}")
_KIN = frozenset({"sons", "daughters", "brothers", "partners", "associates"})
_ONE_INITIAL = re.compile(r"[^\W\d_]\.")
_SMALL = re.compile(r"\b[^\W\d_A-Z]{3,}\b")


def find_listed_names(text: str) -> Iterator[Mention]:
    """Runs of capitalized words that hold a given name, or a surname beside another word, of the public lists."""
    for run in _NAME_RUN.finditer(text):
        start, end = without_everyday_ends(text, *run.span())
        words = [m.group().casefold() for m in _TOKEN.finditer(text[start:end])]
        if not words or len(words) > 4:
            continue
        given = [word in gazetteer().given for word in words]
        surname = [word in gazetteer().surnames for word in words]
        if given[0] and len(words) > 1:
            score = 0.7 if any(surname[1:]) else 0.6
        elif given[0] or (len(words) > 1 and any(given)):
            score = 0.45
        elif len(words) == 1 and surname[0]:
            score = 0.35
        else:
            continue
        yield Mention(start, end, "PERSON", score, "gazetteer", CUE)
    for match in _SURNAME_FIRST.finditer(text):
        if _is_full_name([match["given"].casefold(), match["surname"].casefold()]):
            yield Mention(*match.span(), "PERSON", 0.6, "gazetteer", CUE)
    for match in _PARTNERS.finditer(text):
        words = [word.casefold() for word in _TOKEN.findall(match.group())]
        known = [word in gazetteer().surnames for word in words]
        if all(word in _KIN or listed for word, listed in zip(words, known, strict=True)) and any(known):
            yield Mention(*match.span(), "ORGANIZATION", 0.55, "gazetteer", CUE)


def find_small_names(text: str) -> Iterator[Mention]:
    """A listed given name before (or, with a comma, after) a listed surname, in small letters.

    One of the two may be an everyday word only in a line without capitals.
    """
    for line in _LINE.finditer(text):
        words, small = list(_SMALL.finditer(text, *line.span())), _is_small(line.group())
        for first, second in pairwise(words):
            name = [first.group(), second.group()]
            between = text[first.end() : second.start()]
            given_first = name if between == " " else name[::-1]
            if between in (" ", ", ") and sum(map(is_everyday, name)) <= small and _is_full_name(given_first):
                yield Mention(first.start(), second.end(), "PERSON", 0.55, "gazetteer", CUE)


def _is_small(line: str) -> bool:
    """Whether nothing but calendar words and codes has a capital."""
    return all(word[:3].casefold() in _CALENDAR for word in _CAPITALIZED.findall(line))


def without_everyday_ends(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without everyday words at its ends ("Yesterday John" holds the name "John").

    A listed given name before a listed surname stays, whatever the two words mean ("Jack White").
    """
    spans = [(m.start() + start, m.end() + start) for m in re.finditer(r"\S+", text[start:end])]
    words = [_plain_word(text[slice(*span)]) for span in spans]
    first, last = 0, len(words)
    while first < last and is_everyday(words[first]) and not _is_full_name(words[first : first + 2]):
        first += 1
    while first < last and is_everyday(words[last - 1]) and not _is_full_name(words[max(first, last - 2) : last]):
        last -= 1
    return (spans[first][0], spans[last - 1][1]) if first < last else (start, start)


def _plain_word(surface: str) -> str:
    """The casefolded word without punctuation; an initial keeps its dot, which tells it from a word."""
    word = surface.strip(",;:'’").casefold()
    return word if _ONE_INITIAL.fullmatch(word) else word.strip(".")


def _is_full_name(words: list[str]) -> bool:
    """A listed given name or an initial before a listed surname; April and May only beside what is no other word."""
    if len(words) != 2 or any(word in INSTITUTIONAL for word in words):
        return False
    given, surname = words
    if (given in MONTHS and is_everyday(surname)) or (surname in MONTHS and is_everyday(given)):
        return False
    return (given in gazetteer().given or bool(_ONE_INITIAL.fullmatch(given))) and surname in gazetteer().surnames
