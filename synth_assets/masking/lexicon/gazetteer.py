"""Public name lists (Faker's), and words that are no names: common, institutional, grammatical."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from unicodedata import combining, normalize

import regex

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.lexicon import countries
from synth_assets.text.words import frequent_words, stop_words


def word_set(words: str) -> frozenset[str]:
    """The words of a list that is written with spaces between them."""
    return frozenset(words.split())


LOCALES = (
    "en_US", "en_GB", "en_IE", "en_IN", "en_NZ", "de_DE", "de_AT", "fr_FR", "fr_CH", "es_ES", "es_MX", "it_IT",
    "pt_PT", "pt_BR", "nl_NL", "pl_PL", "cs_CZ", "sk_SK", "hu_HU", "ro_RO", "hr_HR", "sl_SI", "lt_LT", "lv_LV",
    "et_EE", "fi_FI", "sv_SE", "no_NO", "da_DK", "is_IS", "tr_TR", "az_AZ", "id_ID", "vi_VN", "zu_ZA", "yo_NG",
    "tw_GH", "uz_UZ", "es_AR", "es_CL", "es_CO", "fr_BE", "fr_CA", "de_CH", "nl_BE", "en_KE", "fr_DZ",
)  # fmt: skip

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

TITLES = word_set("""
mr mrs ms miss mx dr prof professor sir dame lord lady judge justice rev reverend capt captain sgt sergeant lt col
colonel gen general maj major hon president senator officer detective inspector madam mme herr frau don father sister
brother imam rabbi sheikh nurse doctor messrs
""")

# Words that many institutions share: alone they identify none.
INSTITUTIONAL = word_set("""
academy act administration administrative administrator advisory affairs agency agent appeal appeals appellate army
article assembly assize assizes association attorney authorities authority bank bar board branch bureau cabinet
cassation center central centre chamber chancery chief church circuit city civil clinic code college commerce commercial
commission commissioner committee company congress constitution constitutional convention corporation council county
court courts covenant criminal crown customs defence defense delegation department directive director directorate
district division earth east eastern economic education embassy enforcement europe european executive federal federation
fifth finance first force forces foreign foundation fourth freedoms fund fundamental gendarmerie general government
governor grand great group health high home hospital house housing human immigration industrial inquiry inspectorate
instance institute insurance interior internal international investigation jail judicial judiciary jurisdiction justice
kingdom labor labour land law legal legislative local lower magistrate magistrate's magistrates mayor medical military
minister ministry municipal municipality national naval new north northern office officer order parliament parole
pension pensions police political presidency president press prime prison prosecution prosecutor prosecutor's
prosecutors protection protocol public ranking regional registrar registry republic rights river royal school second
secretariat secretary section security senate senior service services sheriff sixth social society special standing
state states station supreme tax territorial third trade treasury treaty tribunal union united university welfare west
western works
""")
CONNECTORS = word_set("a an and at by de der des di du for from in la le no of on or s the to und van von y with")
LEGAL_FORMS = word_set("""
inc llc ltd limited plc corp co gmbh ag kg sa sarl srl spa bv nv oy ab as aps kft zrt doo sas pty llp lp
""")
# Short forms that the lists of full names lack.
_SHORT_FORMS = {
    "f": "aggie allie barb bea bess betsy bev bree cass deb dee dolly dot edie gabby ginny gwen hattie jen jess jo "
    "josie lexi lil lottie lulu mae marge missy nan nell nettie nicky peg roz susie suzy trish trudy val viv",
    "m": "abe al art artie barney bernie bud chaz chip chuck clem cliff davey doug ed ernie freddie gabe geoff "
    "gerry gus hal hank herb ike jed len lenny les lester lew manny marty matt mickey mitch monty nat ned "
    "norm ollie otis phil reggie rich rob rod russ rusty sammy seb sid stu vern vic vin walt wes will zack",
    "": "kit lou mack mel pat",
}
# Names that are also everyday words.
_AMBIGUOUS = word_set("""
an april art august barb bill bishop bond bud chance chase china chip christian cliff crystal dawn dean destiny do
dollar dolly dot drew earl east eve faith fortune france frank friend gene general georgia german glory god gold grace
grant green harmony herb holy hope hunt hunter ice india israel jack jersey jordan joy june justice king kit lane les
long love lynn mac mack major march mark marsh mason may mercy mike misty more noble norm olive page paris park pat peg
penny per pierce pond price prince princess queen ray reading rich rob rock rocky rod roman rose royal ruby rush rusty
sale sandy say scott senior sierra sky sol son sonny star sterling still stone storm summer sunny temple thrift tiffany
tin trinity true urban van victory virginia wade wall ward west will winter wise wolf wood worth you young
""")
_GENERIC = INSTITUTIONAL | CONNECTORS | LEGAL_FORMS | TITLES
_CONTRACTION = re.compile(r"[’'](?:m|s|ve|re|d|ll|t)$")
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*")
_TITLE = regex.compile(r"\p{L}+")
_TITLE_GENDER = {"mr": "m", "sir": "m", "lord": "m", "herr": "m", "mrs": "f", "ms": "f", "miss": "f", "dame": "f",
                 "lady": "f", "madam": "f", "mme": "f", "frau": "f"}  # fmt: skip
_PLACE_ENDINGS = ("ton", "ville", "ford", "burgh", "bury", "field", "wick", "dale", "ham", "mouth")


@dataclass(frozen=True)
class Gazetteer:
    """What the lists of all LOCALES say of a casefolded name.

    Attributes:
        given: index in LOCALES of the first list of given names that has it.
        surnames: index in LOCALES of the first list of surnames that has it.
        gender: "f" or "m"; "" if lists disagree.
        locales: indices in LOCALES of all lists that have it.
    """

    given: dict[str, int]
    surnames: dict[str, int]
    gender: dict[str, str]
    locales: dict[str, frozenset[int]]


@cache
def gazetteer() -> Gazetteer:
    """Given names, their short forms, and surnames of all LOCALES."""
    given: dict[str, int] = {}
    surnames: dict[str, int] = {}
    gender: dict[str, str] = {}
    locales: dict[str, set[int]] = defaultdict(set)
    for index in range(len(LOCALES)):
        people = people_of(index)
        for letter, names in (("f", people.female), ("m", people.male)):
            for name in _spellings(names):
                given.setdefault(name, index)
                locales[name].add(index)
                known = gender.setdefault(name, letter)
                gender[name] = known if known == letter else ""
        for name in _spellings(people.surnames):
            surnames.setdefault(name, index)
            locales[name].add(index)
    for letter, short_forms in _SHORT_FORMS.items():
        for name in short_forms.split():
            given.setdefault(name, 0)
            gender.setdefault(name, letter)
            locales[name].add(0)
    return Gazetteer(given, surnames, gender, {name: frozenset(indices) for name, indices in locales.items()})


@cache
def given_names(index: int) -> dict[str, frozenset[str]]:
    """Casefolded given names of LOCALES[index] by gender ("f", "m")."""
    people = people_of(index)
    return {"f": frozenset(_spellings(people.female)), "m": frozenset(_spellings(people.male))}


def _spellings(names: tuple[str, ...]) -> Iterator[str]:
    """Each name casefolded, with and without its accents."""
    for name in names:
        yield name.casefold()
        plain = "".join(c for c in normalize("NFKD", name.casefold()) if not combining(c))
        if plain != name.casefold():
            yield plain


@dataclass(frozen=True)
class People:
    """Single-word names of one locale, sorted."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    surnames: tuple[str, ...]


