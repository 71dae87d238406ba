"""One document's mentions tied to entities, and every further occurrence of what was found once.

What is hidden once is hidden everywhere: any casing, possessives, a surname or given name alone, and
the joined forms of user names. Recall within a document is all-or-nothing, one open mention undoes the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from synth_assets.masking import countries
from synth_assets.masking.acronyms import acronyms
from synth_assets.masking.mentions import CUE, Mention, resolve
from synth_assets.masking.names import CONNECTORS, TITLES, is_distinctive, is_everyday
from synth_assets.masking.occupations import other_number

LINK = CUE - 1
_MIN_LENGTH = 3
_ROUNDS = 3
_BEFORE, _AFTER = r"(?<![\p{L}\p{N}\p{M}])", r"(?![\p{L}\p{N}\p{M}])"
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*")
_UNLINKED = frozenset({"AGE"})


@dataclass(frozen=True)
class Linked:
    """A mention and the number of its entity, from 1 in order of appearance."""

    mention: Mention
    entity: int


def link(text: str, mentions: Sequence[Mention]) -> list[Linked]:
    """All mentions after propagation, non-overlapping, by start, each with its entity."""
    spread = list(mentions)
    for _ in range(_ROUNDS):
        grown = resolve(text, [*spread, *_occurrences(text, spread)])
        grown = [mention for mention in grown if _names_somebody(text, mention)]
        if grown == spread:
            break
        spread = grown
    return _number(text, spread, acronyms(text, spread))


def _names_somebody(text: str, mention: Mention) -> bool:
    """Whether what is left of a name still holds a word of its own: "University" alone does not."""
    surface = text[mention.start : mention.end]
    if mention.type not in ("ORGANIZATION", "LOCATION") or countries.holds(surface):
        return True
    return any(is_distinctive(word.casefold()) for word in _WORD.findall(surface))


def name_words(surface: str) -> list[str]:
    """Words of a personal name without titles; initials are words of one letter."""
    return [word for word in _WORD.findall(surface) if word.casefold() not in TITLES]


def occurs(value: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `value` stands in `text` verbatim, not inside a longer word."""
    start = -1
    while (start := text.find(value, start + 1)) >= 0:
        end = start + len(value)
        if not (_joins(text, start - 1, start) or _joins(text, end, end - 1)):
            yield start, end


def _joins(text: str, outside: int, inside: int) -> bool:
    """Whether the character beyond an end of a value continues the word at that end."""
    if not 0 <= outside < len(text):
        return False
    return bool(_WORD_CHAR.match(text[outside]) and _WORD_CHAR.match(text[inside]))


_WORD_CHAR = regex.compile(r"[\p{L}\p{N}\p{M}]")


def _occurrences(text: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    any_case: dict[str, Mention] = {}
    exact: dict[str, Mention] = {}
    written: dict[str, str] = {}
    for mention in mentions:
        for form, folded in _forms(text[mention.start : mention.end], mention.type):
            key = form.casefold() if folded else form
            written.setdefault(key, form)
            (any_case if folded else exact).setdefault(key, mention)
    for short in acronyms(text, mentions):
        exact.setdefault(short, Mention(0, len(short), "ORGANIZATION", 0.6, "link", LINK))
        written.setdefault(short, short)
    for forms, flags in ((any_case, regex.IGNORECASE), (exact, 0)):
        if not forms:
            continue
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        either = regex.compile("|".join(_bounded(written[form]) for form in longest_first), flags)
        for match in either.finditer(text):
            key = match.group().casefold() if flags else match.group()
            if source := forms.get(key):
                yield Mention(match.start(), match.end(), source.type, source.score, "link", LINK)


def _bounded(form: str) -> str:
    before = _BEFORE if _WORD_CHAR.match(form[0]) else ""
    after = _AFTER if _WORD_CHAR.match(form[-1]) else ""
    return f"{before}{regex.escape(form, special_only=True)}{after}"


def _forms(surface: str, kind: str) -> Iterator[tuple[str, bool]]:
    """Strings that stand for the entity, each with whether its casing is free."""
    if kind in _UNLINKED or len(surface) < _MIN_LENGTH:
        return
    free = not (is_everyday(surface.casefold()) or len(surface) == _MIN_LENGTH) and kind != "DATE"
    if any(char.isalnum() for char in surface):
        yield surface, free
    if kind == "PROFESSION":
        yield from ((form, free) for form in other_number(surface))
    if kind != "PERSON":
        return
    words = name_words(surface)
    for word in words:
        name = len(word) >= _MIN_LENGTH and word.casefold() not in CONNECTORS
        if name and (not is_everyday(word.casefold()) or (word is words[-1] and len(words) > 1)):
            yield word, not is_everyday(word.casefold()) and len(word) > _MIN_LENGTH
    if len(words) > 1:
        yield from ((form, True) for form in _joined(words[0], words[-1]))


def _joined(given: str, surname: str) -> Iterator[str]:
    if len(given) + len(surname) < 5 or len(surname) < _MIN_LENGTH:
        return
    for glue in ("", ".", "_", "-"):
        for first, second in ((given, surname), (surname, given), (given[0], surname)):
            yield first + glue + second


def _number(text: str, mentions: Sequence[Mention], short: Mapping[str, str]) -> list[Linked]:
    """Entity numbers: people by compatible names, everything else by its folded string and type.

    `short`: acronyms with the full name they stand for.
    """
    people = _people(name_key(text[m.start : m.end]) for m in mentions if m.type == "PERSON")
    numbers: dict[tuple[str, ...], int] = {}
    linked = []
    for mention in mentions:
        surface = text[mention.start : mention.end]
        if mention.type == "PERSON":
            key: tuple[str, ...] = ("PERSON", *people[name_key(surface)])
        else:
            key = (mention.type, " ".join(short.get(surface, surface).casefold().split()))
        linked.append(Linked(mention, numbers.setdefault(key, len(numbers) + 1)))
    return linked


def name_key(surface: str) -> tuple[str, ...]:
    """Casefolded words of a name; of a joined form the form itself."""
    words = tuple(word.casefold() for word in name_words(surface))
    return words or (surface.casefold(),)


def _people(keys: Iterator[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Each name -> the fullest earlier name it can be short for."""
    distinct = list(dict.fromkeys(keys))
    order = sorted(range(len(distinct)), key=lambda i: (-_fullness(distinct[i]), i))
    heads: list[tuple[str, ...]] = []
    result = {}
    for i in order:
        name = distinct[i]
        head = next((head for head in heads if _is_short_for(name, head)), None)
        if head is None:
            heads.append(name)
        result[name] = head or name
    return result


def _fullness(name: tuple[str, ...]) -> int:
    return sum(min(len(word), 2) for word in name)


def _is_short_for(name: tuple[str, ...], head: tuple[str, ...]) -> bool:
    """Every word of `name` is a word of `head`, or the initial of another one; one whole word at least agrees."""
    whole = [word for word in name if len(word) > 1]
    if not whole or any(word not in head for word in whole):
        return name == head
    rest = [word for word in head if word not in whole]
    return all(any(other.startswith(word) for other in rest) for word in name if len(word) == 1)
