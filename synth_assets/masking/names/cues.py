"""Mentions that the words around them give away, without a model.

People by titles, greetings, signatures and roles; companies by legal form; places somebody lives in; ages; national
adjectives.
"""

import re
from collections.abc import Iterator
from itertools import chain

from synth_assets.masking.lexicon import countries, numerals
from synth_assets.masking.lexicon.gazetteer import gazetteer, is_everyday
from synth_assets.masking.mentions import CUE, MODEL, PATTERN, Mention
from synth_assets.masking.names.listed import INITIAL, WORD, without_everyday_ends

_PARTICLE = r"(?:van|von|de|der|den|del|della|di|da|dos|du|la|le|bin|ibn|al|el|ben|ter|ten|zu|af)"
_NAME = rf"(?:{INITIAL}|{WORD})(?:[ \t]?(?:(?<=\.)|[ \t])(?:{INITIAL}|{_PARTICLE}(?=\s)|{WORD})){{0,5}}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Judge|Justice|Rev|Reverend|Capt|Captain|Sgt|Sergeant|Lt|"
    r"Col|Colonel|Gen|Maj|Hon|Senator|Officer|Detective|Inspector|Madam|Mme|Herr|Frau|Father|Sister|Imam|Rabbi|Nurse|MR|MRS|MS|DR)"
)
# An everyday word that these find is a name if it is a listed one.
_ADDRESSED: tuple[tuple[str, float, int], ...] = (
    (rf"(?im:^|(?<=\s))(?i:dear|hi|hello|hey|good (?:morning|afternoon|evening|day)|attn:?|attention:?)[ \t](?P<value>(?-i:{WORD})(?:[ \t](?-i:{WORD})){{0,2}})(?=\s*[,:!\n—-])", 0.6, CUE),  # noqa: E501
    (rf"(?P<value>{WORD})[’']s (?=(?:mobile|phone|number|telephone|e-?mail|address)\b)", 0.45, CUE),
    (rf"(?m)(?:^|(?<=[.>] ))(?P<value>{WORD}(?:[ \t]{WORD}){{0,2}})(?= wrote(?: on\b|:))", 0.55, CUE),
    (rf"(?m)^[^\n]{{0,60}}\d[^\n]{{0,12}} /[ \t](?P<value>{_NAME})$", 0.45, CUE),
)  # fmt: skip
_PEOPLE: tuple[tuple[str, float, int], ...] = (
    (rf"\b{_TITLE}\b\.?[ \t](?P<value>{_NAME})", 0.9, MODEL),
    (r"(?im:(?:best|kind|warm|many)?[ \t]*(?:regards|wishes|thanks|sincerely(?: yours)?|"
     r"yours(?: sincerely| truly| faithfully)?|cheers|love|respectfully)"
     rf"[,.!]?[ \t]*\n+[ \t]*(?P<value>(?-i:{_NAME})))", 0.65, CUE),
    (r"\b(?i:my|his|her|their|your|the|last|first|full|maiden|middle|mother's maiden)?\s?"
     rf"(?i:name)(?:'s|\s(?i:is|was)|:)\s(?P<value>{_NAME})", 0.8, CUE),
    (rf"\b(?i:called|named|nicknamed|i am|i'm|i’m|this is|represented by|signed|alias|a\.k\.a\.|née|nee)[ \t](?P<value>{_NAME})", 0.45, CUE),  # noqa: E501
    (rf"\b(?i:se[nñ]ora?|senhora?|monsieur|madame|mademoiselle|signora?|herrn|pani?)\b\.?[ \t](?P<value>{_NAME})", 0.6, CUE),  # noqa: E501
    (r"\b(?:mr|mrs|ms|miss|dr)\b\.?[ \t](?P<value>[a-z]{3,}(?:-[a-z]+)?)\b", 0.7, CUE),
    (rf"(?m)^[ \t]*(?P<value>{WORD}(?:[ \t]{WORD}){{0,2}})[ \t]?:(?=[ \t]\S)", 0.3, CUE),
    (r"(?<![\w.])(?P<value>(?:[^\W\d_a-z]\.[ -]?){2,4})(?=[\s,;’'])", 0.45, CUE),
    (rf"(?<![\w.])(?P<value>{INITIAL}\s?{WORD}(?:-{WORD})?)", 0.5, CUE),
)  # fmt: skip
_PEOPLE_RE = tuple((re.compile(regex), score, rank) for regex, score, rank in (*_PEOPLE, *_ADDRESSED))
_ADDRESSED_RE = frozenset(re.compile(regex) for regex, _, _ in _ADDRESSED)
_CIVIL_TITLE = re.compile(r"(?i:mr|mrs|ms|miss|mx|dr)\b")
# In a text in Latin script, words of another script are names.
_FOREIGN_SCRIPT = re.compile(
    r"[\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff\ufe70-\ufeff][^\W\d_A-Za-z]*(?:[ ·・’'-][^\W\d_A-Za-zÀ-ɏ]+)*"
)
_LATIN = re.compile(r"(?:[A-Za-z]+\W+){5}")
_TOKEN = re.compile(WORD)
_COMPANY = re.compile(
    rf"{WORD}(?:[ -]{WORD}){{0,3}},? (?:Inc|LLC|Ltd|Limited|PLC|plc|Corp|GmbH|AG|SARL|SpA|BV|NV|Oy|SAS|Lda|LLP)\b"
)

