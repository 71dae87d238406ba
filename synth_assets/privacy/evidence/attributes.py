"""Quasi-identifiers that can be read from a text: what an attacker who knows somebody would compare.

Raw text gives one table row a subject, a release one row of at most one passage a subject. The values are folded
strings and are never shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import regex

from resources.models.protocols import Entity, EntityRecognizer
from synth_assets.privacy.evidence.passages import Corpus, Passage, pick
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import fold

AttributeType = Literal["place", "organization", "nationality", "occupation", "age", "gender", "year", "month", "money"]
Attribute = tuple[AttributeType, str]
ATTRIBUTE_TYPES: tuple[AttributeType, ...] = get_args(AttributeType)

_BLOCK = 256
_BATCH = 256
_ENTITIES: Mapping[str, AttributeType] = {
    "LOCATION": "place",
    "ORGANIZATION": "organization",
    "NORP": "nationality",
}
_PLACEHOLDER = regex.compile(r"\[[A-Z][A-Z_]*\d*\]|<[A-Z][A-Z_]*\d*>")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in _MONTHS)
_MONTH_NUMBERS = {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
_YEAR = regex.compile(r"(?<![\w.,/])(?:1[89]|20)\d\d(?![\w/]|[.,]\d)")
_WRITTEN = regex.compile(
    rf"\b({_MONTH})\.?,?(?: \d{{1,2}}(?:st|nd|rd|th)?,?)?,? ((?:1[89]|20)\d\d)\b", regex.IGNORECASE
)
_ISO = regex.compile(r"\b((?:1[89]|20)\d\d)-(0[1-9]|1[0-2])-[0-3]\d\b")
_NUMERIC = regex.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-]((?:1[89]|20)\d\d)\b")
_AGE = regex.compile(
    r"\b(\d{1,3})[ -]years?[ -]old\b|\b(?:aged?|age of|turn(?:ed|ing)) (\d{1,3})\b|\b(\d{1,3}) years of age\b",
    regex.IGNORECASE,
)
_CURRENCY = r"[$€£¥]|\b(?:USD|EUR|GBP|CHF|TRL|PLN|dollars?|euros?|pounds?|francs?|lir[ae]|zlotys?)\b"
_AMOUNT = r"(\d{1,3}(?:[ ,.]\d{3})+|\d+)(?:[.,]\d{1,2})?(?:\s?(thousand|k|million|m|mn|billion|bn)\b)?"
_MONEY = regex.compile(rf"(?:{_CURRENCY})\s?{_AMOUNT}|(?<![\w.,]){_AMOUNT}\s?(?:{_CURRENCY})", regex.IGNORECASE)
_SCALE = {"thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "bn": 9}
_GENDERED = regex.compile(
    r"\b(?:(he|him|his|himself|mr|sir)|(she|her|hers|herself|mrs|ms|miss|madam))\b", regex.IGNORECASE
)
_OCCUPATIONS = (
    "accountant actor actress analyst architect artist author baker banker barber bartender builder butcher "
    "carpenter cashier chef chemist cleaner coach consultant cook dentist designer detective developer diplomat "
    "doctor driver economist editor electrician engineer farmer firefighter fisherman gardener guard hairdresser "
    "journalist judge lawyer lecturer librarian manager mechanic merchant midwife miner minister musician nurse "
    "officer optician painter paramedic pharmacist photographer physician physicist pilot plumber politician "
    "porter priest professor programmer psychiatrist psychologist receptionist reporter researcher sailor "
    "salesman scientist secretary shopkeeper singer soldier solicitor surgeon tailor teacher technician therapist "
    "translator veterinarian waiter waitress writer"
)
_OCCUPATION = regex.compile(rf"\b({'|'.join(_OCCUPATIONS.split())})s?\b", regex.IGNORECASE)


class Subject(NamedTuple):
    """One row of a table: a subject and the values known of it."""

    subject: str
    values: frozenset[Attribute]

    @property
    def types(self) -> frozenset[AttributeType]:
        """Types of which a value is known."""
        return frozenset(kind for kind, _ in self.values)


Table = tuple[Subject, ...]


@dataclass(frozen=True, eq=False)
class AttributeReader:
    """Reads texts, and gives each distinct text to the recognizer once."""

    recognizer: EntityRecognizer
    _known: dict[bytes, frozenset[Attribute]] = field(default_factory=dict)

    def read(self, texts: Sequence[str]) -> list[frozenset[Attribute]]:
        """Attribute values of each text, in order."""
        keys = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        fresh = list(new.items())
        for start in range(0, len(fresh), _BATCH):
            batch = fresh[start : start + _BATCH]
            recognized = self.recognizer.recognize([text for _, text in batch])
            for (key, text), entities in zip(batch, recognized, strict=True):
                self._known[key] = attributes(text, entities)
        return [self._known[key] for key in keys]

    def table(self, groups: Mapping[str, Sequence[str]]) -> Table:
        """One row a subject, the union over the subject's texts; in the order of `groups`."""
        read = iter(self.read([text for texts in groups.values() for text in texts]))
        return tuple(
            Subject(subject, frozenset().union(*(next(read) for _ in texts))) for subject, texts in groups.items()
        )


