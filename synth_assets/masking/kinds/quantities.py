"""Amounts of money, durations, measures and counts: quasi-identifiers that point to a case when taken together.

They are replaced by others of the same magnitude.
"""

import random
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.kind import Finder, Kind, varied
from synth_assets.masking.lexicon import numerals
from synth_assets.masking.lexicon.gazetteer import word_set
from synth_assets.masking.mentions import PATTERN, Mention

_NUMBER = rf"(?:{numerals.DIGITS}|{numerals.SPELLED})"
_SCALE = r"(?P<scale>\s?(?:hundred|thousand|million|billion|trillion|mln|mn|bn|[mk])\b)?"
_CURRENCY_WORDS = """
baht bolívar cent cents centime centimes crown crowns denar denars dinar dinars dirham dirhams dollar dollars dong
drachma drachmas drachmae dram drams escudo escudos euro euros florin florins forint forints franc francs gourde guarani
guilder guilders hryvnia hryvnias koruna korunas krona kronas kronor krone kroner króna krónur kuna kunas kwacha kwanza
kyat lari lats lei leu lev leva lira liras lire litai litas manat manats mark marks naira pence penny peseta pesetas
peso pesos pfennig pound pounds quetzal rand rands reais ringgit riyal riyals rial rials rouble roubles ruble rubles
rupee rupees rupiah schilling schillings shekel shekels shilling shillings soles taka tenge tolar tolars tugrik yen yuan
zloty zlotys złoty złotys
"""
_CURRENCY = "|".join(sorted(_CURRENCY_WORDS.split(), key=lambda word: (-len(word), word)))
_FORMER_CODES = word_set("""
ATS BEF BGL CYP CZK DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LVL MTL NLG PLZ PTE ROL RUR SIT SKK TRL YTL YUM
""")
_PERIOD = r"(?:day|night|week|fortnight|month|year|decade)"
_MEASURE = (
    r"(?:(?:kilo|centi|milli)?met(?:re|er)|mile|acre|hectare|decare|(?:kilo)?gram(?:me)?|kilo|ton|tonne|lit(?:re|er))"
)
_SYMBOL = r"(?:km|cm|mm|kg|ha|sq\.? ?m|m²|m2)"
_COUNTED = (
    r"(?:apartments|buildings|brothers|cattle|children|cows|daughters|employees|flats|hearings|houses|occasions|pages|"
    r"plots(?: of land)?|rooms|shares|sheep|siblings|sisters|sons|workers)"
)
_BETWEEN = (
    r"(?:(?:and a half|additional|business|calendar|consecutive|cubic|full|further|long|more|other|square|successive|"
    r"whole|working)[ -]){0,2}"
)
_ABOUT = r"(?:\b(?:about|almost|approximately|around|nearly|roughly|some)\s)?"
_MONEY_BEFORE = re.compile(
    rf"{_ABOUT}(?:(?:\b[A-Z]{{1,3}})?[$€£¥₹₺₽₴₪]|\b(?P<code>[A-Z]{{3}}))\s?(?P<number>{numerals.DIGITS}){_SCALE}"
)
_MONEY_AFTER = re.compile(
    rf"{_ABOUT}(?<![\w.,/:-])(?P<number>{_NUMBER}){_SCALE}\s?(?:[€£$¥]|(?-i:(?P<code>[A-Z]{{3}}))\b|(?-i:(?:[A-Z]\w+\s){{0,2}})"
    rf"(?:{_CURRENCY})\b(?:\ssterling\b)?)(?:\s?[(\[][A-Z]{{3}}(?=[)\]]))?",
    re.IGNORECASE,
)
_EXTENT = re.compile(
    rf"{_ABOUT}(?<![\w.,/:$€£-]){_NUMBER}(?:\s?[x×]\s?{numerals.DIGITS})*(?:[ -]|(?<=\d)(?=[a-z])){_BETWEEN}"
    rf"(?:(?:{_PERIOD}|{_MEASURE})s?|{_SYMBOL}|{_COUNTED})(?!\w)(?![\s-](?:old|of age)\b)",
    re.IGNORECASE,
)
# 100 % is a figure of speech.
_SHARE = re.compile(
    rf"(?<![\w.,/:$€£-])(?:\d{{1,2}}[.,]\d{{1,3}}|\d{{1,2}}|{numerals.SPELLED})\s?(?:%|per ?cent\b)", re.IGNORECASE
)
# Of what is counted, a few of anything say little; a year before a plural counts nothing.
_NO_NOUN = (
    r"(?:\w*(?:ss|us|is)|always|as|besides|days|expires|has|hours|minutes|months|perhaps|seconds|sometimes|times|towards|"
    rf"was|weeks|works|years|{_CURRENCY})\b"
)
_PLURAL = rf"(?:(?!{_NO_NOUN})[a-z]{{2,}}s|children|men|people|women)"
_GRAMMAR = r"(?:and|as|at|by|for|from|had|has|in|is|it|of|on|or|that|the|this|to|was|were|when|which|who|will|with)\b"
_FEW = rf"(?:[Oo]ne|[Tt]wo|[Tt]hree)\b(?![ -]{numerals.SCALES})"
_FEW_OR_YEAR = r"(?:(?:1[6-9]|20)\d\d\b|\d(?![\d.,’'\u00a0 ]*\d)\b|\d{5})"
_ANYTHING = re.compile(
    rf"(?<![\w.,/:$€£§-])(?:(?!{_FEW})(?i:{numerals.SPELLED})|(?!{_FEW_OR_YEAR}){numerals.DIGITS})"
    rf" (?:{_PLURAL}|(?!{_GRAMMAR})[a-z-]+ {_PLURAL})(?![\w-])"
)
_SENTENCE = re.compile(r"\blife (?:imprisonment|in prison)\b", re.IGNORECASE)
_FRACTION = re.compile(
    r"\b(?:one|two|three|four|five)[- ](?:third|half|halve|quarter|fifth|sixth|eighth|tenth)s?\b", re.IGNORECASE
)
_PARTS = ("one half", "one third", "two thirds", "one quarter", "three quarters", "two fifths", "three fifths")
_TERMS = ("twelve", "fourteen", "fifteen", "sixteen", "twenty", "twenty-two")
_SUMS = (_MONEY_BEFORE, _MONEY_AFTER)
_OTHERS = (_EXTENT, _SHARE, _ANYTHING, _FRACTION, _SENTENCE)
_PRICE = re.compile(r"\b(?:asking(?: for)?|prices?|sell(?:ing)?(?: for| at)?)(?: is)?:?\s?$", re.IGNORECASE)
_PRICE_REACH = 24
_EVERYDAY_DIGITS = 2
_PLANTED_UNITS = ("years", "months", "days", "hours", "kg", "km", "square metres", "people")
_ONE = re.compile(rf"(?:1|one)\s(?:[\w ]+ )?(?:{_PERIOD}|{_MEASURE}|cent|dollar|euro|pound)", re.IGNORECASE)


