"""Copies of passages with made-up identifiers in them, and how many of these the detectors find.

A value is planted in two ways. In the place of a detected identifier it has a context from the corpus, but one in which
the detectors have found something before: recall there is optimistic. In a carrier sentence at a random place it has a
context of our own. How values are written, and how often each form is drawn, is our choice (`Kind.plant`), not an
estimate of what a corpus has.

The copies live in memory only.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Literal, NamedTuple

from resources.models.protocols import EntityRecognizer
from synth_assets.masking.detection.detect import detect
from synth_assets.masking.detection.linking import Linked, link
from synth_assets.masking.kinds.names import made_up_person, written
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.lexicon.gazetteer import CONNECTORS, TITLES, is_distinctive, name_words
from synth_assets.masking.mentions import Mention, cover
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.text.edits import Edit, apply

Where = Literal["replaced", "carried"]
_PASSAGE = 1000  # characters: enough context for every detector, and a bound on what a long document costs
_CARRIED = 4  # carrier sentences a passage
_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s)")
_TOKEN = re.compile(r"[^\W_]+")


class Recall(NamedTuple):
    """Planted identifiers and how many of them were found in all their letters and digits."""

    found: int
    planted: int


@dataclass(frozen=True)
class _Planted:
    """One identifier and its places; it counts as found when it is found in all of them."""

    kind: str
    where: Where
    places: list[tuple[int, int]]


class _Change(NamedTuple):
    """What replaces [start, end) of a passage, and which planted identifier it is a place of."""

    start: int
    end: int
    before: str
    value: str
    after: str
    planted: int


def planted_recall(
    documents: Sequence[tuple[str, Sequence[Linked]]],
    planted_kinds: Sequence[str],
    recognizer: EntityRecognizer,
    policy: MaskingPolicy,
    rng: random.Random,
) -> dict[tuple[str, Where], Recall]:
    """Recall by type and way of planting, of one copy of a passage of each document.

    Args:
        documents: text and linked mentions of each, in an order that depends on nothing but the data.
        planted_kinds: types to plant; carrier sentences take them in turn.
        recognizer: the one that masks.
        policy: detectors and least score are taken from it.
        rng: decides passages, values and places.
    """
    turns = cycle(rng.sample(sorted(planted_kinds), len(planted_kinds)))
    copies = [
        _copy(text, items, planted_kinds, [next(turns) for _ in range(_CARRIED)], rng) for text, items in documents
    ]
    found: Counter[tuple[str, Where]] = Counter()
    planted: Counter[tuple[str, Where]] = Counter()
    for start in range(0, len(copies), policy.batch_size):
        batch = copies[start : start + policy.batch_size]
        mentions = detect([text for text, _ in batch], recognizer, policy)
        for (text, identifiers), here in zip(batch, mentions, strict=True):
            covered = cover(text, (item.mention for item in link(text, here)))
            for item in identifiers:
                words = (word for place in item.places for word in _telling(text, place, item.kind))
                planted[item.kind, item.where] += 1
                found[item.kind, item.where] += all(all(covered[a:b]) for a, b in words)
    return {key: Recall(found[key], count) for key, count in sorted(planted.items())}


def _copy(
    text: str, items: Sequence[Linked], planted_kinds: Sequence[str], carried: Sequence[str], rng: random.Random
) -> tuple[str, list[_Planted]]:
    """A copy of a passage, and what is planted in it."""
    start, end = _passage(text, items, rng)
    entities: dict[int, list[Mention]] = {}
    for item in items:
        if item.mention.type in planted_kinds and start <= item.mention.start and item.mention.end <= end:
            entities.setdefault(item.entity, []).append(item.mention)
    planted = [_Planted(mentions[0].type, "replaced", []) for mentions in entities.values()]
    changes = [
        _Change(mention.start, mention.end, "", value, "", number)
        for number, mentions in enumerate(entities.values())
        for mention, value in zip(mentions, _values(text, mentions, rng), strict=True)
    ]
    for place, kind in zip(rng.choices(_free_ends(text, start, end, items), k=len(carried)), carried, strict=True):
        before, after = rng.choice(kinds()[kind].carriers).split("{}")
        changes.append(_Change(place, place, f" {before}", kinds()[kind].plant(rng), after, len(planted)))
        planted.append(_Planted(kind, "carried", []))
    ordered = sorted(changes, key=lambda change: (change.start, change.end))
    edits = [Edit(c.start - start, c.end - start, c.before + c.value + c.after) for c in ordered]
    copy, places = apply(text[start:end], edits)
    for change, (at, _) in zip(ordered, places, strict=True):
        first = at + len(change.before)
        planted[change.planted].places.append((first, first + len(change.value)))
    return copy, planted


def _passage(text: str, items: Sequence[Linked], rng: random.Random) -> tuple[int, int]:
    """A stretch of whole lines or words around a detected mention, or anywhere if there is none."""
    if len(text) <= _PASSAGE:
        return 0, len(text)
    middle = rng.choice(items).mention.start if items else rng.randrange(len(text))
    start = max(0, min(middle - _PASSAGE // 2, len(text) - _PASSAGE))
    end = start + _PASSAGE
    if start:
        start = next((m.end() for m in re.finditer(r"\s", text[start:middle])), 0) + start
    if end < len(text):
        end = middle + max((m.start() for m in re.finditer(r"\s", text[middle:end])), default=end - middle)
    return start, end


def _values(text: str, mentions: Sequence[Mention], rng: random.Random) -> list[str]:
    """One made-up identifier, as written at each of an entity's mentions."""
    if mentions[0].type != "PERSON":
        return [kinds()[mentions[0].type].plant(rng)] * len(mentions)
    person = made_up_person(rng)
    names = [name_words(text[m.start : m.end]) for m in mentions]
    first = max(names, key=len)[:1]
    return [written(person, rng) if len(words) > 1 else person[words != first] for words in names]


def _free_ends(text: str, start: int, end: int, items: Sequence[Linked]) -> list[int]:
    """Ends of sentences in the passage that are in no mention, and its own end."""
    ends = [match.start() for match in _SENTENCE_END.finditer(text, start, end)]
    taken = [(item.mention.start, item.mention.end) for item in items]
    return [at for at in ends if not any(a < at < b for a, b in taken)] + [end]


def _telling(text: str, place: tuple[int, int], kind: str) -> list[tuple[int, int]]:
    """The words of a value that must not be seen: without titles, particles, initials and what says its kind."""
    words = [match.span() for match in _TOKEN.finditer(text, *place)]
    tells = is_distinctive if kind in ("ORGANIZATION", "LOCATION") else _is_name
    return [(a, b) for a, b in words if (word := text[a:b].casefold()).isdecimal() or tells(word)] or words


def _is_name(word: str) -> bool:
    return len(word) > 1 and word not in TITLES and word not in CONNECTORS
