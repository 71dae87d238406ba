"""Writing: from sketches to documents, by the causal LM. What it is shown are sketches and invented examples.

A text longer than one call is continued: the model reads what it wrote. Sentences go to the places that the form has
for prose. People whom the model names are replaced: a language model knows real ones.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from resources.models.protocols import Models, Sampling
from synth_assets.synthesis.frames import Example
from synth_assets.synthesis.guides import ENOUGH, Phrases, SketchGuide, Steering
from synth_assets.synthesis.prompts import END, Prose, prompt, read
from synth_assets.synthesis.sketch import Sketch, Unit
from synth_assets.synthesis.slots import Filler, Plants
from synth_assets.text.draws import derive
from synth_assets.text.sentences import sentences
from synth_assets.text.words import words

_TOKENS_A_WORD = 1.5
_TITLE_TOKENS = 24
_SPARE_WORDS = 30
"""Words that one call may write beyond those wanted: its last sentence may be long."""
_CALLS = 3
_LAST_END = re.compile(r".*[.!?][\"'”’)]*", re.DOTALL)


class WritingPolicy(Steering):
    """How the causal LM writes."""

    temperature: float = Field(1.0, gt=0, le=2, description="Sampling temperature of passages")
    top_p: float = Field(0.95, gt=0, le=1, description="Nucleus from which passages are sampled")
    person_score_min: float = Field(0.5, ge=0, le=1, description="Recognizer score from which a name is replaced")


@dataclass(frozen=True)
class Writer:
    """Writes documents.

    Args:
        models: causal LM and recognizer.
        policy: how it samples.
        plants: make up identifiers for the slots of forms.
        examples: what the LM is shown, by frame.
        phrases: what texts go on with.
        seed: of every draw, with the key of a document.
    """

    models: Models
    policy: WritingPolicy
    plants: Plants
    examples: Mapping[str, Sequence[Example]]
    phrases: Phrases
    seed: int

    def write(self, sketches: Sequence[Sketch], keys: Sequence[str]) -> list[str]:
        """A document for each sketch; empty where the model wrote no whole sentence. `keys` name the documents."""
        prose = self._prose(sketches, keys)
        documents = []
        for sketch, written, key in zip(sketches, self._renamed(prose, keys), keys, strict=True):
            filler = Filler(self.plants, random.Random(derive(self.seed, "slots", key)))
            documents.append(assemble(sketch, written, filler))
        return documents

    def _prose(self, sketches: Sequence[Sketch], keys: Sequence[str]) -> list[Prose]:
        """Title and text of each document, in a few calls of the model, each for all that are too short."""
        written = [Prose() for _ in sketches]
        open_places = [
            place
            for place, sketch in enumerate(sketches)
            if sketch.words or any(unit.kind == "title" for unit in sketch.form)
        ]
        for call in range(_CALLS):
            if not open_places:
                break
            prompts = [prompt(sketches[p], self.examples[sketches[p].frame], written[p]) for p in open_places]
            guides = [self._guide(sketches[p], written[p]) for p in open_places]
            seeds = [derive(self.seed, "passage", keys[p], str(call)) for p in open_places]
            longest = max(guide.words for guide in guides)
            tokens = int((longest + _SPARE_WORDS) * _TOKENS_A_WORD) + (_TITLE_TOKENS if not call else 0)
            sampling = Sampling(tokens, self.policy.temperature, top_p=self.policy.top_p, stop=(END,))
            answers = self.models.causal_lm.generate(prompts, sampling, seeds, guides)
            for place, answer in zip(open_places, answers, strict=True):
                written[place] = _whole(read(sketches[place], answer, written[place]))
            open_places = [p for p in open_places if 0 < len(words(written[p].text)) < ENOUGH * sketches[p].words]
        return written

    def _guide(self, sketch: Sketch, written: Prose) -> SketchGuide:
        held = words(written.text)
        open_words = tuple(word for word in sketch.keywords if word not in held)
        named = tuple(word for word in words(sketch.label or "") if word not in sketch.keywords)
        left = sketch.words - len(held)
        return SketchGuide(self.phrases, self.policy, open_words, named, left, titled=not written.text)

    def _renamed(self, prose: Sequence[Prose], keys: Sequence[str]) -> list[Prose]:
        """Prose in which every recognized person is a made-up one, the same one wherever the name stands."""
        found = self.models.recognizer.recognize([part for written in prose for part in written])
        renamed = []
        for place, (written, key) in enumerate(zip(prose, keys, strict=True)):
            mentions = [
                part[entity.start : entity.end]
                for part, entities in zip(written, found[2 * place : 2 * place + 2], strict=True)
                for entity in entities
                if entity.type == "PERSON" and entity.score >= self.policy.person_score_min
            ]
            names = _other_names(mentions, Filler(self.plants, random.Random(derive(self.seed, "people", key))))
            renamed.append(Prose(*(_replaced(part, names) for part in written)))
        return renamed


def _other_names(mentions: Sequence[str], filler: Filler) -> dict[str, str]:
    """A made-up name for each name; a single word of a longer one has that word of its made-up name."""
    names: dict[str, str] = {}
    for name in sorted(dict.fromkeys(mentions), key=lambda name: len(name.split()) == 1):
        longer = next((other for other in names if name in other.split()), None)
        made_up = (names[longer] if longer else filler.person()).split()
        is_first = longer is not None and longer.split()[0] == name
        names[name] = " ".join(made_up) if " " in name else made_up[0 if is_first else -1]
    return names


def _replaced(text: str, names: Mapping[str, str]) -> str:
    """The text with other names, all replaced at once, the longest first."""
    if not names:
        return text
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"\b(?:{either})\b", lambda match: names[match[0]], text)


def assemble(sketch: Sketch, written: Prose, filler: Filler) -> str:
    """The document: units of the form in order, sentences where it has prose, values where it has slots."""
    form = sketch.form or (Unit("", "prose", words=sketch.words),)
    waiting = [written.text[start:end] for start, end in sentences(written.text, wrapped=True)]
    parts: list[tuple[str, str]] = []
    last, left = max((place for place, unit in enumerate(form) if unit.kind == "prose"), default=-1), sketch.words
    for place, unit in enumerate(form):
        if unit.kind == "fixed":
            text = filler.fill(unit.text)
        elif unit.kind == "title":
            text = written.title
        else:
            text = _taken(waiting, unit.words if place < last else max(unit.words, left))
            left -= len(words(text))
        if text:
            parts.append((unit.before if parts else "", text))
    return "".join(before + text for before, text in parts)


def _taken(waiting: list[str], size: int) -> str:
    """The next sentences whose words come nearest to `size`; at least one where there is one."""
    taken: list[str] = []
    count = 0
    while waiting:
        more = len(words(waiting[0]))
        if taken and abs(count + more - size) > abs(count - size):
            break
        taken.append(waiting.pop(0))
        count += more
    return " ".join(taken)


def _whole(written: Prose) -> Prose:
    """Without an unfinished sentence at the end, without sentences that stood before, and on one line."""
    found = _LAST_END.match(written.text)
    text = " ".join(found[0].split()) if found else ""
    known: dict[str, str] = {}
    for start, end in sentences(text):
        known.setdefault(" ".join(words(text[start:end])), text[start:end])
    return Prose(written.title, " ".join(known.values()))
