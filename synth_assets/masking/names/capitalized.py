"""Runs of capitalized words: institutions, and names of unknown kind.

An institution has a noun that says what it is and a word that says which one, as in "Lisbon Court of Appeal"; without
such a word ("the District Court") it is one of many and no mention. Most names of unknown kind are places,
organizations, brands or people that neither the lists nor the model know; mentions of all other detectors have
precedence, and so keep their type.
"""

import re
from collections.abc import Iterator, Sequence

from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import (
    INSTITUTIONAL,
    MONTHS,
    TITLES,
    WEEKDAYS,
    common_words,
    gazetteer,
    is_distinctive,
    is_everyday,
    word_set,
)
from synth_assets.masking.mentions import MODEL, UNKNOWN, Mention
from synth_assets.text.words import stop_words

_KINDS = word_set("""
academy administration agency airport archbishopric archive army assembly association authority bank bishopric board
borough bureau cathedral center centre chamber charity church clinic college command commandership commission committee
community company confederation congregation consulate corporation council court department diocese directorate district
embassy faculty federation forces foundation fund garrison gendarmerie government group gymnasium headquarters hospice
hospital hotel institute institution kindergarten laboratory league library magistracy ministry monastery mosque
municipality museum navy office orchestra parish parliament party police prison prosecutor registry republic school
seminary senate service society staff station synagogue theatre tribunal trust union university workshop
""")
_SURNAMES = frozenset({"bank", "church", "court", "college", "garrison", "parish", "school", "union"})
_CAPITAL = r"[^\W\d_a-z][^\W\d_]*(?:[’'-][^\W\d_]+)*[’']?"
_LINK = r"(?: (?:of|for|on|in|at|de|du|des|do|da|del|della|di)(?: the| la)? )"
_RUN = re.compile(rf"{_CAPITAL}(?:(?:{_LINK}| ){_CAPITAL})+")
_SPLIT = re.compile(_LINK)
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
# What may follow a name in lower case: "Larnby remand prison".
_MODIFIER = (
    r"(?:administrative|basic|central|children[’']s|city|civil|commercial|county|criminal|custody|detention|district|"
    r"first-instance|garrison|general|health|high|juvenile|labour|local|maximum|medical|military|municipal|police|primary|"
    r"provincial|psychiatric|public|regional|remand|secondary|security|social|state|tax|town|university|women[’']s|"
    r"[A-Z]-type)"
)
_SMALL_KIND = (
    r"(?:airport|bar|barracks|branch|cemetery|cent(?:er|re)|church|clinic|college|council|"
    r"court(?: of (?:appeal|cassation|first instance|justice))?|factory|harbour|hospital|hotel|jail|library|magazine|"
    r"mine|monastery|mosque|municipality|museum|newspaper|plant|police(?: (?:department|station))?|port|prison|"
    r"prosecution(?: office)?|prosecutor(?:[’']s office)?|registry|school|stadium|station|synagogue|theatre|town hall|"
    r"tribunal|university)"
)
_TAILED = re.compile(rf"(?P<name>{_CAPITAL}(?: {_CAPITAL}){{0,2}})(?: {_MODIFIER}){{0,3}} {_SMALL_KIND}(?!\w)")

