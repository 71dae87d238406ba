"""Occupations where they say what somebody is: "is a nurse", "worked as a watchman", "a retired officer".

An occupation in passing ("the judge rose") is left alone, unless the same text says it of somebody: then linking finds
it everywhere.

The words are Faker's public list of jobs, and everyday ones that it lacks.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.kind import Finder, Kind, varied
from synth_assets.masking.lexicon.gazetteer import CONNECTORS, word_set
from synth_assets.masking.mentions import CUE, Mention
from synth_assets.text.words import stop_words

_ARMED_FORCES = """
admiral airman airwoman brigadier cadet captain colonel commander commodore conscript corporal gendarme general
lieutenant major marine paratrooper reservist sailor sergeant soldier
"""
_OTHERS = """
abbot accountant actor actress actuary administrator adviser advisor agent aide anaesthetist analyst announcer
anthropologist apprentice archaeologist archbishop architect archivist artist assembler assistant associate astronomer
athlete attorney auctioneer auditor author babysitter bailiff baker ballerina banker barber barista barmaid barman
barrister bartender beautician beekeeper biologist bishop blacksmith bookkeeper botanist bouncer boxer brewer bricklayer
broker builder businessman businessperson businesswoman butcher butler cabinetmaker cardiologist caregiver carer
caretaker carpenter cashier caterer ceo cfo chairman chairperson chairwoman chancellor chaplain chef chemist childminder
choreographer cleaner cleric clerk coach cobbler comedian composer concierge conductor constable consul consultant cook
coordinator copywriter councillor councilor counsel counsellor counselor courier criminologist croupier cto curator
cyclist dancer dean decorator dentist dermatologist designer detective developer dietician dietitian diplomat director
dishwasher dispatcher docker dockworker doctor doorman draughtsman dressmaker driver ecologist economist editor
electrician engineer engraver entrepreneur executive farmer farmhand farmworker firefighter fireman fisherman fishmonger
fitter footballer forester founder gardener geneticist geographer geologist glazier goalkeeper goldsmith golfer governor
gp grocer grower guard gynaecologist gynecologist hairdresser hairstylist handyman headmaster headmistress headteacher
historian hotelier housekeeper hunter imam industrialist inspector instructor interpreter inventor investigator
ironworker jailer janitor jeweller joiner journalist judge jurist laborer labourer landlord landowner lawyer lecturer
librarian lifeguard linguist lumberjack machinist magistrate maid manager mason mathematician mayor mechanic merchant
metalworker meteorologist midwife miller miner minister missionary monk mp mufti musician nanny navigator neurologist
neurosurgeon notary novelist nun nurse obstetrician officer ombudsman oncologist operator ophthalmologist optician
optometrist orthodontist orthopaedist paediatrician painter paralegal paramedic parliamentarian pastor pathologist
pawnbroker pediatrician pharmacist philosopher photographer photojournalist physician physicist physiotherapist pilot
planner plasterer playwright plumber poet policeman policewoman politician porter postman postwoman potter practitioner
presenter president priest principal printer producer professional professor programmer proofreader prosecutor
prostitute psychiatrist psychoanalyst psychologist psychotherapist publican rabbi radiologist rapper realtor
receptionist recruiter rector referee reporter representative researcher restaurateur retailer roofer sailor salesclerk
salesman salesperson saleswoman scholar scientist sculptor seamstress secretary senator servant shepherd shipbuilder
shoemaker shopkeeper singer smith sociologist solicitor specialist sportsman sportswoman statistician steward stewardess
stockbroker stonemason strategist stylist superintendent supervisor surgeon surveyor tailor tanner teacher technician
technologist teller therapist tiler toxicologist trader trainer translator trapper trucker turner tutor typist
undertaker underwriter upholsterer urologist usher vendor vet veterinarian vicar waiter waitress warden warder
watchmaker watchman weaver welder wholesaler winemaker worker wrestler writer youtuber zoologist
"""
_NOT_EMPLOYED = """
freelancer graduate homemaker househusband housewife intern pensioner postgraduate pupil retiree student trainee
undergraduate veteran volunteer
"""
_STATUS = word_set("""
former freelance full-time junior part-time professional qualified retired self-employed senior trained unemployed
""")
_SPECIALTIES = """
account air-force army assistant associate backend back-end bank branch bus care city cloud coal college commissioned
construction county crane day delivery deputy desk devops district engineering estate exchange factory federal front-end
frontend full-stack grade graduate head health healthcare heating heavy help high home hospitality junior kindergarten
lead lorry metal mine minibus motor municipal national night non-commissioned nursery petty phd postdoctoral product
program project railway real regional security self-employed shop staff state steel store taxi team train truck
university van warrant
"""
# Words that also mean something else: an occupation only if no noun follows.
_AMBIGUOUS = word_set("""
agent aide associate conductor cook dean director executive general graduate guard intern judge major marine minister
officer operator pilot president principal private producer professional representative secretary specialist student
""")
_AGENT = ("er", "or", "ist", "ian", "ant", "yst")
_PLURALS = (("men", "man"), ("ives", "ife"), ("ies", "y"), ("es", ""), ("s", ""))
_NO_OCCUPATION = frozenset({"clothing", "emeritus", "person", "runner", "visitor"})
_GROUPS = (_ARMED_FORCES, _NOT_EMPLOYED, _OTHERS)
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
NEXT_WORD = re.compile(r"[ \t]([^\W\d_]+)")
_VOWEL = re.compile(r"(?:[aeio]|u(?!ni|ro|se))", re.IGNORECASE)


@dataclass(frozen=True)
class Occupations:
    """Nouns for occupations.

    Attributes:
        heads: each head noun with the number of its group.
        narrowing: words that narrow a head noun down ("senior", "bus").
        groups: head nouns of each group, which may replace each other.
    """

    heads: dict[str, int]
    narrowing: frozenset[str]
    groups: tuple[tuple[str, ...], ...]


@cache
def occupations() -> Occupations:
    """The lists of this module and Faker's jobs, casefolded."""
    heads = {word: number for number, words in enumerate(_GROUPS) for word in words.split()}
    listed = [job.casefold() for job in import_module("faker.providers.job").Provider.jobs]
    words = {word for job in listed for word in re.findall(r"[a-z]+(?:['-][a-z]+)*", job)}
    for job in listed:
        head = re.split(r"[,/(]", job)[0].split()[-1]
        if head.endswith(_AGENT) and head not in _NO_OCCUPATION:
            heads.setdefault(head, len(_GROUPS) - 1)
    modifiers = frozenset(_SPECIALTIES.split()) | _STATUS | words - CONNECTORS - {"as", "second", "years", "best"}
    groups = (tuple(sorted(set(words.split()) - _AMBIGUOUS - {"servant"})) for words in _GROUPS)
    return Occupations(heads, modifiers | heads.keys(), tuple(groups))


