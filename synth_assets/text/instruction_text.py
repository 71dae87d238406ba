"""Words, n-grams and sentences of plain text. Offsets are code points, half open."""

import regex

WORD = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}]*(?:['’-]\p{L}+)*|\p{N}+(?:[.,:]\p{N}+)*")
_END = regex.compile(r"[.!?…]+[\"'”’)\]]*(?=\s+[\p{Lu}\p{N}\"'“‘(\[]|\s*$)|\n+", regex.MULTILINE)
_ABBREVIATION = regex.compile(
    r"(?:^|[\s(])(?:\p{Lu}|Mrs?|Ms|Dr|Prof|Rev|Hon|Gen|Col|Capt|Lt|Sgt|St|No|Nos|Art|Arts|Fig|vs|v|cf|pp?|Inc|Ltd|Co|"
    r"Corp|Jr|Sr|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|approx|e\.g|i\.e|etc|a\.m|p\.m|U\.S|U\.K)$"
)

Span = tuple[int, int]


def words(text: str) -> list[str]:
    """Case-folded words and numbers."""
    return [match.group().casefold() for match in WORD.finditer(text)]


def ngrams(tokens: list[str], n: int) -> set[tuple[str, ...]]:
    """All runs of `n` tokens."""
    return {tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)}


def sentences(text: str) -> list[Span]:
    """Sentence spans without surrounding space; abbreviations and initials do not end one."""
    found: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] == "." and _ABBREVIATION.search(text, start, match.start()):
            continue
        found.append((start, match.end()))
        start = match.end()
    found.append((start, len(text)))
    return [trimmed for span in found if (trimmed := _trim(text, span))[0] < trimmed[1]]


def _trim(text: str, span: Span) -> Span:
    part = text[span[0] : span[1]]
    start = span[0] + len(part) - len(part.lstrip())
    return start, max(start, span[0] + len(part.rstrip()))
