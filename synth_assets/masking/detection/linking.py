"""One document's mentions tied to entities, and every further occurrence of what was found once.

What is hidden once is hidden everywhere: in any casing, as a possessive, a surname or given name alone, in the joined
forms of user names, as an acronym that the text defines. One mention left open would undo all the others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from synth_assets.masking.kinds.professions import other_number
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import CONNECTORS, all_words, is_distinctive, is_everyday, name_words
from synth_assets.masking.mentions import CUE, Mention, resolve

LINK = CUE - 1
_MIN_LENGTH = 3
_ROUNDS = 3
_BEFORE, _AFTER = r"(?<![\p{L}\p{N}\p{M}])", r"(?![\p{L}\p{N}\p{M}])"
_UNLINKED = frozenset({"AGE"})
_DEFINED = re.compile(r"[\"”’']?\s?\(\s?(?:the\s)?[\"“‘'«]?(?:the\s)?(?P<short>[^\W\d_a-z]{2,6})[\"”’'»]?\s?\)")
_INITIAL = re.compile(r"(?<!\w)[^\W\d_a-z]")


class Linked(NamedTuple):
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


def acronyms(text: str, mentions: Sequence[Mention]) -> dict[str, str]:
    """Short forms that the text defines, with the name: "Lakeside Appeal Tribunal (“LAT”)".

    The short form is in parentheses after an organization and is made of initials of its capitalized words, in order;
    words may be left out.
    """
    short_forms: dict[str, str] = {}
    for mention in mentions:
        if mention.type != "ORGANIZATION" or not (match := _DEFINED.match(text, mention.end)):
            continue
        full = text[mention.start : mention.end]
        initials = iter(_INITIAL.findall(full))
        if all(letter in initials for letter in match["short"]):
            short_forms.setdefault(match["short"], full)
    return short_forms


def _names_somebody(text: str, mention: Mention) -> bool:
    """Whether a name, or what is left of it, has a distinctive word: "University" alone does not."""
    surface = text[mention.start : mention.end]
    if mention.type not in ("ORGANIZATION", "LOCATION", "NAME") or countries.holds(surface):
        return True
    return any(is_distinctive(word.casefold()) for word in all_words(surface))


def occurs(value: str, text: str) -> Iterator[tuple[int, int]]:
    """[start, end) of every verbatim occurrence of `value` that is not inside a longer word."""
    start = -1
    while (start := text.find(value, start + 1)) >= 0:
        end = start + len(value)
        left = start > 0 and _is_word_char(text[start]) and _is_word_char(text[start - 1])
        if not (left or (end < len(text) and _is_word_char(text[end - 1]) and _is_word_char(text[end]))):
            yield start, end


def _occurrences(text: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    any_case: dict[str, tuple[str, Mention]] = {}
    exact: dict[str, Mention] = {}
    first = {(text[m.start : m.end], m.type): m for m in reversed(mentions)}
    for surface, kind in dict.fromkeys((text[m.start : m.end], m.type) for m in mentions):
        for form, folded in _forms(surface, kind):
            if folded:
                any_case.setdefault(form.casefold(), (form, first[surface, kind]))
            else:
                exact.setdefault(form, first[surface, kind])
    for short in acronyms(text, mentions):
        exact.setdefault(short, Mention(0, len(short), "ORGANIZATION", 0.6, "link", LINK))
    folded_text = text.casefold()
    if len(folded_text) == len(text):  # letter by letter: no letter folds to two
        places = find_forms(folded_text, any_case)
    else:
        places = find_forms_by_regex(text, (form for form, _ in any_case.values()))
    sources = [(place, any_case[key][1]) for place in places if (key := text[slice(*place)].casefold()) in any_case]
    sources += [(place, exact[text[slice(*place)]]) for place in find_forms(text, exact)]
    return (Mention(start, end, source.type, source.score, "link", LINK) for (start, end), source in sources)


def find_forms(text: str, forms: Iterable[str]) -> list[tuple[int, int]]:
    """Occurrences of forms as whole words, no two overlapping, as an alternation finds them."""
    candidates = [(start, -end) for form in forms for start, end in occurs(form, text)]
    places, free = [], 0
    for start, end in sorted(candidates):
        if start >= free:
            free = -end
            places.append((start, free))
    return places


@lru_cache(maxsize=4096)
def _is_word_char(char: str) -> bool:
    """Whether a character is a letter, a number or a mark."""
    return bool(_WORD_CHAR.match(char))


_WORD_CHAR = regex.compile(r"[\p{L}\p{N}\p{M}]")


def find_forms_by_regex(text: str, forms: Iterable[str]) -> list[tuple[int, int]]:
    """The same with a regex, for a text in which a letter folds to two ("Straße")."""
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    either = regex.compile("|".join(map(_bounded, longest_first)), regex.IGNORECASE)
    return [match.span() for match in either.finditer(text)] if longest_first else []


def _bounded(form: str) -> str:
    before = _BEFORE if _is_word_char(form[0]) else ""
    after = _AFTER if _is_word_char(form[-1]) else ""
    return f"{before}{regex.escape(form, special_only=True)}{after}"


@lru_cache(maxsize=4096)
def _forms(surface: str, kind: str) -> tuple[tuple[str, bool], ...]:
    """Other ways to write the entity, each with whether its casing is free."""
    return tuple(dict.fromkeys(_all_forms(surface, kind)))


def _all_forms(surface: str, kind: str) -> Iterator[tuple[str, bool]]:
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
    heads: list[tuple[str, ...]] = []
    result = {}
    for name in sorted(distinct, key=lambda name: -sum(min(len(word), 2) for word in name)):
        head = next((head for head in heads if _is_short_for(name, head)), None)
        if head is None:
            heads.append(name)
        result[name] = head or name
    return result


def _is_short_for(name: tuple[str, ...], head: tuple[str, ...]) -> bool:
    """Every word of `name` is a word of `head`, or the initial of another one; one whole word at least agrees."""
    whole = [word for word in name if len(word) > 1]
    if not whole or any(word not in head for word in whole):
        return name == head
    rest = [word for word in head if word not in whole]
    return all(any(other.startswith(word) for other in rest) for word in name if len(word) == 1)
