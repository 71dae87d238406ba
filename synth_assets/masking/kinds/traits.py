"""Health, family status, sexual orientation, conviction, religion and ethnic group, by the words of the language.

The words are in `traits.yaml`; illnesses and operations are also known by their endings and by what they are illnesses
of.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from resources.config import read_yaml
from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.kind import Finder, Kind, varied
from synth_assets.masking.kinds.professions import NEXT_WORD, plural
from synth_assets.masking.lexicon.gazetteer import word_set
from synth_assets.masking.lexicon.word_list import WordList
from synth_assets.masking.mentions import CUE, Mention
from synth_assets.text.words import stop_words

_IRREGULAR = {"child": "children", "stepchild": "stepchildren", "person": "people", "Turcoman": "Turcomans"}
_LONGEST_ACRONYM = 5
_ILLNESS_ENDINGS = (
    "itis", "osis", "oma", "aemia", "emia", "opathy", "algia", "plegia", "phrenia", "phasia", "ophobia", "rrhoea",
    "rrhea", "rrhage", "dystrophy", "urysm",
)  # fmt: skip
_OPERATION_ENDINGS = ("ectomy", "ostomy", "oplasty", "onoscopy", "aroscopy", "roscopy")
_NO_ILLNESS = word_set("""
academia anabiosis apoptosis apotheosis aroma bohemia diagnosis diploma homeopathy homoeopathy homophobia hypnosis
islamophobia meiosis metamorphosis microscopy misdiagnosis mitosis naturopathy nostalgia osmosis osteopathy prognosis
spectroscopy stoma symbiosis technophobia telepathy transphobia xenophobia
""")
_SMALL_WORD = re.compile(r"(?<!\w)[a-z]{6,}(?!\w)")
_PART = (
    r"(?:abdominal|ankle|anxiety|attachment|autoimmune|bladder|blood|bone|bowel|brain|breast|cardiac|cardiovascular|"
    r"cerebral|cervical|chest|colon|congenital|coronary|developmental|digestive|ear|eye|gastric|genetic|genital|hearing|"
    r"heart|hepatic|hereditary|hip|hormonal|immune|infectious|inflammatory|intestinal|kidney|knee|liver|lung|lymph|"
    r"mental|metabolic|mood|muscle|nerve|nervous|neurological|orthopaedic|ovarian|pancreatic|personality|prostate|"
    r"psychiatric|psychological|psychosomatic|pulmonary|rectal|renal|respiratory|rheumatic|shoulder|skeletal|skin|sleep|"
    r"spinal|spine|stomach|stress|testicular|throat|thyroid|urinary|uterine|vascular|venereal|viral|vision|visual)"
)
_MASS = r"(?:cancer|disease|dysfunction|failure|insufficiency|palsy|sclerosis|dystrophy|atrophy)"
_COUNT = r"(?:ailment|anomaly|complaint|condition|defect|deficiency|disability|disorder|disturbance|illness|impairment|infection|injury|lesion|syndrome)"  # noqa: E501
_SURGERY = r"(?:operation|surgery|transplant|transplantation)"
_MANY = r"(?:ailments|anomalies|complaints|conditions|defects|deficiencies|disabilities|diseases|disorders|disturbances|illnesses|impairments|infections|injuries|lesions|syndromes|transplants|cancers)"  # noqa: E501
_ORGAN = re.compile(_PART)
_NAMED = r"[^\W\d_a-z][\w’'-]{1,40}"
_PARTED = re.compile(
    rf"\b(?:{_PART}[ -]){{1,4}}(?P<head>{_MASS}|{_COUNT}|{_SURGERY}|{_MANY})\b"
    rf"|(?<!\w){_NAMED}(?:[’']s)? (?P<eponym>syndrome|disease|palsy)\b"
)
_HEADS = tuple(
    (re.compile(rf"(?:.* )?(?:{heads})", re.IGNORECASE), group, many)
    for heads, group, many in ((_MASS, "illness", False), (_COUNT, "episode", False), (_MANY, "episode", True))
)
_DEGREE = (
    r"(?:acute|advanced|alcoholic|benign|bilateral|chronic|complete|degenerative|ischaemic|malignant|manic|metastatic|"
    r"mild|moderate|paranoid|partial|permanent|progressive|recurrent|severe|terminal|total|traumatic|undifferentiated)"
)
_BEFORE_ILLNESS = re.compile(rf"(?:\b{_DEGREE},? )+$", re.IGNORECASE)
_LEADING_DEGREE = re.compile(rf"(?:{_DEGREE},? )+", re.IGNORECASE)
_REACH = 60
_PERSON_NOUN = (
    r"(?:man|men|woman|women|person|people|child(?:ren)?|boy|girl|couple|mother|father|parent|mum|mom|dad|son|daughter|"
    r"brother|sister|husband|wife|partner|friend|client|patient|applicant|claimant|veteran|pensioner|worker|employee)s?"
)
_SUBJECT = rf"(?:\b(?:I|[Hh]e|[Ss]he|[Tt]hey|[Ww]e|who|{_PERSON_NOUN}|(?!It\b|This\b|That\b|There\b)[A-Z]\w+))"
_IS = r"(?:[’'](?:m|s|re)|\s(?:ha[sd]\s|have\s)?(?:am|are|became|been|is|remain(?:s|ed)|was|went|were|(?:was\s)?born))"
_SAID = re.compile(
    rf"(?:{_SUBJECT}{_IS}(?:\s\w+ly|\salso|\sboth|\snot|\snow|\sstill|\sthen){{0,2}}"
    r"|\b(?:being|get|gets|getting|got|suffer(?:s|ed|ing)?\s(?:from\s)?(?:an?\s)?|(?:had|has|have|having)\san?))\s?$"
)
_FOLLOWED = re.compile(rf"\s{_PERSON_NOUN}\b|\swith\b|\slife\b", re.IGNORECASE)
_OTHERWISE = re.compile(r"\s(?:by|out|to|of luck)\b", re.IGNORECASE)
_VOWEL = re.compile(r"(?:[aeio]|u(?!ni|ro|se)|HIV)", re.IGNORECASE)
_SPACES = str.maketrans({"’": "'", "‘": "'", "–": "-", "‑": "-"})


class _Entry(NamedTuple):
    """What a phrase is: type, group, folded singular; `exact`: an acronym; `proper`: always has a capital."""

    kind: str
    group: str
    base: str = ""
    many: bool = False
    cued: bool = False
    exact: bool = False
    proper: bool = False


@dataclass(frozen=True)
class _Traits:
    """Entries by folded phrase, all phrases as a list to search for, and what may be written for (type, group)."""

    entries: Mapping[str, _Entry]
    phrases: WordList
    written: Mapping[tuple[str, str], tuple[str, ...]]


def find_traits(text: str) -> Iterator[Mention]:
    """Illnesses, disabilities, treatments; family status; orientation; convictions."""
    for start, end in _traits().phrases.find(text):
        entry = _traits().entries.get(_folded(text[start:end]))
        if entry and _is_meant(text, start, end, entry):
            yield _mention(text, start, end, entry)
    for match in _SMALL_WORD.finditer(text):
        if entry := _by_ending(match.group()):
            yield _mention(text, *match.span(), entry)
    for match in _PARTED.finditer(text):
        if match["eponym"] and re.split(r"[\W_]", match.group(), maxsplit=1)[0].casefold() in stop_words():
            continue
        yield _mention(text, *match.span(), _Entry("HEALTH", "illness"))


def vary(surface: str, key: DocumentKey) -> str:
    """Another member of the same group: as singular or plural, and after the same "a" or "an"; "" if it has none."""
    folded = _folded(surface)
    entry = _entry(folded)
    if entry is None:
        return ""
    pool = [_many(word) if entry.many else word for word in _traits().written[entry.kind, entry.group]]
    others = [word for word in pool if word.casefold() not in folded]
    like_sound = [word for word in others if bool(_VOWEL.match(word)) == bool(_VOWEL.match(surface))]
    other = key.pick(like_sound or others, "trait", entry.kind, entry.base or folded)
    if surface.isupper() and len(surface) > _LONGEST_ACRONYM:
        return other.upper()
    return other[0].upper() + other[1:] if surface[0].isupper() and not entry.proper else other


def is_group(surface: str) -> bool:
    """Whether it is a religion, a confession, a people or a race."""
    entry = _traits().entries.get(_folded(surface))
    return entry is not None and entry.kind == "NATIONALITY"


def members(kind: str, group: str) -> tuple[str, ...]:
    """What may be written for a group of `traits.yaml`, in the singular."""
    return _traits().written[kind, group]


def _is_meant(text: str, start: int, end: int, entry: _Entry) -> bool:
    if (entry.exact and not text[start:end].isupper()) or (entry.proper and text[start].islower()):
        return False
    if entry.cued:
        return _is_said(text, start, end)
    if entry.kind != "POLITICS" or entry.group != "person" or entry.many:
        return True
    following = NEXT_WORD.match(text, end)  # "a communist", not "the communist regime"
    return following is None or following[1].casefold() in stop_words()


def _is_said(text: str, start: int, end: int) -> bool:
    if _FOLLOWED.match(text, end):
        return True
    return bool(_SAID.search(text, max(0, start - _REACH), start)) and not _OTHERWISE.match(text, end)


def _mention(text: str, start: int, end: int, entry: _Entry) -> Mention:
    before = _BEFORE_ILLNESS.search(text, max(0, start - _REACH), start) if entry.kind == "HEALTH" else None
    return Mention(before.start() if before else start, end, entry.kind, 0.44, "cue", CUE)


def _entry(folded: str) -> _Entry | None:
    """The entry of a phrase that was found by a list, an ending or its head."""
    plain = _LEADING_DEGREE.sub("", folded, count=1)
    for form in (folded, plain):
        if known := _traits().entries.get(form) or _by_ending(form):
            return known
    for head, group, many in _HEADS:
        if head.fullmatch(plain):
            return _Entry("HEALTH", group, many=many, proper=not _ORGAN.match(plain))
    if re.search(rf"\b{_SURGERY}$", plain):
        return _Entry("HEALTH", "operation" if plain.endswith(("operation", "transplant")) else "treatment")
    return None


def _by_ending(word: str) -> _Entry | None:
    if word in _NO_ILLNESS or " " in word or len(word) <= _LONGEST_ACRONYM:
        return None
    if word.endswith(_ILLNESS_ENDINGS):
        return _Entry("HEALTH", "illness")
    return _Entry("HEALTH", "operation") if word.endswith(_OPERATION_ENDINGS) else None


@cache
def _traits() -> _Traits:
    entries: dict[str, _Entry] = {}
    written: dict[tuple[str, str], tuple[str, ...]] = {}
    listed: Mapping[str, Mapping[str, Mapping[str, str]]] = read_yaml(Path(__file__).with_name("traits.yaml"))
    for kind, groups in listed.items():
        for group, words in groups.items():
            own, more = ([item.strip() for item in words.get(key, "").split(",")] for key in ("written", "found"))
            written[kind, group] = tuple(item.rstrip("+?!") for item in own)
            for item in filter(None, (*own, *more)):
                for form, entry in _forms(item, kind, group):
                    entries.setdefault(_folded(form), entry)
    return _Traits(entries, WordList(entries), written)


def _forms(item: str, kind: str, group: str) -> Iterator[tuple[str, _Entry]]:
    """The singular and the plural of a line of the lists."""
    word, marks = item.rstrip("+?!"), item[len(item.rstrip("+?!")) :]
    if "!" in marks:
        return
    acronym = word.isupper() and len(word) <= _LONGEST_ACRONYM
    entry = _Entry(kind, group, _folded(word), cued="?" in marks, exact=acronym, proper=word[0].isupper())
    yield word, entry
    if "+" in marks:
        yield _many(word), entry._replace(many=True)


def _many(phrase: str) -> str:
    before, _, last = phrase.rpartition(" ")
    return f"{before} {_IRREGULAR.get(last) or plural(last)}".lstrip()  # "gay men", "allergies"


def _folded(phrase: str) -> str:
    return " ".join(phrase.translate(_SPACES).casefold().split())


def _planted(kind: str, groups: str) -> Callable[[random.Random], str]:
    """Plants a member of a closed list; the detectors read the same list."""
    return lambda rng: rng.choice(members(kind, rng.choice(groups.split())))


HEALTH = Kind(
    name="HEALTH", order=100, title="Illnesses, injuries, disabilities, treatments", closed=True,
    surrogate=varied(vary), plant=_planted("HEALTH", "illness treatment"),
    carriers=(
        "She asked whether {} was the reason.", "For years there had been {}, and nobody knew.",
        "The letter speaks of {}.",
    ),
)  # fmt: skip
FAMILY = Kind(
    name="FAMILY", order=110, title="Family status: married, a widow, single parents", closed=True,
    surrogate=varied(vary), plant=_planted("FAMILY", "person"),
    carriers=(
        "The other guest was a {} from the town.", "She had been a {} for some time.", "It is not easy for a {} there.",
    ),
)  # fmt: skip
ORIENTATION = Kind(
    name="ORIENTATION", order=120, title="Sexual orientation and gender identity", closed=True,
    surrogate=varied(vary), plant=_planted("ORIENTATION", "status"),
    carriers=("He told them that he is {}.", "Her neighbor is {} and lives with a friend."),
)  # fmt: skip
POLITICS = Kind(
    name="POLITICS", order=130, title="Political convictions", closed=True,
    surrogate=varied(vary), plant=_planted("POLITICS", "person"),
    carriers=("His uncle had been a {} all his life.", "They took her for a {}."),
)  # fmt: skip
TRAITS = Finder("cue", find_traits)