@dataclass(frozen=True, eq=False)
class AttributeTables:
    """The raw sides as tables of equal size, and the reader that makes the table of a release."""

    train: Table
    holdout: Table
    reader: AttributeReader
    sample: int

    @classmethod
    def of(cls, corpus: Corpus, recognizer: EntityRecognizer, sample: int = 1000) -> "AttributeTables":
        """Read at most `sample` subjects a side, chosen by hash, as many from train as from holdout."""
        reader = AttributeReader(recognizer)
        train, holdout = (reader.table(side) for side in equal_sides(corpus, sample))
        return cls(train, holdout, reader, sample)

    def release(self, released: Sequence[Passage]) -> Table:
        """One released row a subject, at most `sample`, subjects in `train` first."""
        present = frozenset(row.subject for row in self.train)
        return self.reader.table(one_row_a_subject(released, self.sample, present))


def attribute_tables(evidence: Evidence) -> AttributeTables:
    """The tables of the raw sides, at most `attribute_subjects` subjects each."""
    return AttributeTables.of(evidence.corpus, evidence.models.recognizer, evidence.policy.attribute_subjects)


def released_table(release: Release) -> Table:
    """The table of a release."""
    return release.evidence.once(attribute_tables).release(release.passages)


def attributes(text: str, entities: Sequence[Entity]) -> frozenset[Attribute]:
    """Attribute values of one text: recognized names, and what simple patterns find.

    Ages are bands of ten years, amounts of money orders of magnitude, gender the clear majority (two to one) of
    pronouns and titles.
    """
    return frozenset((*_named(text, entities), *_dated(text), *_personal(text), *_amounts(text)))


