"""People by how they are addressed: titles, greetings, signatures, roles; and names known from public lists.

Also ages and national adjectives, which need no model either.
"""

import re
from collections.abc import Iterator
from itertools import chain, pairwise

from synth_assets.masking import countries
from synth_assets.masking.mentions import CUE, MODEL, PATTERN, Mention
from synth_assets.masking.names import INSTITUTIONAL, MONTHS, WEEKDAYS, gazetteer, is_everyday

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
    (rf"(?im:^|(?<=\s))(?i:dear|hi|hello|hey|good (?:morning|afternoon|evening|day)|attn:?|attention:?)[ \t](?P<value>(?-i:{_WORD})(?:[ \t](?-i:{_WORD})){{0,2}})(?=\s*[,:!\n—-])", 0.6, CUE),  # noqa: E501
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
    (rf"\b(?i:se[nñ]ora?|senhora?|monsieur|madame|mademoiselle|signora?|herrn|pani?)\b\.?[ \t](?P<value>{_NAME})", 0.6, CUE),  # noqa: E501
    (rf"(?P<value>{_WORD})[’']s (?=(?:mobile|phone|number|telephone|e-?mail|address)\b)", 0.45, CUE),
    (rf"(?m)(?:^|(?<=[.>] ))(?P<value>{_WORD}(?:[ \t]{_WORD}){{0,2}})(?= wrote(?: on\b|:))", 0.55, CUE),
    (rf"(?m)^[^\n]{{0,60}}\d[^\n]{{0,12}} /[ \t](?P<value>{_NAME})$", 0.45, CUE),
    (r"\b(?:mr|mrs|ms|miss|dr)\b\.?[ \t](?P<value>[a-z]{3,}(?:-[a-z]+)?)\b", 0.7, CUE),
    (rf"(?m)^[ \t]*(?P<value>{_WORD}(?:[ \t]{_WORD}){{0,2}})[ \t]?:(?=[ \t]\S)", 0.3, CUE),
    (r"(?<![\w.])(?P<value>(?:[^\W\d_a-z]\.[ -]?){2,4})(?=[\s,;’'])", 0.45, CUE),
    (rf"(?<![\w.])(?P<value>{_INITIAL}\s?{_WORD}(?:-{_WORD})?)", 0.5, CUE),
)  # fmt: skip
_PEOPLE_RE = tuple((re.compile(regex), score, rank) for regex, score, rank in _PEOPLE)
_BY_PLACE = ("dear|hi", " wrote", "mobile|phone", " /[ ")
_ADDRESSED = tuple(regex for regex, _, _ in _PEOPLE_RE if any(part in regex.pattern for part in _BY_PLACE))
_CIVIL_TITLE = re.compile(r"(?i:mr|mrs|ms|miss|mx|dr)\b")
# In a text that is mostly Latin, words of another script are somebody's or something's name.
_FOREIGN_SCRIPT = re.compile(
    r"[\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff\ufe70-\ufeff][^\W\d_A-Za-z]*(?:[ ·・’'-][^\W\d_A-Za-zÀ-ɏ]+)*"
)
_LATIN = re.compile(r"(?:[A-Za-z]+\W+){5}")
_NAME_RUN = re.compile(rf"(?:{_WORD}|{_INITIAL})(?:[ \t_](?:{_INITIAL}|{_WORD}))*")
_TOKEN = re.compile(_WORD)
_CAPITALIZED = re.compile(r"\b[^\W\d_a-z][^\W\d_A-Z]\w*")
_CALENDAR = frozenset(word[:3] for word in (*MONTHS, *WEEKDAYS))
_COMPANY = re.compile(
    rf"{_WORD}(?:[ -]{_WORD}){{0,3}},? (?:Inc|LLC|Ltd|Limited|PLC|plc|Corp|GmbH|AG|SARL|SpA|BV|NV|Oy|SAS|Lda|LLP)\b"
)
_LINE = re.compile(r"[^\n]+")
_SURNAME_FIRST = re.compile(rf"(?<!, )(?<!\w)(?P<surname>{_WORD}), (?P<given>{_WORD})\b(?!,? ?[^\W\d_a-z])(?! and\b)")
_PARTNERS = re.compile(rf"{_WORD}(?:, {_WORD})?,? (?:and|&) {_WORD}")
_KIN = frozenset({"sons", "daughters", "brothers", "partners", "associates"})
_ONE_INITIAL = re.compile(r"[^\W\d_]\.")
_SMALL = re.compile(r"\b[^\W\d_A-Z]{3,}\b")

_SOMEBODY = (
    r"(?:client|patient|tenant|applicant|claimant|customer|caller|man|woman|boy|girl|child|baby|mother|father|parent|son|"
    r"daughter|brother|sister|husband|wife|partner|friend|neighbou?r)"
)
_AGES = (
    re.compile(r"\b(?:aged?|age of|age is|age was|age:)\s(?P<value>1[01]\d|\d{1,2})\b(?!\s?%)"),
    re.compile(r"\b(?P<value>1[01]\d|\d{1,2})(?=[\s-](?:years?|yrs?|months?)[\s-]olds?\b|\s?y/?o\b|\syears? of age\b)", re.IGNORECASE),  # noqa: E501
    re.compile(r"\b(?:I|he|she|they)(?:[’']m|[’']s|\sam|\sis|\swas|\sturned|\sturns)\s(?P<value>1[01]\d|[1-9]\d)(?=[\s]*(?:[.,;!]|and\b|now\b))"),
    re.compile(r"\b(?:turn(?:ed|ing|s)?|celebrat\w+ (?:my|his|her))\s(?P<value>1[01]\d|[1-9]\d)(?:th|st|nd|rd)?\b(?!\s?[%:/])"),  # noqa: E501
    re.compile(r"(?<=\w,\s)(?P<value>[1-9]\d)(?=,\s)"),
    re.compile(rf"\b{_SOMEBODY}\s(?:is|was)\s(?P<value>1[01]\d|[1-9]\d)(?=\s*(?:[.,;]|and\b))", re.IGNORECASE),
    re.compile(r"\b[Bb]eing\s(?P<value>[1-9]\d)(?=,)"),
    re.compile(r"\b(?:alone|died|retired|married|widowed|pregnant)\sat\s(?P<value>[1-9]\d)\b(?!\s?(?:[%:/]|[ap]\.?m\b))"),
)  # fmt: skip


def find_cues(text: str) -> Iterator[Mention]:
    """People by cue, companies by legal form, ages, national adjectives."""
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
    for match in _COMPANY.finditer(text):
        yield Mention(*match.span(), "ORGANIZATION", 0.6, "cue", CUE)
    for match in chain.from_iterable(age.finditer(text) for age in _AGES):
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


def _names_by_place(match: re.Match[str]) -> bool:
    """Whether an everyday word can only be a name where it stands: after Mr or Ms, or a listed one in a greeting."""
    if _CIVIL_TITLE.match(match.group()):
        return True
    word, listed = match["value"].casefold(), gazetteer()
    return match.re in _ADDRESSED and (word in listed.given or word in listed.surnames)


def _is_known(surface: str) -> bool:
    listed = gazetteer()
    return any(word.casefold() in listed.given for word in _TOKEN.findall(surface))


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