# Places somebody lives or works in, and named divisions of a country.
_PLACE = rf"{WORD}(?:[ ]{WORD}){{0,2}}"
_PLACES = (
    re.compile(rf"\b(?:based|born|detained|domiciled|imprisoned|lives?|lived|living|located|practi[cs]ing|resid(?:e[sd]?|ent|ing)|settled) in (?P<value>{_PLACE})"),  # noqa: E501
    re.compile(rf"\b(?:Canton|City|Commune|County|District|Island|Municipality|Prefecture|Province|Region|Town|Village|canton|city|commune|county|district|island|municipality|prefecture|province|region|town|village) of (?P<value>{_PLACE})"),  # noqa: E501
)  # fmt: skip

_SOMEBODY = (
    r"(?:client|patient|tenant|applicant|claimant|customer|caller|man|woman|boy|girl|child|baby|mother|father|parent|son|"
    r"daughter|brother|sister|husband|wife|partner|friend|neighbou?r)"
)
_AGES = (
    re.compile(r"\b(?:aged?|age of|age is|age was|age:)\s(?P<value>1[01]\d|\d{1,2})\b(?!\s?%)"),
    re.compile(r"\b(?P<value>1[01]\d|\d{1,2})(?=[\s-](?:years?|yrs?|months?)[\s-]olds?\b|\s?y/?o\b|\syears? of age\b)", re.IGNORECASE),  # noqa: E501
    re.compile(rf"(?P<value>{numerals.SPELLED})(?=[\s-](?:years?|yrs?|months?)[\s-]olds?\b|\syears? of age\b)", re.IGNORECASE),  # noqa: E501
    re.compile(rf"\b(?:aged?|age of)\s(?P<value>{numerals.SPELLED})", re.IGNORECASE),
    re.compile(r"\b(?:I|he|she|they)(?:[’']m|[’']s|\sam|\sis|\swas|\sturned|\sturns)\s(?P<value>1[01]\d|[1-9]\d)(?=[\s]*(?:[.,;!]|and\b|now\b))"),
    re.compile(r"\b(?:turn(?:ed|ing|s)?|celebrat\w+ (?:my|his|her))\s(?P<value>1[01]\d|[1-9]\d)(?:th|st|nd|rd)?\b(?!\s?[%:/])"),  # noqa: E501
    re.compile(r"(?<=\w,\s)(?P<value>[1-9]\d)(?=,\s)"),
    re.compile(rf"\b{_SOMEBODY}\s(?:is|was)\s(?P<value>1[01]\d|[1-9]\d)(?=\s*(?:[.,;]|and\b))", re.IGNORECASE),
    re.compile(r"\b[Bb]eing\s(?P<value>[1-9]\d)(?=,)"),
    re.compile(r"\b(?:alone|died|retired|married|widowed|pregnant)\sat\s(?P<value>[1-9]\d)\b(?!\s?(?:[%:/]|[ap]\.?m\b))"),
)  # fmt: skip


def find_cues(text: str) -> Iterator[Mention]:
    """Find people by cue, companies by legal form, places somebody lives in, ages, national adjectives."""
    yield from _people(text)
    for match in _FOREIGN_SCRIPT.finditer(text) if _LATIN.search(text) else ():
        yield Mention(*match.span(), "PERSON", 0.6, "cue", CUE)
    for match in _COMPANY.finditer(text):
        yield Mention(*match.span(), "ORGANIZATION", 0.6, "cue", CUE)
    for match in chain.from_iterable(place.finditer(text) for place in _PLACES):
        if not is_everyday(match["value"].split()[0].casefold()):
            yield Mention(*match.span("value"), "LOCATION", 0.55, "cue", CUE)
    for match in chain.from_iterable(age.finditer(text) for age in _AGES):
        yield Mention(*match.span("value"), "AGE", 0.75, "cue", PATTERN)
    for match in _TOKEN.finditer(text):
        if (entry := countries.lookup(match.group())) is not None:
            yield Mention(*match.span(), ("LOCATION", "NATIONALITY")[entry[1]], 0.6, "cue", CUE)


def _people(text: str) -> Iterator[Mention]:
    for pattern, score, rank in _PEOPLE_RE:
        for match in pattern.finditer(text):
            start, end = without_everyday_ends(text, *match.span("value"))
            if start == end and _is_name_by_cue(match):  # "Dear Ms White", "Hello Jack"
                start, end = match.span("value")
            elif rank == MODEL and start < end and match["value"].split()[0].casefold() in gazetteer().given:
                start = match.start("value")  # "Judge Mark Olsen"
            if start < end:
                known = score >= 0.4 or _is_known(text[start:end])
                yield Mention(start, end, "PERSON", max(score, 0.55) if known else score, "cue", rank)


def _is_name_by_cue(match: re.Match[str]) -> bool:
    """Whether the cue makes an everyday word a name: it follows Mr or Ms, or is a listed name in a greeting."""
    if _CIVIL_TITLE.match(match.group()):
        return True
    word, listed = match["value"].casefold(), gazetteer()
    return match.re in _ADDRESSED_RE and (word in listed.given or word in listed.surnames)


def _is_known(surface: str) -> bool:
    listed = gazetteer()
    return any(word.casefold() in listed.given for word in _TOKEN.findall(surface))