_UNKNOWN = r"[^\W\d_a-z][^\W\d_]+(?:[’'-][^\W\d_]+)*"
_UNKNOWN_RUN = re.compile(
    rf"(?:(?<=[^\W\d_A-Z] )|(?<=[^\W\d_A-Z], )|(?<=[^\W\d_A-Z] [“\"«‘(]))"
    rf"{_UNKNOWN}(?: (?:(?:of|for|and) (?:the )?)?{_UNKNOWN})*"
)
_LOWER = re.compile(r"(?<!\w)[^\W\d_A-Z][^\W\d_A-Z]+(?!\w)")
# Endings of English words that are merely capitalized: "Description", "Unavailable".
_ENDS = re.compile(r"\w{3,}(?:able|ance|ed|ence|ful|ible|ing|ions?|ity|less|ly|ments?|ness|ous|ship|sion|tions?|ures?)")
_TERMS = frozenset({"code", "procedure", "rules", "email", "internet", "error", "errors", "id", "ids"})
# Function words that tell English from other languages, some of which capitalize nouns.
_ENGLISH = word_set("""
about after and are as at be been before but by did does for from had has have he her his how if is it me my no not of
on one or our she so some than that the their them then there they this to under up us was we were what when where which
who will with you your
""")
_OTHER = word_set("""
aan als auf avec av che con de dei del den der des det die dla do du een ein eine el em en er est et för für het i ihr
ik il im in ist jag je jest la las le les los med met mit nicht nie non och og op os para per por pour que se si sie
sind som sur til um un una und une uns vi von voor wir y za zu
""") - {"do", "i", "in", "me"}


def find_institutions(text: str) -> Iterator[Mention]:
    """Find runs of capitalized words that hold the kind of an institution and a name or a country.

    After a name the kind may be in lower case: "Larnby remand prison".
    """
    for run in _RUN.finditer(text):
        start = _start(run)
        words = [match.group() for match in _WORD.finditer(text, start, run.end())]
        if len(words) > 1 and _is_specific(words):
            yield Mention(start, run.end(), "ORGANIZATION", 0.6, "cue", MODEL)
    for match in _TAILED.finditer(text):
        last = _WORD.findall(match["name"])[-1].casefold()
        if is_distinctive(last) and not is_everyday(last) and last not in gazetteer().given:
            yield Mention(*match.span(), "ORGANIZATION", 0.6, "cue", MODEL)


def _start(run: "re.Match[str]") -> int:
    """Where the institution in a run begins; the end of the run if it holds none."""
    text, at = run.string, run.start()
    for end in (*(match.start() for match in _SPLIT.finditer(text, *run.span())), run.end()):
        words = list(_WORD.finditer(text, at, end))
        if words and words[-1].group().casefold() in _KINDS:
            named = (i + 1 for i, word in enumerate(words[:-1]) if _is_outside(word.group().casefold()))
            return words[max(named, default=0)].start()
        link = _SPLIT.match(text, end)
        at = link.end() if link else end
    return run.end()


def _is_outside(word: str) -> bool:
    """Whether a word before the institution is no part of its name: a title, a calendar word or a stop word."""
    return word in TITLES - INSTITUTIONAL or word in MONTHS or word in WEEKDAYS or word in stop_words()


def _is_specific(words: Sequence[str]) -> bool:
    folded = [word.casefold() for word in words]
    if len(words) == 2 and folded[0] in gazetteer().given and folded[1] in _SURNAMES:
        return False  # a person with such a surname
    named = any(is_distinctive(word) and word not in _KINDS and word not in common_words() for word in folded)
    return named or countries.holds(" ".join(words))


def find_unknown_names(text: str) -> Iterator[Mention]:
    """Find runs of capitalized words inside an English sentence, one of which never occurs in lower case."""
    lower = frozenset(word.casefold() for word in _LOWER.findall(text) if word.islower())
    if len(lower & _OTHER) >= max(1, len(lower & _ENGLISH)):
        return
    for run in _UNKNOWN_RUN.finditer(text):
        if any(_is_name(word, lower) for word in _WORD.findall(run.group())):
            yield Mention(*run.span(), "NAME", 0.42, "cue", UNKNOWN)


def _is_name(word: str, lower: frozenset[str]) -> bool:
    if not word[0].isupper() or (word.isupper() and len(word) < 5):  # an abbreviation
        return False
    plain = word.casefold().removesuffix("'s").removesuffix("’s")
    if plain in lower or plain.removesuffix("s") in lower or plain in _TERMS or _ENDS.fullmatch(plain):
        return False
    return is_distinctive(plain) and not is_everyday(plain)
