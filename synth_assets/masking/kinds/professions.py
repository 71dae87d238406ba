"""Occupations where they say what somebody is: "is a nurse", "worked as a watchman", "a retired officer".

An occupation in passing ("the judge rose") is left alone, unless the same text says it of somebody: then linking finds
it everywhere.
"""

import random
import re
from collections.abc import Iterator, Sequence
from importlib import import_module

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.kind import Finder, Kind, varied
from synth_assets.masking.lexicon.gazetteer import is_stop_word
from synth_assets.masking.lexicon.occupations import AMBIGUOUS, STATUS, occupations, plural, singular
from synth_assets.masking.mentions import CUE, Mention

_WORD = re.compile(r"[^\W\d_]+(?:[-‑'][^\W\d_]+)*")
_REACH = 48
_MOST_MODIFIERS = 3
_ADVERB = r"(?:(?:also|currently|formerly|just|not|now|once|only|previously|still|then)\s)?"
_BEFORE = re.compile(
    rf"(?:(?:\b(?:am|be|became|become|been|being|is|was)|[’'](?:m|s|re))\s{_ADVERB}an?\s"
    r"|\bas\s(?:an?\s)?"
    r"|\b(?:appointed|elected|named|ordained|promoted to)\s(?:an?\s|the\s)?"
    rf"|[,(–—]\s?{_ADVERB}an?\s"
    r"|\b(?:career|job|position|post|profession|rank|role|title)\s(?:of|as)\s(?:an?\s|the\s)?"
    r"|\b(?:job|job title|occupation|position|profession|role)\s?(?::|is|was)\s(?:an?\s)?"
    r")$",
    re.IGNORECASE,
)
_ON_BEHALF = re.compile(r"\b(?:assisted|defended|represented)\sby\b[^;:]*$", re.IGNORECASE)
_AFTER = re.compile(r"\sby\s(?:occupation|profession|trade|training)\b", re.IGNORECASE)
_NEXT = re.compile(r"[ \t]([^\W\d_]+)")
_VOWEL = re.compile(r"(?:[aeio]|u(?!ni|ro|se))", re.IGNORECASE)


def find_professions(text: str) -> Iterator[Mention]:
    """Occupations with what narrows them down ("primary school teacher"), where a cue says they are somebody's."""
    heads = occupations().heads
    words = list(_WORD.finditer(text))
    folded = [match.group().casefold() for match in words]
    for i, word in enumerate(folded):
        head = word if word in heads else singular(word)
        if head not in heads:
            continue
        first = _first(text, words, folded, i)
        start, end = words[first].start(), words[i].end()
        if _is_somebodys(text, start, end, folded[first]) and not _goes_on(text, end, head):
            yield Mention(start, end, "PROFESSION", 0.6, "cue", CUE)


def vary(surface: str, key: DocumentKey) -> str:
    """Another occupation of the same number, after the same "a" or "an"; "retired" and the like are kept."""
    words = _WORD.findall(surface)
    folded = [word.casefold() for word in words]
    kept = next((i for i, word in enumerate(folded) if word not in STATUS), 0)
    head = folded[-1] if folded[-1] in occupations().heads else singular(folded[-1])
    group = occupations().groups[occupations().heads[head]] if head in occupations().heads else ()
    first_sound = _VOWEL.match(folded[0]) is not None
    pool = [
        other for other in group if other != head and (kept > 0 or (_VOWEL.match(other) is not None) == first_sound)
    ]
    other = key.pick(pool or ["worker"], "profession", *folded[kept:-1], head)
    other = plural(other) if head != folded[-1] else other
    if surface.isupper() and len(surface) > 1:
        other = other.upper()
    elif words[-1][0].isupper():
        other = other.capitalize()
    return " ".join([*words[:kept], other])


def _first(text: str, words: Sequence["re.Match[str]"], folded: Sequence[str], at: int) -> int:
    """Index of the first word of the occupation whose head is word `at`."""
    known, first = occupations(), at
    while first > max(0, at - _MOST_MODIFIERS):
        word = folded[first - 1].replace("‑", "-")
        if text[words[first - 1].end() : words[first].start()] != " " or word not in known.narrowing:
            break
        first -= 1
    return first


def _is_somebodys(text: str, start: int, end: int, first_word: str) -> bool:
    if first_word in STATUS - {"full-time", "part-time", "senior", "junior"}:
        return True
    before = text[max(0, start - _REACH) : start]
    said = _BEFORE.search(before) or _AFTER.match(text, end)
    return bool(said) and not _ON_BEHALF.search(before)


def _goes_on(text: str, end: int, head: str) -> bool:
    """Whether the noun only narrows down the next one: "the student loan", "a nurse practitioner"."""
    following = _NEXT.match(text, end)
    if following is None:
        return False
    word = following[1].casefold()
    if singular(word) in occupations().heads:
        return True
    return head in AMBIGUOUS and not (is_stop_word(word) or word.endswith(("ing", "ed")))


def _plant(rng: random.Random) -> str:
    """An occupation of Faker's list that is written in one piece; the detectors read the same list."""
    jobs: Sequence[str] = import_module("faker.providers.job").Provider.jobs
    return rng.choice([job.lower() for job in jobs if job.replace(" ", "").isalpha()])


PROFESSION = Kind(
    name="PROFESSION", order=90, title="Occupations, ranks and posts of somebody", closed=True,
    surrogate=varied(vary), plant=_plant,
    carriers=(
        "She works as a {}.", "He was a {} for most of his life.", "My brother is a {}.",
        "His wife, a {}, was there too.",
    ),
)  # fmt: skip
PROFESSIONS = Finder("cue", find_professions)
