"""Personal data of the raw corpus that a single subject has: what a release must not contain.

Patterns find addresses and numbers; they are not the masker's, so that both do not overlook the same things. The entity
recognizer finds names, and the masking policy its own declared types. A declared value that also has one of the shapes
counts as that shape.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from resources.models.protocols import EntityRecognizer
from resources.progress import Progress
from synth_assets.privacy.evidence.passages import Corpus, Passage, Side
from synth_assets.privacy.evidence.tokens import Matches, TokenStream, find, fold
from synth_assets.privacy.policy import IdentifierType
from synth_assets.records import FindDeclared, InForce

CUSTOM = "custom_"
"""Prefix of declared types, so that none has the name of a built-in one."""

_SHAPES: tuple[tuple[IdentifierType, "regex.Pattern[str]"], ...] = (
    ("email", regex.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("iban", regex.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")),
    # a long digit run, maybe with a letter prefix and groups (QX-123456-7890); a social security number;
    # a case number (36110/97)
    (
        "number",
        regex.compile(
            r"(?<![\w.,])(?:[A-Za-z]{0,4}-?\d{5,}(?:-\d{2,})*|\d{3}-\d{2}-\d{4}|\d{4,6}/\d{2})(?![\w/]|[.,]\d)"
        ),
    ),
    # with a prefix (+44, (212), 0) any grouping; without one at least three groups
    (
        "phone",
        regex.compile(
            r"(?<![\w.,/-])(?:(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?|\(\d{1,5}\)[ .-]?|0)\d{1,5}(?:[ .-]\d{2,6}){0,4}"
            r"|\d{2,4}(?:[ .-]\d{2,4}){2,4})(?!\w|[.,/-]\d)"
        ),
    ),
)
# dates, ranges of years, and amounts grouped by thousands look like phone numbers
_NOT_A_PHONE = regex.compile(
    r"\d{1,2}[ .-]\d{1,2}[ .-]\d{4}|\d{4}[ .-]\d{1,2}[ .-]\d{1,2}|(?:1[5-9]|20)\d\d[ -](?:1[5-9]|20)\d\d|"
    r"\d{1,3}(?:[ .]\d{3})+"
)
# Ranges kept for fiction (NANPA 555-01xx, Ofcom): surrogates are drawn from them, so a raw value in one may be met by
# coincidence. It counts in the statistics, but not as a confirmed replay.
_FICTION = regex.compile(r"(?:55501\d\d|7700900\d{3}|2079460\d{3}|1632960\d{3})$")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "judge"})
_BATCH = 256


@dataclass(frozen=True, eq=False)
class Identifiers:
    """Identifiers that one subject alone has; parallel tuples.

    Attributes:
        values: folded.
        types: an IdentifierType, or custom_<name> for a type that the masking policy declares.
        subjects: who has it.
        sides: train, holdout, planted or kept_out.
        confirmed: whether no other subject of any side, control included, has it, and it is not in a range kept for
            fiction: a replay then has no other explanation.
        matches: where the values occur in the raw stream.
    """

    values: tuple[str, ...]
    types: tuple[str, ...]
    subjects: tuple[str, ...]
    sides: tuple[Side, ...]
    confirmed: tuple[bool, ...]
    matches: Matches

    def of_types(self, types: Collection[str]) -> "np.ndarray":
        """Which identifiers are of these types."""
        return np.array([kind in types for kind in self.types], dtype=bool)

    def owners(self, side: Side, where: "np.ndarray") -> frozenset[str]:
        """Subjects of a side that have an identifier where `where` is true."""
        rows = zip(self.subjects, self.sides, where.tolist(), strict=True)
        return frozenset(subject for subject, own, chosen in rows if chosen and own == side)


def find_shapes(text: str, min_digits: int) -> list[tuple[IdentifierType, str]]:
    """E-mail addresses, IBANs, long numbers and phone numbers of a text, without overlaps."""
    taken: list[tuple[int, int]] = []
    shapes: list[tuple[IdentifierType, str]] = []
    for kind, pattern in _SHAPES:
        for match in pattern.finditer(text):
            value = match.group()
            free = all(match.end() <= start or end <= match.start() for start, end in taken)
            long_enough = kind == "email" or sum(c.isdigit() for c in value) >= min_digits
            if free and long_enough and not (kind == "phone" and _NOT_A_PHONE.fullmatch(value)):
                taken.append(match.span())
                shapes.append((kind, value))
    return shapes


def full_name(mention: str) -> str | None:
    """The folded name of a PERSON mention; None unless it has two words of two letters or more besides titles."""
    words = [w for w in fold(mention) if w not in _TITLES]
    while words and len(words[-1]) == 1:  # the s of a possessive
        words.pop()
    full = [w for w in words if len(w) > 1]
    clean = all(w.isalpha() for w in words)
    return " ".join(words) if clean and len(full) >= 2 and len(words) <= 5 else None


def unique_identifiers(
    corpus: Corpus,
    stream: TokenStream,
    recognizer: EntityRecognizer,
    min_digits: int,
    progress: Progress,
    masking: InForce,
) -> Identifiers:
    """Identifiers that a single subject of train and holdout has.

    Occurrences are searched in the text, not among recognized mentions: a name that the recognizer misses in a second
    document still counts as shared.

    Args:
        corpus: raw passages by side.
        stream: words of `corpus.passages`, in order.
        recognizer: finds names.
        min_digits: digits from which a number counts.
        progress: told how far the recognizer is.
        masking: finds the types that the masking policy declares.
    """
    sources = [p for p, side in zip(corpus.passages, corpus.side_of, strict=True) if side != "control"]
    kinds = _candidates(sources, recognizer, min_digits, progress, masking.find)
    values = sorted(kinds)
    matches = find(values, stream)
    owners = _owners(len(values), matches, stream, corpus)
    kept, homes, confirmed = [], [], []
    for index, places in enumerate(owners):
        outside = [place for place in places if place[0] != "control"]
        if len({subject for _, subject in outside}) == 1:
            kept.append(index)
            homes.append(outside[0])
            fiction = kinds[values[index]] == "phone" and _FICTION.search(values[index].replace(" ", ""))
            confirmed.append(len({subject for _, subject in places}) == 1 and not fiction)
    position = np.full(len(values), -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    alive = np.flatnonzero(position[matches.value] >= 0)
    return Identifiers(
        tuple(values[i] for i in kept),
        tuple(kinds[values[i]] for i in kept),
        tuple(subject for _, subject in homes),
        tuple(side for side, _ in homes),
        tuple(confirmed),
        Matches(position[matches.value[alive]], matches.start[alive], matches.width[alive]),
    )


def _candidates(
    passages: Sequence[Passage],
    recognizer: EntityRecognizer,
    min_digits: int,
    progress: Progress,
    find_declared: FindDeclared,
) -> dict[str, str]:
    """Type by folded value; a shape counts before a name, and a name before a declared type."""
    shapes, names, declared = dict[str, str](), dict[str, str](), dict[str, str]()
    for start in range(0, len(passages), _BATCH):
        texts = [p.text for p in passages[start : start + _BATCH]]
        for text, entities, spans in zip(texts, recognizer.recognize(texts), find_declared(texts), strict=True):
            for kind, value in find_shapes(text, min_digits):
                shapes.setdefault(" ".join(fold(value)), kind)
            people = (full_name(text[e.start : e.end]) for e in entities if e.type == "PERSON")
            names |= {name: "person" for name in people if name}
            for a, b, declared_type in spans:
                declared.setdefault(" ".join(fold(text[a:b])), CUSTOM + declared_type.lower())
        progress("identifiers", min(start + _BATCH, len(passages)), len(passages))
    declared.pop("", None)
    return declared | names | shapes


def _owners(count: int, matches: Matches, stream: TokenStream, corpus: Corpus) -> list[list[tuple[Side, str]]]:
    passages, sides = corpus.passages, corpus.side_of
    texts = stream.owner[matches.start] if len(matches.start) else matches.start
    places: list[set[tuple[Side, str]]] = [set() for _ in range(count)]
    for value, text in np.unique(np.stack([matches.value, texts], axis=1), axis=0).tolist():
        places[value].add((sides[text], passages[text].subject))
    return [sorted(where) for where in places]
