"""Does a proposed word fit its sentence: the same part of speech, no entity made, the meaning kept?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from resources.models.protocols import Entity, Models, Tag
from synth_assets.masked_lm.windows import Span, window_of

_AROUND = 60  # characters, about a sentence; in more text one word changes no similarity


@dataclass(frozen=True)
class Change:
    """`text[start:end]` is to become `word`."""

    text: str
    span: Span
    word: str

    @property
    def before(self) -> tuple[str, int]:
        """The words around, and where among them the changed one stands."""
        start, end = window_of(self.text, self.span, _AROUND, shared=_AROUND)
        return self.text[start:end], self.span[0] - start

    @property
    def after(self) -> str:
        """The words around with the new word."""
        text, at = self.before
        return text[:at] + self.word + text[at + self.span[1] - self.span[0] :]


def unfit(changes: Sequence[Change], models: Models, min_similarity: float) -> list[str]:
    """Why each change does not fit, "" where it does: "other_part_of_speech", "entity" or "other_meaning".

    Parts of speech are the tagger's own tags, which tell number and tense: for English those of the Penn Treebank.
    Similarity is the cosine of sentence embeddings of the words around, before and after.
    """
    found = [""] * len(changes)
    for check in (_other_part_of_speech, _entity, lambda c, m: _other_meaning(c, m, min_similarity)):
        open_ = [i for i, reason in enumerate(found) if not reason]
        if open_:
            for i, reason in zip(open_, check([changes[i] for i in open_], models), strict=True):
                found[i] = reason
    return found


def _other_part_of_speech(changes: Sequence[Change], models: Models) -> list[str]:
    texts = [text for change in changes for text in (change.before[0], change.after)]
    tags = iter(models.tagger.tag(texts))
    found = []
    for change in changes:
        at = change.before[1]
        was, made = _tag_at(next(tags), at, change.span[1] - change.span[0]), _tag_at(next(tags), at, len(change.word))
        found.append("" if was is not None and was == made else "other_part_of_speech")
    return found


def _tag_at(tags: Sequence[Tag], at: int, length: int) -> str | None:
    return next((tag.tag for tag in tags if (tag.start, tag.end) == (at, at + length)), None)


def _entity(changes: Sequence[Change], models: Models) -> list[str]:
    found = models.recognizer.recognize([change.after for change in changes])
    return ["entity" if _overlaps(c.before[1], len(c.word), row) else "" for c, row in zip(changes, found, strict=True)]


def _overlaps(at: int, length: int, entities: Sequence[Entity]) -> bool:
    return any(entity.start < at + length and at < entity.end for entity in entities)


def _other_meaning(changes: Sequence[Change], models: Models, minimum: float) -> list[str]:
    texts = [text for change in changes for text in (change.before[0], change.after)]
    vectors = models.encoder.encode(texts)
    cosines = cast("list[float]", (vectors[0::2] * vectors[1::2]).sum(1).tolist())
    return ["other_meaning" if cosine < minimum else "" for cosine in cosines]