@cache
def people_of(index: int) -> People:
    """Names of LOCALES[index]."""
    provider = import_module(f"faker.providers.person.{LOCALES[index]}").Provider
    return People(
        _single_words(provider, "first_names_female", "first_names"),
        _single_words(provider, "first_names_male", "first_names"),
        _single_words(provider, "last_names", "last_names_male"),
    )


def _single_words(provider: type, *attributes: str) -> tuple[str, ...]:
    names = next((value for name in attributes if (value := getattr(provider, name, ()))), ())
    return tuple(sorted({name for name in names if name.isalpha() and len(name) > 2 and name.istitle()}))


@cache
def common_words() -> frozenset[str]:
    """Frequent words, stop words and calendar words, casefolded."""
    return frozenset(map(str.casefold, frequent_words())) | stop_words() | frozenset(MONTHS) | frozenset(WEEKDAYS)


@lru_cache(maxsize=65_536)
def is_everyday(word: str) -> bool:
    """Whether a casefolded word, or the word that a contraction begins with, is too common to be hidden alone."""
    word = _CONTRACTION.sub("", word)
    return word in common_words() or word in _AMBIGUOUS or word in INSTITUTIONAL or word in TITLES


@lru_cache(maxsize=65_536)
def is_distinctive(word: str) -> bool:
    """Whether a casefolded word of an organization or place name tells it from others of its kind.

    Countries and their adjectives do not: they have a type of their own.
    """
    singular = word.removesuffix("'s").removesuffix("’s").rstrip("s’'")
    generic = word in _GENERIC or singular in _GENERIC or word in MONTHS or word in WEEKDAYS
    return not generic and countries.lookup(word) is None


