"""Splits text into sentences by rule: end marks, the character that follows, and a list of abbreviations."""

import regex

from resources.models.protocols import Span

"""Start and end of a piece of text in code points, half open."""

_END = regex.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*(?P<next>\S))|\n+")
_LAST_TOKEN = regex.compile(r"[^\s(\[\"'“‘]+$")
_TITLES = "Mr Mrs Ms Dr Prof St Sr Jr Rev Hon Gen Col Capt Lt Sgt Messrs Inc Ltd Co Corp Dept Est"
_DATES = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun"
_ANYWHERE = "v vs etc e.g i.e al cf ed eds approx u.s u.k u.n a.m p.m"
_NUMBERED = "no nos art arts para paras fig figs vol p pp"
_CAPITALIZED = frozenset([*_TITLES.split(), *_DATES.split()])  # in lower case some of them are words: sat, sun
_ANY_CASE = frozenset(_ANYWHERE.split())
_BEFORE_NUMBER = frozenset(_NUMBERED.split())


def sentences(text: str, *, wrapped: bool = False) -> list[Span]:
    """Spans of the sentences of `text`, without the whitespace around them.

    A sentence ends at an end mark that is followed by whitespace and then by anything but a lower-case letter or a
    comma. A known abbreviation or a single initial does not end one, and neither does `no.` before a number.

    Args:
        text: plain text of any length.
        wrapped: whether lines are wrapped; otherwise a line break ends a sentence too.
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        is_line_break = match["next"] is None
        if (is_line_break and not wrapped) or (not is_line_break and _ends_sentence(text, start, match)):
            spans.append(_trimmed(text, start, match.end()))
            start = match.end()
    spans.append(_trimmed(text, start, len(text)))
    return [span for span in spans if span[0] < span[1]]


def _ends_sentence(text: str, start: int, match: "regex.Match[str]") -> bool:
    if match["next"].islower() or match["next"] in ",;:":
        return False
    if match[0] not in (".", ".)", ".]"):
        return True
    last = _LAST_TOKEN.search(text, start, match.start())
    word = last[0] if last else ""
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    is_abbreviation = word in _CAPITALIZED or word.lower() in _ANY_CASE
    return not (is_initial or is_abbreviation or (word.lower() in _BEFORE_NUMBER and match["next"].isdigit()))


def _trimmed(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    bare = part.lstrip()
    start += len(part) - len(bare)
    return start, start + len(bare.rstrip())