def equal_sides(corpus: Corpus, sample: int) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Texts by subject of train and holdout: at most `sample` subjects each, and the same number."""
    train, holdout = corpus.sides["train"], corpus.sides["holdout"]
    size = min(len({p.subject for p in side}) for side in (train, holdout))
    return _texts(train, min(size, sample)), _texts(holdout, min(size, sample))


def _texts(passages: Sequence[Passage], sample: int) -> dict[str, tuple[str, ...]]:
    texts: dict[str, list[str]] = {p.subject: [] for p in pick(passages, sample)}
    for passage in passages:
        if passage.subject in texts:
            texts[passage.subject].append(passage.text)
    return {subject: tuple(sorted(own)) for subject, own in texts.items()}


def one_row_a_subject(
    released: Sequence[Passage], sample: int, prefer: frozenset[str] = frozenset()
) -> dict[str, tuple[str, ...]]:
    """Texts of one released row a subject, at most `sample`, chosen by hash; canaries are left out.

    Passages with one id are the columns of one row.
    """
    people = sorted((p for p in released if not p.canary), key=lambda p: (p.id, p.subject, p.text))
    rows = {key: tuple(p.text for p in group) for key, group in groupby(people, lambda p: (p.id, p.subject))}
    heads = [Passage(row, subject, "") for row, subject in rows]
    return {p.subject: rows[p.id, p.subject] for p in pick(heads, sample, prefer)}


def overlaps(targets: Table, rows: Table) -> Iterator[tuple[slice, dict[AttributeType, "np.ndarray"]]]:
    """Agreement of every target with every row, type by type, in blocks of targets.

    Yields:
        The slice of targets, and for each type the Jaccard similarity of the two sets of values (Gower's
        coefficient takes the mean over types), float32 of shape (targets, rows); 0.0 where either has none.
    """
    columns = [(kind, *_indicators(targets, rows, kind)) for kind in ATTRIBUTE_TYPES]
    for start in range(0, len(targets), _BLOCK):
        span = slice(start, min(start + _BLOCK, len(targets)))
        yield span, {kind: _jaccard(ours[span], theirs) for kind, ours, theirs in columns}


def known_types(table: Table) -> dict[AttributeType, "np.ndarray"]:
    """For each type, which rows have a value of it: bool of shape (rows,)."""
    types = [row.types for row in table]
    return {kind: np.array([kind in known for known in types], dtype=bool) for kind in ATTRIBUTE_TYPES}


def postings(table: Table) -> dict[Attribute, frozenset[int]]:
    """The rows that hold each value."""
    rows_with: dict[Attribute, set[int]] = {}
    for index, row in enumerate(table):
        for value in row.values:
            rows_with.setdefault(value, set()).add(index)
    return {value: frozenset(rows) for value, rows in rows_with.items()}


def _indicators(targets: Table, rows: Table, kind: AttributeType) -> tuple[Any, Any]:
    """Sparse matrices with a row for each target and each row, and a column for each value of a type."""
    from sklearn.preprocessing import MultiLabelBinarizer

    values = [[value for name, value in row.values if name == kind] for row in (*targets, *rows)]
    present = MultiLabelBinarizer(sparse_output=True).fit_transform(values).astype(np.float32)
    return present[: len(targets)], present[len(targets) :]


def _jaccard(ours: Any, theirs: Any) -> "np.ndarray":
    shared: np.ndarray = (ours @ theirs.T).toarray()
    sizes = (np.asarray(side.sum(axis=1), dtype=np.float32).ravel() for side in (ours, theirs))
    union = np.add.outer(*sizes) - shared
    similar: np.ndarray = np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)
    return similar


def _named(text: str, entities: Sequence[Entity]) -> Iterator[Attribute]:
    for entity in entities:
        kind = _ENTITIES.get(entity.type)
        words = fold(text[entity.start : entity.end]) if kind else []
        words = words[1:] if words[:1] == ["the"] else words
        around = text[max(0, entity.start - 1) : entity.end + 1]
        if kind and any(word.isalpha() for word in words) and not _PLACEHOLDER.search(around):
            yield kind, " ".join(words)


def _dated(text: str) -> Iterator[Attribute]:
    for match in _YEAR.finditer(text):
        yield "year", match.group()
    for match in _WRITTEN.finditer(text):
        yield "month", f"{match[2]}-{_MONTH_NUMBERS[match[1].casefold()[:3]]:02d}"
    for match in _ISO.finditer(text):
        yield "year", match[1]
        yield "month", f"{match[1]}-{match[2]}"
    for match in _NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[2])
        month = second if second <= 12 else first  # the day comes first unless it cannot
        if 1 <= month <= 12:
            yield "month", f"{match[3]}-{month:02d}"
            yield "year", match[3]


def _personal(text: str) -> Iterator[Attribute]:
    for match in _AGE.finditer(text):
        age = int(next(group for group in match.groups() if group))
        if age < 120:
            yield "age", f"{age // 10 * 10}"
    for match in _OCCUPATION.finditer(text):
        yield "occupation", match[1].casefold()
    male = [match[1] is not None for match in _GENDERED.finditer(text)]
    men, women = sum(male), len(male) - sum(male)
    if max(men, women) > 0 and max(men, women) >= 2 * min(men, women):
        yield "gender", "m" if men > women else "f"


def _amounts(text: str) -> Iterator[Attribute]:
    for match in _MONEY.finditer(text):
        number, scale = (match[1], match[2]) if match[1] else (match[3], match[4])
        digits = "".join(c for c in number if c.isdigit()).lstrip("0")
        if digits:
            yield "money", f"1e{len(digits) - 1 + _SCALE.get((scale or '').casefold(), 0)}"
