"""People by how they are addressed: titles, greetings, signatures, roles; and names known from public lists.

Also ages and national adjectives, which need no model either.
"""

import re
from collections.abc import Iterator

from synth_assets.masking import countries
from synth_assets.masking.mentions import CUE, MODEL, PATTERN, Mention
from synth_assets.masking.names import gazetteer, is_everyday

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
    (rf"(?im:^|(?<=\s))(?:dear|hi|hello|hey|attn:?|attention:?)[ \t](?P<value>(?-i:{_WORD})(?:[ \t](?-i:{_WORD})){{0,2}})(?=\s*[,:!\n—-])", 0.6, CUE),  # noqa: E501
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
    (rf"(?m)^[ \t]*(?P<value>{_WORD}(?:[ \t]{_WORD}){{0,2}})[ \t]?:(?=[ \t]\S)", 0.3, CUE),
    (r"(?<![\w.])(?P<value>(?:[^\W\d_a-z]\.[ -]?){2,4})(?=[\s,;’'])", 0.45, CUE),
    (rf"(?<![\w.])(?P<value>{_INITIAL}\s?{_WORD}(?:-{_WORD})?)", 0.5, CUE),
)  # fmt: skip
_PEOPLE_RE = tuple((re.compile(regex), score, rank) for regex, score, rank in _PEOPLE)
_NAME_RUN = re.compile(rf"(?:{_WORD}|{_INITIAL})(?:[ \t_](?:{_INITIAL}|{_WORD}))*")
_TOKEN = re.compile(_WORD)

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
            if start < end:
                known = score >= 0.4 or _is_known(text[start:end])
                yield Mention(start, end, "PERSON", max(score, 0.55) if known else score, "cue", rank)
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


def _is_known(surface: str) -> bool:
    listed = gazetteer()
    return any(word.casefold() in listed.given for word in _TOKEN.findall(surface))


def without_everyday_ends(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without everyday words at its ends ("Yesterday John" holds the name "John")."""
    words = [(m.start() + start, m.end() + start) for m in re.finditer(r"\S+", text[start:end])]
    while words and is_everyday(text[slice(*words[0])].strip(".,;:'’").casefold()):
        words.pop(0)
    while words and is_everyday(text[slice(*words[-1])].strip(".,;:'’").casefold()):
        words.pop()
    return (words[0][0], words[-1][1]) if words else (start, start)