def all_words(surface: str) -> list[str]:
    """Words of a name; an apostrophe or a hyphen does not end a word."""
    return [str(word) for word in _WORD.findall(surface)]


def name_words(surface: str) -> list[str]:
    """Words of a personal name without titles and possessive endings; initials are words of one letter."""
    words = (split_possessive(word)[0] for word in all_words(surface))
    return [word for word in words if word.casefold() not in TITLES]


def split_possessive(word: str) -> tuple[str, str]:
    """A word and its possessive ending: ("Smith", "'s"); ("O'Brien", "") if it has none."""
    end = len(word) - 2
    return (word[:end], word[end:]) if end > 0 and word[end] in "'’" and word[-1] in "sS" else (word, "")


def locale_and_gender(surface: str, words: list[str]) -> tuple[int, str]:
    """The locale of a name, and its gender: "m", "f", or "" if the lists do not know.

    The locale is the one that lists most of the words, the first listed word's own among equals: "Maria" alone is
    English, "Maria Rossi" Italian. A title decides the gender before a given name does.

    Args:
        surface: the name with its titles.
        words: its words, without titles, initials and particles.
    """
    listed = gazetteer()
    lists = [listed.locales.get(word.casefold(), frozenset()) for word in words]
    indices = (listed.given.get(word.casefold(), listed.surnames.get(word.casefold())) for word in words)
    first = [index for index in indices if index is not None][:1]
    known = [*first, *sorted(frozenset[int]().union(*lists))]
    locale = max(known, key=lambda index: sum(index in locales for locales in lists), default=0)
    titles = (_TITLE_GENDER.get(word.casefold(), "") for word in _TITLE.findall(surface))
    if (title := next(filter(None, titles), "")) or not words:
        return locale, title
    given = words[0].casefold()
    here = [letter for letter, names in given_names(locale).items() if given in names]
    return locale, here[0] if len(here) == 1 else listed.gender.get(given, "")


def draw_name(key: DocumentKey, role: str, gender: str, locale: int, *parts: str | int) -> str:
    """One word for a role: a "given" name of the gender, a "surname", or a "place" derived from a surname."""
    people = people_of(locale)
    if role == "given":
        pool = {"f": people.female, "m": people.male}.get(gender) or people.female + people.male
        return key.pick(pool or people_of(0).female, *parts)
    name = key.pick(people.surnames or people_of(0).surnames, *parts)
    if role != "place":
        return name
    stem = name[:5].rstrip("aeiouy-'’")
    return stem + key.pick(_PLACE_ENDINGS, "ending", *parts)