def find_quantities(text: str) -> Iterator[Mention]:
    """Money with a currency, durations, measures with a unit, counts of what somebody owns or has."""
    for form in (*_SUMS, *_OTHERS):
        for match in form.finditer(text):
            if form in _OTHERS or _is_somebodys(text, match):
                yield Mention(*match.span(), "QUANTITY", 0.6, "pattern", PATTERN)


def _is_somebodys(text: str, match: "re.Match[str]") -> bool:
    """Whether it is money, neither small change nor the price of a thing, which say nothing about a person."""
    code = match["code"]
    if code is not None and code not in _codes():
        return False
    small = len(match.group("number")) <= _EVERYDAY_DIGITS and match["number"].isdecimal() and not match["scale"]
    return not small and not _PRICE.search(text[max(0, match.start() - _PRICE_REACH) : match.start()])


def vary(surface: str, key: DocumentKey) -> str:
    """The quantity with other numbers of the same magnitude; unit, currency and format are kept."""
    if _FRACTION.fullmatch(surface):
        return key.pick([part for part in _PARTS if part != surface.casefold().replace("-", " ")], "part", surface)
    if _SENTENCE.fullmatch(surface):
        years = key.pick(_TERMS, "term")
        return f"{years} years’ imprisonment" if "imp" in surface.casefold() else f"{years} years in prison"
    other = numerals.vary(surface, key)
    return other + ("S" if surface.isupper() else "s") if _ONE.fullmatch(surface) else other


@cache
def _codes() -> frozenset[str]:
    """ISO 4217 codes of Faker's list, and of currencies that the euro or a reform has replaced."""
    listed = import_module("faker.providers.currency").Provider.currencies
    return frozenset(code for code, _ in listed) | _FORMER_CODES


def _plant(rng: random.Random) -> str:
    amount = rng.randrange(2, 90)
    if rng.random() < 0.5:
        return rng.choice((f"EUR {amount},500", f"{amount},000 euros", f"${amount}.50", f"£{amount}m"))
    return f"{amount} {rng.choice(_PLANTED_UNITS)}"


QUANTITY = Kind(
    name="QUANTITY", order=80, title="Amounts of money, durations, measures, counts", closed=True,
    surrogate=varied(vary), plant=_plant,
    carriers=(
        "He was awarded {} in the end.", "She had to wait for {}.", "They were charged {} for it.",
        "It took him {} to find out.",
    ),
)  # fmt: skip
QUANTITIES = Finder("pattern", find_quantities)
