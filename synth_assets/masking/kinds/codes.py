"""Codes: record numbers and identifiers of every sort, court cases, number plates."""

import re
from collections.abc import Iterator

from synth_assets.masking.kinds.contact import code_like
from synth_assets.masking.kinds.kind import Finder, Kind, Pattern, digits_between, forms
from synth_assets.masking.mentions import PATTERN, Mention

_DIGIT = r"\d"
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
_LAW_WORDS = """
act acts article articles convention decree decrees directive directives law laws order orders protocol protocols
regulation regulations resolution resolutions rule rules section sections
"""
_LAWS = frozenset(_LAW_WORDS.split())


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


ID = Kind(
    name="ID", order=260, title="Record, account, license, order and other identifiers", direct=True,
    safe_harbor="HIJKMR",
    patterns=(
        Pattern(
            rf"\b(?:{_ID_NOUN}){_NUMBER_WORD}{_LINK}(?P<value>(?=[A-Za-z0-9./-]*\d[A-Za-z0-9./-]*\d)"
            rf"[A-Za-z0-9]+(?:[./ -]?\d[A-Za-z0-9]*|[./-][A-Za-z0-9]+)*)\b",
            0.75, allowed=digits_between(3, 34), needs=_DIGIT, ignore_case=True),
        Pattern(r"(?<![\w-])[A-Z]{2,4}(?:-[A-Z]{1,4})?-\d[A-Z0-9-]*\d(?![\w-])", 0.7, needs=_DIGIT),
        Pattern(r"\b[A-Z]{1,3}\d{6,18}[A-Z]?\b", 0.7, needs=_DIGIT),
        Pattern(r"(?<![\w-])[A-Z]{2,3} \d{6,12}(?![\w-])", 0.7, needs=_DIGIT),
        Pattern(r"(?<![\w.-])\d{4,6}-\d{3,5}-\d{1,2}(?![\w-])", 0.95, needs=_DIGIT),
        Pattern(  # letters, then groups of digits: C-72233108, T26-233201, HX/2026/043545
            r"(?<![\w/-])[A-Z]{1,4}\d{0,4}(?:[-/]\d{2,12}){1,4}(?![\w/])",
            0.7, allowed=digits_between(5, 20), needs=_DIGIT),
        Pattern(r"(?<![\w.,$€£-])\d{7,}(?![\w%]|[.,]\d)", 0.5, needs=_DIGIT),
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
        Pattern(r"(?<![\w/.-])\d{2,6}/\d{2,4}(?:/\d{1,4})?(?![\w/])", 0.7, allowed=_is_case, needs=_DIGIT),
        Pattern(
            r"\b(?:applications?|case|docket|dossier|proceedings|judgment|file)\s*(?:\()?\s*(?:nos?\.?|numbers?|#)?\s*"
            r"(?P<value>(?:[A-Z]{1,4}[ -]?)?\d[\w./:-]*\w)",
            0.7, allowed=digits_between(3, 20), needs=_DIGIT, ignore_case=True),
        Pattern(
            r"(?<!Law )(?<!Act )(?<!Protocol )(?<!Decree )(?<!Regulation )(?<!Rule )(?<!Resolution )(?<!Directive )"
            r"(?<!Convention )(?<!Order )\b[Nn]os?\.\s?(?P<value>(?:[A-Z]{1,3}[ -]?)?\d+(?:[./-]\w+)*)",
            0.6, needs=_DIGIT),
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
            0.8, needs=_DIGIT),
        Pattern(r"\b[A-Z]{2}\d{2} [A-Z]{3}\b", 0.7, needs=_DIGIT),
    ),
    surrogate=code_like, plant=forms("@@N# @@@", "@@@ ####", "#@@@###"),
    carriers=("The car with the plate {} was towed.", "A van, {}, stood in front."),
)  # fmt: skip
NUMBERED = Finder("pattern", find_numbered)