def singular(word: str) -> str:
    """The singular of a casefolded head noun; the word itself if it is not one."""
    heads = occupations().heads
    if word in heads:
        return word
    forms = (word[: len(word) - len(end)] + stem for end, stem in _PLURALS if word.endswith(end))
    return next((form for form in forms if form in heads), word)


def plural(word: str) -> str:
    """The plural of a head noun."""
    if word.endswith("man"):
        return word[:-3] + "men"
    if word.endswith("ife"):
        return word[:-3] + "ives"
    if word.endswith(("s", "sh", "ch", "x")):
        return word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"


def other_number(surface: str) -> Iterator[str]:
    """The plural of a singular occupation, or the singular of a plural one; nothing for other phrases."""
    before, _, last = surface.rpartition(" ")
    folded = last.casefold()
    head = singular(folded)
    if head in occupations().heads:
        yield f"{before} {plural(head) if head == folded else head}".lstrip()


def find_professions(text: str) -> Iterator[Mention]:
    """Occupations with what narrows them down ("primary school teacher"), where a cue says they are somebody's."""
    heads = occupations().heads
    words = list(_WORD.finditer(text))
    folded = [match.group().casefold() for match in words]
    for i, word in enumerate(folded):
        head = singular(word)
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
    kept = next((i for i, word in enumerate(folded) if word not in _STATUS), 0)
    head = singular(folded[-1])
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
    if first_word in _STATUS - {"full-time", "part-time", "senior", "junior"}:
        return True
    before = text[max(0, start - _REACH) : start]
    said = _BEFORE.search(before) or _AFTER.match(text, end)
    return bool(said) and not _ON_BEHALF.search(before)


def _goes_on(text: str, end: int, head: str) -> bool:
    """Whether the noun only narrows down the next one: "the student loan", "a nurse practitioner"."""
    following = NEXT_WORD.match(text, end)
    if following is None:
        return False
    word = following[1].casefold()
    if singular(word) in occupations().heads:
        return True
    return head in _AMBIGUOUS and not (word in stop_words() or word.endswith(("ing", "ed")))


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
