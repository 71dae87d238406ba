"""Restores the spelling habits of the source: a translator's own would mark every rewriting as such."""

import re

_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")
_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St)\.(?=\s)")
_INNER_WORD = re.compile(r"(?<=[^\W_] )[^\W\d_]+|(?<=, )[^\W\d_]+")
_QUOTES = {"“": '"', "”": '"', "’": "'", "‘": "'"}


def match_style(source: str, rewriting: str) -> str:
    """Write acronyms, titles, capitals and quotation marks as the source does, and start as it starts."""
    text = _DOTTED.sub(lambda match: _acronym(match[0], source), rewriting)
    text = _TITLE.sub(lambda match: match[0] if match[0] in source else match[1], text)
    if not any(mark in source for mark in _QUOTES):
        text = "".join(_QUOTES.get(char, char) for char in text)
    text = _recase(source, text)
    if source[:1].islower():
        return text[:1].lower() + text[1:]
    return text[:1].upper() + text[1:] if source[:1].isupper() else text


def _acronym(dotted: str, source: str) -> str:
    plain = dotted.replace(".", "")
    return plain if dotted not in source and re.search(rf"\b{plain}\b", source) else dotted


def _recase(source: str, text: str) -> str:
    written: dict[str, set[str]] = {}
    for word in re.findall(r"[^\W\d_]+", source):
        written.setdefault(word.lower(), set()).add(word)

    def as_source(match: re.Match[str]) -> str:
        forms = written.get(match[0].lower(), set())
        return next(iter(forms)) if len(forms) == 1 and not source.startswith(tuple(forms)) else match[0]

    return _INNER_WORD.sub(as_source, text)
