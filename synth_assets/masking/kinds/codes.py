"""Numbers and codes of people, accounts, records, court cases and vehicles.

National identifiers are found by Presidio's pattern recognizers: only their patterns and validators are used, not its
NLP engine, and only those of kinds that have no pattern here. They count as ID, wallets as CRYPTO.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from resources.expectations.shapes import luhn, mod_97
from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.contact import code_like
from synth_assets.masking.kinds.kind import (
    MANY_DIGITS,
    Finder,
    Kind,
    Pattern,
    digits_between,
    digits_of,
    fill,
    forms,
    reshape,
    shaped,
)
from synth_assets.masking.lexicon.gazetteer import word_set
from synth_assets.masking.mentions import CHECKED, PATTERN, Mention

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer

_BASE58 = "123456789abcdefghjkmnpqrstuvwxyz"
_IBANS = {"DE": "##################", "FR": "#######################", "ES": "####################",
          "GB": "@@@@##############", "NL": "@@@@##########", "PT": "#####################"}  # fmt: skip
_ID_NOUN = (
    r"MRN|medical record|patient|health plan|accounts?|acct|order|invoice|ticket|policy|claim|file|ref(?:erence)?|"
    r"customer|client|member|employee|staff|student|passport|(?:driver[’']?s? |driving |medical )?licen[cs]e|permit|DL|"
    r"tax|VAT|TIN|EIN|registration|registry|booking|confirmation|tracking|serial|badge|transaction|subscription|"
    r"identity card|ID card|national insurance|social security|SSN|NHS|NINO|PIN|device|user|routing|sort code|swift"
)
_NUMBER_WORD = r"(?:\s*(?:numbers?|nos?\.?|num\.?|nr\.?|ids?|codes?|card|#))?"
_LINK = r"\s*(?:is|was|are|reads|ending in|of)?\s*[:#=]?\s*"
_ITEM = r"(?:[A-Z]{1,3}[ -]?)?\d(?:[\w./-]*\w)?"
_LIST = re.compile(
    rf"(?P<of>\w+ )?\b(?:[Nn]os?\.|[Nn]umbers)\s?(?P<items>{_ITEM}(?:(?:\s?[,;&]\s?|,? and |,? or ){_ITEM})+)"
)
_ITEMS = re.compile(_ITEM)
# Numbers of laws and rules identify nobody.
_LAWS = word_set("""
act acts article articles convention decree decrees directive directives law laws order orders protocol protocols
regulation regulations resolution resolutions rule rules section sections
""")
_CONTEXT_CHARS = 60
_BOOST = 0.4
_DIGITS = re.compile(r"\d{2}")
# What every match of a recognizer contains, in a form that is searched much faster than its patterns are.
NEEDS = {
    "AbaRoutingRecognizer": r"\d{4}-?\d{4}-?\d",
    "AuTfnRecognizer": r"\d{3}\s?\d{3}\s?\d{3}",
    "CryptoRecognizer": r"\w{26}",
    "EsNieRecognizer": r"\d{7}-?[^\W\d_]",
    "EsNifRecognizer": r"\d{7}-?[^\W\d_]",
    "FiPersonalIdentityCodeRecognizer": r"\d{6}.\d{3}",
    "InAadhaarRecognizer": r"\d{4}[- :]?\d{4}[- :]?\d{4}",
    "InPanRecognizer": r"\d{4}",
    "ItFiscalCodeRecognizer": r"\w{16}",
    "MedicalLicenseRecognizer": r"\d{7}(?<=[^\W\d_]\d{7})",
    "NhsRecognizer": r"\d{3}[- ]?\d{3}[- ]?\d{4}",
    "PlPeselRecognizer": r"\d{11}",
    "SgFinRecognizer": r"\d{7}(?<=[^\W\d_]\d{7})",
    "UkNinoRecognizer": r"\d{2} ?\d{2} ?\d{2}",
    "UsBankRecognizer": r"\d{8}",
    "UsItinRecognizer": r"9\d{2}[- ]?\d{2}[- ]?\d{4}",
    "UsLicenseRecognizer": r"\d",
    "UsPassportRecognizer": r"\d{8}",
}


def ssn(value: str, key: DocumentKey, *parts: str | int) -> str:
    """Area 000, which is never issued."""
    return "000" + reshape(value, key, "ssn", *parts)[3:]


def uncheckable(value: str, key: DocumentKey, *parts: str | int) -> str:
    """A card or account number in the same grouping whose check digits are wrong."""
    keep = 2 if value[:2].isalpha() else 0
    drawn = value[:keep] + reshape(value[keep:], key, "number", *parts)
    if mod_97(drawn) if keep else luhn(drawn):
        last = len(drawn) - 1 - next(i for i, char in enumerate(reversed(drawn)) if char.isdecimal())
        drawn = drawn[:last] + str((int(drawn[last]) + 1) % 10) + drawn[last + 1 :]
    return drawn


def _is_card(value: str) -> bool:
    return 13 <= len(digits_of(value)) <= 19 and luhn(value)


def _plant_card(rng: random.Random) -> str:
    body = fill(rng.choice(("4##############", "5N#############", "37############")), rng)
    number = next(body + check for check in "0123456789" if luhn(body + check))
    groups = [number[i : i + 4] for i in range(0, len(number), 4)]
    return rng.choice((number, " ".join(groups), "-".join(groups)))


def _plant_iban(rng: random.Random) -> str:
    country = rng.choice(sorted(_IBANS))
    account = fill(_IBANS[country], rng)
    check = 98 - int("".join(str(int(char, 36)) for char in f"{account}{country}00")) % 97
    number = f"{country}{check:02d}{account}"
    return rng.choice((number, " ".join(number[i : i + 4] for i in range(0, len(number), 4))))


def _plant_wallet(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return "0x" + "".join(rng.choice("0123456789abcdef") for _ in range(40))
    return "bc1" + "".join(rng.choice(_BASE58) for _ in range(39))


def find_numbered(text: str) -> Iterator[Mention]:
    """Every number of a list after "nos." or "numbers", as case numbers: applications, plots, invoices."""
    for match in _LIST.finditer(text):
        if (match["of"] or "").strip().casefold() not in _LAWS:
            for item in _ITEMS.finditer(text, *match.span("items")):
                yield Mention(*item.span(), "CASE", 0.6, "pattern", PATTERN)


def _is_case(value: str) -> bool:
    """A number over a year; a short fraction or a date like 12/05 is none."""
    parts = value.split("/")
    return len(parts[0]) >= 3 or len(parts[1]) == 4


@dataclass(frozen=True)
class Recognizer:
    """A recognizer with a regex of its context words; without one of them in the text only `strong` patterns count."""

    every: "PatternRecognizer"
    strong: "PatternRecognizer | None"
    context: re.Pattern[str] | None
    needs: re.Pattern[str]


@cache
def recognizers(min_score: float) -> tuple[Recognizer, ...]:
    """All recognizers. Importing Presidio costs about 9 CPU s, once a process."""
    import presidio_analyzer
    from presidio_analyzer import predefined_recognizers

    known = []
    for name, needs in NEEDS.items():
        create = getattr(predefined_recognizers, name)
        every = create()
        # A check digit lifts any score; without one a pattern below the score needs a context word.
        checked = create.validate_result is not presidio_analyzer.PatternRecognizer.validate_result
        strong = [pattern for pattern in every.patterns if checked or pattern.score >= min_score]
        alone = create(patterns=strong) if strong else None
        known.append(Recognizer(every, alone, _context_of(every), re.compile(needs, re.DOTALL)))
    return tuple(known)


def _context_of(recognizer: "PatternRecognizer") -> re.Pattern[str] | None:
    words = sorted(recognizer.context or [])
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE) if words else None


def find_national_ids(text: str, min_score: float = 0.0) -> Iterator[Mention]:
    """Matches of the recognizers; a weak one counts only with a context word close before it.

    Some matches below `min_score` are left out: finding them is what takes longest.
    """
    if not _DIGITS.search(text):
        return
    for known in recognizers(min_score):
        if not known.needs.search(text):
            continue
        recognizer = known.every if known.context and known.context.search(text) else known.strong
        if recognizer is None:
            continue
        for found in recognizer.analyze(text, recognizer.supported_entities, None):
            before = text[max(0, found.start - _CONTEXT_CHARS) : found.start]
            boost = _BOOST if known.context and known.context.search(before) else 0.0
            kind = "CRYPTO" if found.entity_type == "CRYPTO" else "ID"
            score, rank = min(1.0, found.score + boost), CHECKED if found.score >= 1.0 else PATTERN
            yield Mention(found.start, found.end, kind, score, "presidio", rank)


SSN = Kind(
    name="SSN", order=220, title="US social security numbers, by shape", direct=True, safe_harbor="G",
    patterns=(
        Pattern(r"(?<![\w-])\d{3}([- .])\d{2}\1\d{4}(?![\w-])", 0.85, needs=MANY_DIGITS),
        Pattern(r"(?:SSN|social security)\D{0,20}(?P<value>\d{9})\b", 0.9, needs=MANY_DIGITS, ignore_case=True),
    ),
    surrogate=shaped(ssn), plant=forms("N##-4#-####", "N## 4# ####", "N##4#####"),
    carriers=("The number on the form is {}.", "Her social security number is {}.", "It was filed under {}."),
)  # fmt: skip
CARD = Kind(
    name="CARD", order=230, title="Payment cards (Luhn)", direct=True, safe_harbor="J",
    patterns=(
        Pattern(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])", 0.75, certain=_is_card, needs=MANY_DIGITS),
    ),
    surrogate=shaped(uncheckable), plant=_plant_card,
    carriers=("It was charged to {}.", "The card number is {}.", "Payment with {} was refused."),
)  # fmt: skip
IBAN = Kind(
    name="IBAN", order=240, title="Bank accounts (ISO 13616)", direct=True, safe_harbor="J",
    patterns=(
        Pattern(
            r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b",
            0.7, certain=mod_97, allowed=digits_between(8, 34)),
    ),
    surrogate=shaped(uncheckable), plant=_plant_iban,
    carriers=("Please pay to {}.", "The account {} was closed.", "The money came from {}."),
)  # fmt: skip
CRYPTO = Kind(
    name="CRYPTO", order=250, title="Wallet addresses", direct=True, safe_harbor="J",
    patterns=(
        Pattern(r"\b(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,59})\b", 0.95),
    ),
    surrogate=code_like, plant=_plant_wallet,
    carriers=("The coins were sent to {}.", "The wallet {} is empty."),
)  # fmt: skip
ID = Kind(
    name="ID", order=260, title="Record, account, license, order and other identifiers", direct=True,
    safe_harbor="HIJKMR",
    patterns=(
        Pattern(
            rf"\b(?:{_ID_NOUN}){_NUMBER_WORD}{_LINK}(?P<value>(?=[A-Za-z0-9./-]*\d[A-Za-z0-9./-]*\d)"
            rf"[A-Za-z0-9]+(?:[./ -]?\d[A-Za-z0-9]*|[./-][A-Za-z0-9]+)*)\b",
            0.75, allowed=digits_between(3, 34), needs=r"\d", ignore_case=True),
        Pattern(r"(?<![\w-])[A-Z]{2,4}(?:-[A-Z]{1,4})?-\d[A-Z0-9-]*\d(?![\w-])", 0.7, needs=r"\d"),
        Pattern(r"\b[A-Z]{1,3}\d{6,18}[A-Z]?\b", 0.7, needs=r"\d"),
        Pattern(r"(?<![\w-])[A-Z]{2,3} \d{6,12}(?![\w-])", 0.7, needs=r"\d"),
        Pattern(r"(?<![\w.-])\d{4,6}-\d{3,5}-\d{1,2}(?![\w-])", 0.95, needs=r"\d"),
        Pattern(  # letters, then groups of digits: C-72233108, T26-233201, HX/2026/043545
            r"(?<![\w/-])[A-Z]{1,4}\d{0,4}(?:[-/]\d{2,12}){1,4}(?![\w/])",
            0.7, allowed=digits_between(5, 20), needs=r"\d"),
        Pattern(r"(?<![\w.,$€£-])\d{7,}(?![\w%]|[.,]\d)", 0.5, needs=r"\d"),
    ),
    surrogate=code_like,
    plant=forms("C-N#######", "KD N######", "N####-####-N", "@@#####", "N########", "PT-######", "@@@/2026/0N###",
                "N##-####"),
    carriers=(
        "The reference is {}.", "It is booked under customer number {}.", "Order {} never arrived.",
        "{} stands on the label.",
    ),
)  # fmt: skip
CASE = Kind(
    name="CASE", order=270, title="Court applications, dockets, files", direct=True, safe_harbor="R",
    patterns=(
        Pattern(r"(?<![\w/.-])\d{2,6}/\d{2,4}(?:/\d{1,4})?(?![\w/])", 0.7, allowed=_is_case, needs=r"\d"),
        Pattern(
            r"\b(?:applications?|case|docket|dossier|proceedings|judgment|file)\s*(?:\()?\s*(?:nos?\.?|numbers?|#)?\s*"
            r"(?P<value>(?:[A-Z]{1,4}[ -]?)?\d[\w./:-]*\w)",
            0.7, allowed=digits_between(3, 20), needs=r"\d", ignore_case=True),
        Pattern(
            r"(?<!Law )(?<!Act )(?<!Protocol )(?<!Decree )(?<!Regulation )(?<!Rule )(?<!Resolution )(?<!Directive )"
            r"(?<!Convention )(?<!Order )\b[Nn]os?\.\s?(?P<value>(?:[A-Z]{1,3}[ -]?)?\d+(?:[./-]\w+)*)",
            0.6, needs=r"\d"),
    ),
    surrogate=code_like, plant=forms("N####/0N", "CS-N####/26", "N#-cv-0N###", "@@/2019/N###", "N### of 2011"),
    carriers=("The file {} is with the court.", "It was joined with case no. {}.", "See application no. {}."),
)  # fmt: skip
PLATE = Kind(
    name="PLATE", order=280, title="Vehicle registrations", direct=True, safe_harbor="L",
    patterns=(
        Pattern(
            r"\b(?:plates?|number plate|vehicle registration|tag)(?: numbers?| no\.?| is| reads| was|:| with)*\s+"
            r"(?P<value>(?=[A-Z0-9 -]*\d)[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,5}){1,2})\b",
            0.8, needs=r"\d"),
        Pattern(r"\b[A-Z]{2}\d{2} [A-Z]{3}\b", 0.7, needs=r"\d"),
    ),
    surrogate=code_like, plant=forms("@@N# @@@", "@@@ ####", "#@@@###"),
    carriers=("The car with the plate {} was towed.", "A van, {}, stood in front."),
)  # fmt: skip
NUMBERED = Finder("pattern", find_numbered)
