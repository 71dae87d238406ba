"""Names on public lists: full names in any order and casing, and the partners of a firm."""

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
_LOWER = re.compile(r"\b[^\W\d_A-Z]{3,}\b")


def find_listed_names(text: str) -> Iterator[Mention]:
    """Find runs of capitalized words that hold a listed given name or surname."""
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


def find_lower_case_names(text: str) -> Iterator[Mention]:
    """Find a listed given name before (or, with a comma, after) a listed surname, both in lower case.

    In a line without capitals, one of the two may be an everyday word.
    """
    for line in _LINE.finditer(text):
        words, lower = list(_LOWER.finditer(text, *line.span())), _is_lower_case(line.group())
        for first, second in pairwise(words):
            name = [first.group(), second.group()]
            between = text[first.end() : second.start()]
            given_first = name if between == " " else name[::-1]
            if between in (" ", ", ") and sum(map(is_everyday, name)) <= lower and _is_full_name(given_first):
                yield Mention(first.start(), second.end(), "PERSON", 0.55, "gazetteer", CUE)


def _is_lower_case(line: str) -> bool:
    """Whether only calendar words and codes are capitalized."""
    return all(word[:3].casefold() in _CALENDAR for word in _CAPITALIZED.findall(line))


def without_everyday_ends(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without everyday words at its ends: "Yesterday John" becomes "John".

    A listed given name before a listed surname is kept, even if both are everyday words ("Jack White").
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
    """The casefolded word without punctuation; an initial keeps its dot."""
    word = surface.strip(",;:'’").casefold()
    return word if _ONE_INITIAL.fullmatch(word) else word.strip(".")


def _is_full_name(words: list[str]) -> bool:
    """Whether a listed given name or an initial precedes a listed surname.

    A name that is also a month (April, May) counts only beside a word that is not everyday.
    """
    if len(words) != 2 or any(word in INSTITUTIONAL for word in words):
        return False
    given, surname = words
    if (given in MONTHS and is_everyday(surname)) or (surname in MONTHS and is_everyday(given)):
        return False
    return (given in gazetteer().given or bool(_ONE_INITIAL.fullmatch(given))) and surname in gazetteer().surnames
