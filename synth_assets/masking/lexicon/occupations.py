"""Occupations: Faker's public list of jobs, and everyday ones that it lacks.

The lists here follow the ten major groups of ISCO-08 (ILO 2012); those who are not employed come last.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from synth_assets.masking.lexicon.gazetteer import CONNECTORS

_ARMED_FORCES = """
admiral airman airwoman brigadier cadet captain colonel commander commodore conscript corporal gendarme general
lieutenant major marine paratrooper reservist sailor sergeant soldier
"""
_MANAGERS = """
businessman businessperson businesswoman ceo cfo chairman chairperson chairwoman chancellor consul councillor
councilor cto dean director executive founder governor headmaster headmistress headteacher hotelier industrialist
landlord landowner manager mayor minister mp ombudsman parliamentarian politician president principal publican
rector restaurateur senator shopkeeper superintendent supervisor
"""
_PROFESSIONALS = """
abbot accountant actor actress actuary anaesthetist analyst anthropologist archaeologist archbishop architect
archivist artist astronomer attorney auditor author ballerina barrister biologist bishop botanist cardiologist
chaplain chemist choreographer cleric comedian composer conductor consultant copywriter counsel counsellor counselor
criminologist curator dancer dentist dermatologist designer developer dietician dietitian diplomat doctor ecologist
economist editor engineer entrepreneur geneticist geologist geographer gp gynaecologist gynecologist historian imam
instructor interpreter journalist judge jurist lawyer lecturer librarian linguist magistrate mathematician
meteorologist midwife missionary monk mufti musician neurologist neurosurgeon notary novelist nun nurse obstetrician
oncologist ophthalmologist optician optometrist orthodontist orthopaedist paediatrician painter paralegal paramedic
pastor pathologist pediatrician pharmacist philosopher photographer physician physicist physiotherapist planner
playwright poet practitioner priest producer professor professional programmer prosecutor psychiatrist psychoanalyst
psychologist psychotherapist rabbi radiologist reporter rapper researcher scholar scientist sculptor singer
sociologist solicitor statistician strategist surgeon surveyor teacher therapist toxicologist trainer translator
tutor urologist vet veterinarian vicar writer youtuber zoologist
"""
_TECHNICIANS = """
administrator adviser advisor agent announcer assistant athlete auctioneer bailiff banker boxer broker chef coach
coordinator constable cyclist detective draughtsman footballer goalkeeper golfer inspector inventor investigator
navigator officer photojournalist pilot presenter realtor recruiter referee representative sailor secretary
specialist sportsman sportswoman steward stewardess stockbroker technician technologist trader underwriter wrestler
"""
_CLERKS_AND_SERVICE = """
aide associate babysitter barber barista barman barmaid bartender beautician bookkeeper bouncer butler caregiver
caretaker carer cashier caterer childminder clerk concierge cook courier croupier dispatcher doorman driver
firefighter fireman guard hairdresser hairstylist housekeeper janitor jailer jeweller lifeguard maid merchant nanny
operator paramedic pawnbroker policeman policewoman porter postman postwoman proofreader prostitute receptionist
retailer salesman salesperson salesclerk saleswoman servant stylist teller trucker typist undertaker usher vendor waiter
waitress warden warder watchman wholesaler
"""
_CRAFTS_AND_MANUAL = """
apprentice assembler baker beekeeper blacksmith bricklayer brewer builder butcher cabinetmaker carpenter cleaner
cobbler decorator dishwasher docker dockworker dressmaker electrician engraver farmer farmhand farmworker fisherman
fishmonger fitter forester gardener glazier goldsmith grocer grower handyman hunter ironworker joiner labourer laborer
lumberjack machinist mason mechanic metalworker miller miner painter plasterer plumber potter printer roofer
seamstress shepherd shipbuilder shoemaker smith stonemason tailor tanner trapper tiler turner upholsterer
watchmaker weaver welder winemaker worker
"""
_NOT_EMPLOYED = """
freelancer graduate homemaker househusband housewife intern pensioner postgraduate pupil retiree student trainee
undergraduate veteran volunteer
"""
_STATUS = """
former freelance full-time junior part-time professional qualified retired self-employed senior trained unemployed
"""
_SPECIALTIES = """
account air-force army assistant associate backend back-end bank branch bus care city cloud coal college commissioned
construction county crane day delivery deputy desk devops district engineering estate exchange factory federal front-end
frontend full-stack grade graduate head health healthcare heating heavy help high home hospitality junior kindergarten
lead lorry metal mine minibus motor municipal national night non-commissioned nursery petty phd postdoctoral product
program project railway real regional security self-employed shop staff state steel store taxi team train truck
university van warrant
"""
# Words that also mean something else: an occupation only if no noun follows.
_AMBIGUOUS_WORDS = """
agent aide associate conductor cook dean director executive general graduate guard intern judge major marine minister
officer operator pilot president principal private producer professional representative secretary specialist student
"""
AMBIGUOUS = frozenset(_AMBIGUOUS_WORDS.split())
STATUS = frozenset(_STATUS.split())
_AGENT = ("er", "or", "ist", "ian", "ant", "yst")
_PLURALS = (("men", "man"), ("ives", "ife"), ("ies", "y"), ("es", ""), ("s", ""))
_NO_OCCUPATION = frozenset({"clothing", "emeritus", "person", "runner", "visitor"})
_GROUPS = (
    _ARMED_FORCES,
    _NOT_EMPLOYED,
    " ".join((_MANAGERS, _PROFESSIONALS, _TECHNICIANS, _CLERKS_AND_SERVICE, _CRAFTS_AND_MANUAL)),
)


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
    modifiers = frozenset(_SPECIALTIES.split()) | STATUS | words - CONNECTORS - {"as", "second", "years", "best"}
    groups = (tuple(sorted(set(words.split()) - AMBIGUOUS - {"servant"})) for words in _GROUPS)
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
