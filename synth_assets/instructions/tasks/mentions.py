"""Mentions: spans that can be an answer. People, organizations, places, groups, dates, amounts, numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import regex
from pydantic import Field

from resources.config import StrictModel
from resources.models.protocols import Entity, EntityRecognizer
from synth_assets.instructions.passages import Passage
from synth_assets.text.layout import content_start

Kind = Literal["person", "organization", "place", "group", "date", "amount", "number"]

KINDS: dict[str, Kind] = {
    "PERSON": "person",
    "ORGANIZATION": "organization",
    "ORG": "organization",
    "LOCATION": "place",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "group",
    "DATE": "date",
    "DATE_TIME": "date",
    "MONEY": "amount",
}


class MentionPolicy(StrictModel):
    """Which mentions are used."""

    min_entity_score: float = Field(0.5, ge=0, le=1, description="Entities below this recognizer score are not used.")


_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATE = regex.compile(
    rf"\b(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}(?:\s+\d{{4}})?|"
    rf"{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|{_MONTH}\s+\d{{4}}|{_DAY}|"
    r"(?<=\b(?:[Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Ff]rom|[Dd]uring|of|to)\s)(?:1[6-9]|20)\d{2})\b"
)
_AMOUNT = regex.compile(
    r"[$€£¥]\s?\d[\d,]*(?:\.\d+)?(?:\s?(?:million|billion|trillion|thousand|[mbk]n?)\b)?|"
    r"\b\d[\d,]*(?:\.\d+)?\s?(?:%|per cent\b|percent\b|euros?\b|dollars?\b|pounds?\b)"
)
_NUMBER = regex.compile(
    r"(?<![\w.,:/@#+$€£¥-])(?!(?:1[6-9]|20)\d{2}\b(?!,\d))(?:\d{1,3}(?:,\d{3})++(?:\.\d+)?+|\d{1,6}+(?:\.\d+)?+)(?![\w@/:%-]|[.,]\d)"
)
_DIGITS_BEFORE = regex.compile(r"\d(?:[ .-]|\)[ .-]?)$")
_DIGITS_AFTER = regex.compile(r"(?:[ .-]|\)[ .-]?)\d")
_UNAMBIGUOUS: tuple[tuple[Kind, regex.Pattern], ...] = (("date", _DATE), ("amount", _AMOUNT))
_FORMS_OF_ADDRESS = frozenset(("Sir", "Sirs", "Madam", "Ma'am", "Sir or Madam", "Sir/Madam"))
_ARTICLE = regex.compile(r"(?:the|a|an)\s+", regex.IGNORECASE)
_SALUTATION = regex.compile(r"(?:Dear|Hello|Hi)\s+(?:Mr|Mrs|Ms|Miss|Dr|Prof)\b\.?\s+")
_SUFFIX = regex.compile(r"(?:['’]s?|[\s.,;:!?\"”)\]–—-]+)$")


@dataclass(frozen=True)
class Mention:
    """A span of a passage's text that a question can have as its answer."""

    start: int
    end: int
    kind: Kind


def find_mentions(
    passages: Sequence[Passage], recognizer: EntityRecognizer, min_score: float
) -> list[tuple[Mention, ...]]:
    """Non-overlapping mentions of each passage, by start; patterns take precedence over the recognizer."""
    entities = recognizer.recognize([passage.text for passage in passages])
    return [_merge(p.text, e, min_score) for p, e in zip(passages, entities, strict=True)]


def _merge(text: str, entities: Sequence[Entity], min_score: float) -> tuple[Mention, ...]:
    # In order of precedence: a bare number inside a name or a date is part of it.
    chosen: list[Mention] = []
    for kind, pattern in _UNAMBIGUOUS:
        _add(chosen, [Mention(m.start(), m.end(), kind) for m in pattern.finditer(text)])
    _add(chosen, [m for e in entities if e.score >= min_score and (m := _from_entity(text, e))])
    _add(chosen, [Mention(m.start(), m.end(), "number") for m in _NUMBER.finditer(text)])
    whole = (mention for mention in chosen if not _in_code(text, mention) and not _numbers_a_list(text, mention))
    return tuple(sorted(whole, key=lambda mention: mention.start))


def _in_code(text: str, mention: Mention) -> bool:
    """Whether more digits adjoin the mention: blanking part of a telephone number would leave the rest of it."""
    before, after = text[: mention.start], text[mention.end :]
    continues = text[mention.start].isdigit() and _DIGITS_BEFORE.search(before) is not None
    return continues or (text[mention.end - 1].isdigit() and _DIGITS_AFTER.match(after) is not None)


def _numbers_a_list(text: str, mention: Mention) -> bool:
    """Whether the mention is the marker of a list item: it counts nothing."""
    line = text.rfind("\n", 0, mention.start) + 1
    return mention.start < line + content_start(text[line:])


def _add(chosen: list[Mention], more: Sequence[Mention]) -> None:
    for new in more:
        if all(new.end <= old.start or old.end <= new.start for old in chosen):
            chosen.append(new)


def _from_entity(text: str, entity: Entity) -> Mention | None:
    kind = KINDS.get(entity.type)
    before = _ARTICLE.match(text, entity.start, entity.end)
    if salutation := _SALUTATION.match(text, entity.start, entity.end):
        kind, before = "person", salutation  # the recognizer takes some whole salutations for an organization
    start, end = before.end() if before else entity.start, entity.end
    while start < end and (suffix := _SUFFIX.search(text[start:end])):
        end = start + suffix.start()
    surface = text[start:end]
    if surface in _FORMS_OF_ADDRESS:
        return None
    # Dates come from the patterns alone: the recognizer's include vague times ("last week") that no one could look up.
    if kind is None or kind == "date":
        return None
    usable = len(surface) > 1 and "\n" not in surface and any(map(str.isupper, surface))
    return Mention(start, end, kind) if usable else None
