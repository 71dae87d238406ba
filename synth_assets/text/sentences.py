"""Splits prose into sentences without losing a character. Blocks of a document are `structure`'s business."""

import re

from synth_assets.augmentation.filters.lexicon import word_set

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+(?P<next>[\"'“‘«(\[]*\S))")
_LAST_TOKEN = re.compile(r"[^\s(\[\"'“‘]+$")


def split_sentences(prose: str) -> list[str]:
    """Cut `prose` into sentences and the whitespace between them, alternating; the parts join to `prose`.

    A boundary needs an end mark, whitespace and a following capital, digit or opening mark; a known
    abbreviation or a single initial before the mark is no boundary.
    """
    parts: list[str] = []
    start = 0
    for match in _END.finditer(prose):
        if not _is_boundary(prose[start : match.start()], match):
            continue
        gap_end = match.start("next")
        parts += [prose[start : match.end()], prose[match.end() : gap_end]]
        start = gap_end
    return [*parts, prose[start:]] if start < len(prose) else parts


def _is_boundary(before: str, match: re.Match[str]) -> bool:
    following = match["next"][-1]
    if following.islower() or following in ",;:":
        return False
    if not match[0].startswith(".") or match[0].startswith(".."):
        return True
    last = _LAST_TOKEN.search(before)
    word = last[0] if last else ""
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    return not (is_initial or word.lower() in word_set("abbreviations"))
