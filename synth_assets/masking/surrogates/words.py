"""Surrogates for the words of names: people, places, organizations, their user names and mailboxes.

A word has one surrogate in a document wherever it occurs, so "Anna Smith", "Mrs Smith", "SMITH" and "a.smith" stay one
person.
"""

from collections.abc import Iterable

import regex

from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping, first_fresh
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import (
    CONNECTORS,
    LOCALES,
    TITLES,
    draw_name,
    gazetteer,
    is_distinctive,
    locale_and_gender,
    name_words,
    split_possessive,
    word_set,
)

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*|\p{N}+")
_NAME_PART = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*")
_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWYZ"
_ADDRESS_WORDS = word_set("""
street st avenue ave road rd boulevard blvd lane ln drive dr court ct place pl square sq terrace way highway parkway
crescent close row walk apt apartment suite ste unit flat floor box po psc apo fpo ap ae aa rue via viale piazza corso
calle avenida plaza rua ulica strada n s e w ne nw se sw
""")


class WordSurrogates:
    """The words of one document and their surrogates.

    Args:
        key: key of the document, which surrogates are drawn with.
        real: values that no surrogate may equal.
        people: the document's personal names as written, with the titles before them.
        used: casefolded surrogates that are taken; new ones are added.
        mapping: surrogates that earlier documents of the source gave to words; None if documents are independent.
    """

    def __init__(
        self,
        key: DocumentKey,
        real: RealValues,
        people: Iterable[str],
        used: set[str] | None = None,
        mapping: SourceMapping | None = None,
    ) -> None:
        self._key = key
        self._real = real
        self._mapping = mapping
        self._known: dict[str, str] = {}
        self._used: set[str] = set() if used is None else used
        self._initials: dict[str, str] = {}
        for surface in sorted(dict.fromkeys(people), key=lambda s: (-len(name_words(s)), not _is_titled(s), s)):
            self._learn(surface)

    def person(self, surface: str) -> str:
        """Replace a personal name; titles, particles, order, initials and casing are kept."""

        def replace(match: "regex.Match[str]") -> str:
            word, ending = split_possessive(match.group())
            if word.casefold() in TITLES or (word.casefold() in CONNECTORS and word.islower()):
                return word + ending
            if len(word) == 1:
                return self._initial(word) + ending
            return self.word(word, "surname") + ending

        if (joined := self._joined(surface)) is not None:
            return joined
        return str(_NAME_PART.sub(replace, surface))

    def place(self, surface: str) -> str:
        """Replace a place by a place, a country by a country."""
        return self.country(surface) or self._phrase(surface, "place")

    def organization(self, surface: str) -> str:
        """Replace the distinctive words of an organization; words that say its kind ("Court", "Ltd") are kept."""
        return self._phrase(surface, "surname")

    def address(self, surface: str) -> str:
        """Replace the names in an address; street words are kept, and numbers are left to the caller."""

        def replace(match: "regex.Match[str]") -> str:
            word: str = match.group()
            plain = word.casefold() in _ADDRESS_WORDS or word[0].isnumeric() or word.casefold() in CONNECTORS
            return word if plain or len(word) < 2 else self.word(word, "place")

        return str(_WORD.sub(replace, surface))

    def country(self, surface: str) -> str | None:
        """Another country, or its adjective, the same for every form of one country; None if `surface` is neither."""
        entry = countries.lookup(surface)
        if entry is None:
            return None
        number, form = entry
        table = countries.countries()
        moved = (number + 1 + self._key.draw("country", number) % (len(table) - 1)) % len(table)
        return like(surface, table[moved][form])

    def handle(self, surface: str) -> str:
        """Replace a user name: known names by their surrogates, other words by names, digits by digits."""
        if (joined := self._joined(surface)) is not None:
            return joined

        def replace(match: "regex.Match[str]") -> str:
            word: str = match.group()
            if word[0].isnumeric():
                return "".join(self._digit(char, surface, match.start() + i) for i, char in enumerate(word))
            inner = self._joined(word)
            return inner if inner is not None else self.word(word, "surname")

        return str(_WORD.sub(replace, surface))

    def word(self, word: str, role: str, gender: str = "", locale: int = 0) -> str:
        """The surrogate of one word in its casing; the first role it is asked for decides the list it is drawn from."""
        folded = word.casefold()
        if folded not in self._known:
            surrogate = self._mapping.get("WORD", folded) if self._mapping is not None else None
            if surrogate is None or surrogate in self._real:
                surrogate = self._drawn(word, role, gender, locale)
                if self._mapping is not None:
                    self._mapping.put("WORD", folded, surrogate)
            self._known[folded] = surrogate
            self._used.add(surrogate.casefold())
        return like(word, self._known[folded])

    def _drawn(self, word: str, role: str, gender: str, locale: int) -> str:
        def acronym(attempt: int) -> str:
            size = len(word) + attempt // 32  # one letter more if the short ones are taken
            return "".join(self._key.pick(_LETTERS, "acronym", word.casefold(), attempt, i) for i in range(size))

        def name(attempt: int) -> str:
            parts = (role, word.casefold(), attempt)
            drawn_from = locale if attempt < 32 else self._key.draw("locale", *parts) % len(LOCALES)
            name = draw_name(self._key, role, gender, drawn_from, *parts)
            if attempt >= 48:
                name = f"{name}-{draw_name(self._key, role, gender, locale, 'second', *parts)}"
            return name if attempt >= 12 or abs(len(name) - len(word)) <= 2 else ""

        is_acronym = word.isupper() and 2 <= len(word) <= 5 and role != "given"
        draw, last = (acronym, 0) if is_acronym else (name, 63)
        return first_fresh(draw, lambda value: self._is_taken(value, word)) or draw(last)

    def _learn(self, surface: str) -> None:
        words = name_words(surface)
        full = [word for word in words if len(word) > 1 and word.casefold() not in CONNECTORS]
        locale, gender = locale_and_gender(surface, full)
        listed = gazetteer()
        for place, word in enumerate(full):
            folded = word.casefold()
            alone = len(words) == 1 and (folded in listed.given or folded not in listed.surnames)
            titled = len(full) == 1 and _is_titled(surface)
            role = "given" if (place < len(full) - 1 or alone) and not titled else "surname"
            surrogate = self.word(word, role, gender, locale)
            self._initials.setdefault(folded[0], surrogate[0].upper())

    def _initial(self, letter: str) -> str:
        initial = self._initials.get(letter.casefold())
        if initial is None or initial.casefold() == letter.casefold():
            others = [other for other in _LETTERS if other.casefold() != letter.casefold()]
            initial = self._key.pick(others, "initial", letter.casefold())
        return initial.lower() if letter.islower() else initial

    def _joined(self, surface: str) -> str | None:
        """Replace a word joined from known names and initials ("asmith", "Anna_Smith7"); None if it is not one."""
        surface, ending = split_possessive(surface)
        folded = surface.casefold()
        if " " in surface or folded in self._known or len(folded) != len(surface):
            return None
        pieces = self._split(folded)
        if pieces is None:
            return None
        parts = []
        for start, end in pieces:
            part = surface[start:end]
            if part.casefold() in self._known:
                parts.append(like(part, self._known[part.casefold()]))
            elif part.isalpha():
                parts.append(self._initial(part))
            else:
                parts.append(self._digit(part, surface, start))
        return "".join(parts) + ending

    def _split(self, folded: str) -> list[tuple[int, int]] | None:
        """Spans of known names and single characters that make up a word; None without a name, or with two letters."""
        pieces: list[tuple[int, int]] = []
        at = 0
        names = sorted((name for name in self._known if len(name) > 2 and name in folded), key=lambda n: (-len(n), n))
        while at < len(folded):
            name = next((n for n in names if folded.startswith(n, at)), None)
            size = len(name) if name else 1
            pieces.append((at, at + size))
            at += size
        letters = [folded[a:b] for a, b in pieces if b - a == 1 and folded[a:b].isalpha()]
        return pieces if len(letters) <= 1 and any(b - a > 1 for a, b in pieces) else None

    def _digit(self, char: str, surface: str, place: int) -> str:
        return str(self._key.draw("handle", surface, place) % 10) if char.isdecimal() else char

    def _phrase(self, surface: str, role: str) -> str:
        """Replace countries by countries, and distinctive words by others; all words if there is neither."""
        parts, done = [], 0
        places = list(countries.parts(surface))
        edges = [0, *(edge for place in places for edge in place), len(surface)]
        outside = (surface[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
        words = [split_possessive(word)[0] for part in outside for word in _WORD.findall(part)]
        named = [w for w in words if w[0].isupper() and is_distinctive(w.casefold())]
        distinctive = named or [w for w in words if is_distinctive(w.casefold())]
        chosen = frozenset(distinctive or ([] if places else words))

        def replace(match: "regex.Match[str]") -> str:
            word, ending = split_possessive(match.group())
            if word[0].isnumeric():
                return "".join(str(1 + self._key.draw("number", word, i) % 9) for i in range(len(word)))
            return (self.word(word, role) if word in chosen else word) + ending

        for start, end in places:
            parts += [_WORD.sub(replace, surface[done:start]), self.country(surface[start:end]) or ""]
            done = end
        return "".join([*parts, _WORD.sub(replace, surface[done:])])

    def _is_taken(self, value: str, word: str) -> bool:
        folded = value.casefold()
        if folded == word.casefold() or folded in self._used or folded in self._known:
            return True
        if value in self._real or any(part in self._real for part in value.split("-")):
            return True
        return self._mapping is not None and self._mapping.is_made(value)


def _is_titled(surface: str) -> bool:
    return any(word.casefold() in TITLES for word in _NAME_PART.findall(surface))


def like(original: str, surrogate: str) -> str:
    """The surrogate in the casing of `original`: upper case, lower case, or as it is."""
    if len(original) > 1 and original.isupper():
        return surrogate.upper()
    return surrogate.lower() if original.islower() else surrogate
