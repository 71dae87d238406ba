"""Surrogates for the words of names: people, places, organizations, their user names and mailboxes.

One word has one surrogate in a document, whatever it is part of, so that "Anna Smith", "Mrs Smith",
"SMITH" and "a.smith" stay one person. Numbers and codes belong to `shapes`.
"""

from collections.abc import Iterable, Sequence

import regex

from synth_assets.masking.detection.linking import name_words, split_possessive
from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping, first_fresh
from synth_assets.masking.lexicon import countries
from synth_assets.masking.lexicon.gazetteer import CONNECTORS, LOCALES, TITLES, gazetteer, is_distinctive
from synth_assets.masking.lexicon.pools import background, draw_name

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*|\p{N}+")
_NAME_PART = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*")
_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWYZ"
_STREET_WORDS = """
street st avenue ave road rd boulevard blvd lane ln drive dr court ct place pl square sq terrace way highway parkway
crescent close row walk apt apartment suite ste unit flat floor box po psc apo fpo ap ae aa rue via viale piazza corso
calle avenida plaza rua ulica strada n s e w ne nw se sw
"""
_ADDRESS_WORDS = frozenset(_STREET_WORDS.split())


class WordSurrogates:
    """The words of one document and what stands for them.

    Args:
        key: draws of the document.
        real: values that no surrogate may equal.
        people: surfaces of the document's personal names, with the titles before them.
        used: casefolded surrogates that are taken, and to which these are added.
        mapping: what earlier documents of the source wrote for a word; None where documents have nothing in common.
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
        """A name for a name: titles, particles, order, initials and casing are kept."""

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
        """A place for a place, a country for a country."""
        return self.country(surface) or self._phrase(surface, "place")

    def organization(self, surface: str) -> str:
        """The distinctive words replaced, what says its kind ("Court", "Ltd") kept."""
        return self._phrase(surface, "surname")

    def address(self, surface: str) -> str:
        """Street words kept, names replaced; numbers are left to the caller."""

        def replace(match: "regex.Match[str]") -> str:
            word: str = match.group()
            plain = word.casefold() in _ADDRESS_WORDS or word[0].isnumeric() or word.casefold() in CONNECTORS
            return word if plain or len(word) < 2 else self.word(word, "place")

        return str(_WORD.sub(replace, surface))

    def country(self, surface: str) -> str | None:
        """Another country, or its adjective; the same for every form of one country. None if it is none."""
        found = countries.lookup(surface)
        if found is None:
            return None
        number, form = found
        table = countries.countries()
        moved = (number + 1 + self._key.draw("country", number) % (len(table) - 1)) % len(table)
        return like(surface, table[moved][form])

    def handle(self, surface: str) -> str:
        """A user name: known names by their surrogates, other words by names, digits by digits."""
        joined = self._joined(surface)
        if joined is not None:
            return joined

        def replace(match: "regex.Match[str]") -> str:
            word: str = match.group()
            if word[0].isnumeric():
                return "".join(self._digit(char, surface, match.start() + i) for i, char in enumerate(word))
            inner = self._joined(word)
            return inner if inner is not None else self.word(word, "surname")

        return str(_WORD.sub(replace, surface))

    def word(self, word: str, role: str, gender: str = "", locale: int = 0) -> str:
        """The surrogate of one word in the casing of `word`; the first role asked for decides the pool."""
        folded = word.casefold()
        if folded not in self._known:
            made = self._mapping.get("WORD", folded) if self._mapping is not None else None
            if made is None or made in self._real:
                made = self._drawn(word, role, gender, locale)
                if self._mapping is not None:
                    self._mapping.put("WORD", folded, made)
            self._known[folded] = made
            self._used.add(made.casefold())
        return like(word, self._known[folded])

    def _drawn(self, word: str, role: str, gender: str, locale: int) -> str:
        if word.isupper() and 2 <= len(word) <= 5 and role != "given":
            return self._acronym(word)
        return self._fresh(word, role, gender, locale)

    def _learn(self, surface: str) -> None:
        words = name_words(surface)
        full = [word for word in words if len(word) > 1 and word.casefold() not in CONNECTORS]
        locale, gender = background(surface, full)
        listed = gazetteer()
        for place, word in enumerate(full):
            folded = word.casefold()
            alone = len(words) == 1 and (folded in listed.given or folded not in listed.surnames)
            titled = len(full) == 1 and _is_titled(surface)
            role = "given" if (place < len(full) - 1 or alone) and not titled else "surname"
            made = self.word(word, role, gender, locale)
            self._initials.setdefault(folded[0], made[0].upper())

    def _initial(self, letter: str) -> str:
        made = self._initials.get(letter.casefold())
        if made is None or made.casefold() == letter.casefold():
            others = [other for other in _LETTERS if other.casefold() != letter.casefold()]
            made = self._key.pick(others, "initial", letter.casefold())
        return made.lower() if letter.islower() else made

    def _joined(self, surface: str) -> str | None:
        """A word glued from known names and initials ("asmith", "Anna_Smith7"), part by part; None if it is none."""
        surface, ending = split_possessive(surface)
        folded = surface.casefold()
        if " " in surface or folded in self._known or len(folded) != len(surface):
            return None
        pieces = self._split(folded)
        if pieces is None:
            return None
        made = []
        for start, end in pieces:
            part = surface[start:end]
            if part.casefold() in self._known:
                made.append(like(part, self._known[part.casefold()]))
            elif part.isalpha():
                made.append(self._initial(part))
            else:
                made.append(self._digit(part, surface, start))
        return "".join(made) + ending

    def _split(self, folded: str) -> list[tuple[int, int]] | None:
        """Known names and single characters that make up the word: at least one name, at most one letter beside."""
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
        """Countries by countries; the distinctive words, or where there is neither all of them, by other words."""
        made, done = [], 0
        places = list(countries.parts(surface))
        outside = (surface[a:b] for a, b in _around(places, len(surface)))
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
            made += [_WORD.sub(replace, surface[done:start]), self.country(surface[start:end]) or ""]
            done = end
        return "".join([*made, _WORD.sub(replace, surface[done:])])

    def _acronym(self, word: str) -> str:
        def draw(attempt: int) -> str:
            size = len(word) + attempt // 32  # a letter more where the short ones are taken
            return "".join(self._key.pick(_LETTERS, "acronym", word.casefold(), attempt, i) for i in range(size))

        return first_fresh(draw, lambda value: self._is_taken(value, word)) or draw(0)

    def _fresh(self, word: str, role: str, gender: str, locale: int) -> str:
        def draw(attempt: int) -> str:
            parts = (role, word.casefold(), attempt)
            if attempt < 32:
                made = draw_name(self._key, role, gender, locale, *parts)
            else:
                made = draw_name(self._key, role, gender, self._key.draw("locale", *parts) % len(LOCALES), *parts)
            if attempt >= 48:
                made = f"{made}-{draw_name(self._key, role, gender, locale, 'second', *parts)}"
            return made if attempt >= 12 or abs(len(made) - len(word)) <= 2 else ""

        return first_fresh(draw, lambda value: self._is_taken(value, word)) or draw(63)

    def _is_taken(self, value: str, word: str) -> bool:
        folded = value.casefold()
        if folded == word.casefold() or folded in self._used or folded in self._known:
            return True
        if value in self._real or any(part in self._real for part in value.split("-")):
            return True
        return self._mapping is not None and self._mapping.is_made(value)


def _is_titled(surface: str) -> bool:
    return any(word.casefold() in TITLES for word in _NAME_PART.findall(surface))


def _around(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """What the spans leave out of [0, length)."""
    edges = [0, *(edge for span in spans for edge in span), length]
    return list(zip(edges[::2], edges[1::2], strict=True))


def like(original: str, made: str) -> str:
    """`made` in the casing of `original`: all capitals, all small, or as it is."""
    if len(original) > 1 and original.isupper():
        return made.upper()
    return made.lower() if original.islower() else made
