"""People by how they are addressed: titles, greetings, signatures, roles; and names known from public lists.

Also ages and national adjectives, which need no model either.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from synth_assets.masking import countries
from synth_assets.masking.mentions import CUE, MODEL, PATTERN, Mention
from synth_assets.masking.names import INSTITUTIONAL, MONTHS, gazetteer, is_everyday

_WORD = r"[^\W\d_a-z][^\W\d_]*(?:[’'-][^\W\d_]+)*"
_INITIAL = r"(?:[^\W\d_a-z]\.(?:\s?-?\s?[^\W\d_a-z]\.)*)"
_PARTICLE = r"(?:van|von|de|der|den|del|della|di|da|dos|du|la|le|bin|ibn|al|el|ben|ter|ten|zu|af)"
_NAME = rf"(?:{_INITIAL}|{_WORD})(?:[ \t]?(?:(?<=\.)|[ \t])(?:{_INITIAL}|{_PARTICLE}(?=\s)|{_WORD})){{0,5}}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Judge|Justice|Rev|Reverend|Capt|Captain|Sgt|Sergeant|Lt|"
    r"Col|Colonel|Gen|Maj|Hon|Senator|Officer|Detective|Inspector|Madam|Mme|Herr|Frau|Father|Sister|Imam|Rabbi|Nurse|MR|MRS|MS|DR)"
)
_PEOPLE: tuple[tuple[str, float, int], ...] = (
    (rf"\b{_TITLE}\b\.?[ \t](?P<value>{_NAME})", 0.9, MODEL),
    (rf"(?im:^|(?<=\s))(?i:dear|hi|hello|hey|attn:?|attention:?)[ \t](?P<value>(?-i:{_WORD})(?:[ \t](?-i:{_WORD})){{0,2}})(?=\s*[,:!\n—-])", 0.6, CUE),  # noqa: E501
    (
        r"(?im:(?:best|kind|warm|many)?[ \t]*(?:regards|wishes|thanks|sincerely(?: yours)?|yours(?: sincerely| truly| faithfully)?|cheers|love|respectfully)"  # noqa: E501
        rf"[,.!]?[ \t]*\n+[ \t]*(?P<value>(?-i:{_NAME})))",
        0.65,
        CUE,
    ),
    (
        rf"\b(?i:my|his|her|their|your|the|last|first|full|maiden|middle|mother's maiden)?\s?(?i:name)(?:'s|\s(?i:is|was)|:)\s(?P<value>{_NAME})",  # noqa: E501
        0.8,
        CUE,
    ),
    (rf"\b(?i:called|named|nicknamed|i am|i'm|i’m|this is|represented by|signed|alias|a\.k\.a\.|née|nee)[ \t](?P<value>{_NAME})", 0.45, CUE),  # noqa: E501
    (r"\b(?:mr|mrs|ms|miss|dr)\b\.?[ \t](?P<value>[a-z]{3,}(?:-[a-z]+)?)\b", 0.7, CUE),
    (rf"(?m)^[ \t]*(?P<value>{_WORD}(?:[ \t]{_WORD}){{0,2}})[ \t]?:(?=[ \t]\S)", 0.3, CUE),
    (r"(?<![\w.])(?P<value>(?:[^\W\d_a-z]\.[ -]?){2,4})(?=[\s,;’'])", 0.45, CUE),
    (rf"(?<![\w.])(?P<value>{_INITIAL}\s?{_WORD}(?:-{_WORD})?)", 0.5, CUE),
)  # fmt: skip
_PEOPLE_RE = tuple((re.compile(regex), score, rank) for regex, score, rank in _PEOPLE)
_GREETING = 1
_CIVIL_TITLE = re.compile(r"(?i:mr|mrs|ms|miss|mx|dr)\b")
# In a text that is mostly Latin, words of another script are somebody's or something's name.
_FOREIGN_SCRIPT = re.compile(
    r"[\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff\ufe70-\ufeff][^\W\d_A-Za-z]*(?:[ ·・’'-][^\W\d_A-Za-zÀ-ɏ]+)*"
)
_LATIN = re.compile(r"(?:[A-Za-z]+\W+){5}")
_NAME_RUN = re.compile(rf"(?:{_WORD}|{_INITIAL})(?:[ \t_](?:{_INITIAL}|{_WORD}))*")
_TOKEN = re.compile(_WORD)
_SMALL = re.compile(r"\b[^\W\d_A-Z]{3,}\b")

_AGES = (
    re.compile(r"\b(?:aged?|age of|age is|age was|age:)\s(?P<value>1[01]\d|\d{1,2})\b(?!\s?%)"),
    re.compile(r"\b(?P<value>1[01]\d|\d{1,2})(?=[\s-](?:years?|yrs?|months?)[\s-]olds?\b|\s?y/?o\b|\syears? of age\b)", re.IGNORECASE),  # noqa: E501
    re.compile(r"\b(?:I|he|she|they)(?:[’']m|[’']s|\sam|\sis|\swas|\sturned|\sturns)\s(?P<value>1[01]\d|[1-9]\d)(?=[\s]*(?:[.,;!]|and\b|now\b))"),
    re.compile(r"\b(?:turn(?:ed|ing|s)?|celebrat\w+ (?:my|his|her))\s(?P<value>1[01]\d|[1-9]\d)(?:th|st|nd|rd)?\b(?!\s?[%:/])"),  # noqa: E501
    re.compile(r"(?<=\w,\s)(?P<value>[1-9]\d)(?=,\s)"),
)  # fmt: skip


def find_cues(text: str) -> Iterator[Mention]:
    """People by cue, ages, national adjectives."""
    for pattern, score, rank in _PEOPLE_RE:
        for match in pattern.finditer(text):
            start, end = without_everyday_ends(text, *match.span("value"))
            if start == end and _names_by_place(match):  # "Dear Ms White", "Hello Jack"
                start, end = match.span("value")
            if start < end:
                known = score >= 0.4 or _is_known(text[start:end])
                yield Mention(start, end, "PERSON", max(score, 0.55) if known else score, "cue", rank)
    for match in _FOREIGN_SCRIPT.finditer(text) if _LATIN.search(text) else ():
        yield Mention(*match.span(), "PERSON", 0.6, "cue", CUE)
    for age in _AGES:
        for match in age.finditer(text):
            yield Mention(*match.span("value"), "AGE", 0.75, "cue", PATTERN)
    for match in _TOKEN.finditer(text):
        if (found := countries.lookup(match.group())) is not None:
            yield Mention(*match.span(), ("LOCATION", "NATIONALITY")[found[1]], 0.6, "cue", CUE)


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


def find_small_names(text: str) -> Iterator[Mention]:
    """A listed given name before a listed surname, in a text that is written without capitals."""
    if sum(char.isupper() for char in text) > 0.02 * len(text):
        return
    words = list(_SMALL.finditer(text))
    for first, second in pairwise(words):
        name = [first.group(), second.group()]
        if text[first.end() : second.start()] == " " and _is_full_name(name) and not all(map(is_everyday, name)):
            yield Mention(first.start(), second.end(), "PERSON", 0.55, "gazetteer", CUE)


def _names_by_place(match: re.Match[str]) -> bool:
    """Whether an everyday word can only be a name where it stands: after Mr or Ms, or a given name in a greeting."""
    if _CIVIL_TITLE.match(match.group()):
        return True
    return match.re is _PEOPLE_RE[_GREETING][0] and match["value"].casefold() in gazetteer().given


def _is_known(surface: str) -> bool:
    listed = gazetteer()
    return any(word.casefold() in listed.given for word in _TOKEN.findall(surface))


def without_everyday_ends(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without everyday words at its ends ("Yesterday John" holds the name "John").

    A listed given name before a listed surname stays, whatever the two words mean ("Jack White").
    """
    spans = [(m.start() + start, m.end() + start) for m in re.finditer(r"\S+", text[start:end])]
    words = [text[slice(*span)].strip(".,;:'’").casefold() for span in spans]
    first, last = 0, len(words)
    while first < last and is_everyday(words[first]) and not _is_full_name(words[first : first + 2]):
        first += 1
    while first < last and is_everyday(words[last - 1]) and not _is_full_name(words[max(first, last - 2) : last]):
        last -= 1
    return (spans[first][0], spans[last - 1][1]) if first < last else (start, start)


def _is_full_name(words: list[str]) -> bool:
    if len(words) != 2 or any(word in INSTITUTIONAL or word in MONTHS for word in words):
        return False
    return words[0] in gazetteer().given and words[1] in gazetteer().surnames
