"""The entity recognizer and zero-shot roles played by GLiNER (Zaratiana et al. 2024): spans for labels in plain words.

The package `gliner` is not installed with this project; the engine asks for it when a registry names it.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import regex

from resources.errors import MachineError, PolicyError
from resources.models.batching import Limits, text_work
from resources.models.devices import choose_device
from resources.models.implementation import TORCH, Implementation, RoleModel
from resources.models.protocols import Entity
from resources.models.weights.sources import locate

DETECTOR = "gliner"
_TYPES = {"person": "PERSON", "organization": "ORGANIZATION", "location": "LOCATION", "date": "DATE",
          "nationality": "NATIONALITY"}  # fmt: skip
_LIMITS = Limits(items=32, size=60_000)
_WORD = regex.compile(r"\w+(?:[-_]\w+)*|\S")  # GLiNER's own words
_WORDS, _SHARED = 256, 32
"""Words of a passage, below the 384 of the published models, and words that two passages share."""
_THRESHOLD = 0.3
"""Spans that score lower are dropped here; the policy's min_score decides about the others."""


class GlinerRecognizer(RoleModel[Any]):
    """A GLiNER folder with gliner_config.json and model.safetensors."""

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        """People, organizations, places, dates and nationalities of each text, sorted by start."""
        rows = self.find(texts, list(_TYPES))
        return [[Entity(e.start, e.end, _TYPES[e.type], e.score, e.detector) for e in row] for row in rows]

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        """Spans that the model gives one of `labels`, sorted by start.

        Raises:
            MachineError: the package `gliner` is not installed.
        """
        asked = sorted(set(labels))

        def compute(batch: list[str]) -> list[list[tuple[int, int, str, float]]]:
            return [self._spans(text, asked) for text in batch]

        rows = self.runner.run(text_work("find", {"labels": asked}, compute, _LIMITS), texts)
        return [[Entity(start, end, label, score, DETECTOR) for start, end, label, score in row] for row in rows]

    def _spans(self, text: str, labels: list[str]) -> list[tuple[int, int, str, float]]:
        best: dict[tuple[int, int, str], float] = {}
        for start, end in _passages(text):
            for span in self.loaded.predict_entities(text[start:end], labels, threshold=_THRESHOLD):
                place = (start + span["start"], start + span["end"], span["label"])
                best[place] = max(best.get(place, 0.0), float(span["score"]))
        return [(*place, score) for place, score in sorted(best.items())]

    def load(self) -> Any:
        """The model on its device."""
        if find_spec("gliner") is None:
            raise MachineError(
                "the model registry names the engine gliner, and the package is not installed: pip install gliner, "
                "or use the engine token_classification"
            )
        from gliner import GLiNER

        folder = locate(self.entry)
        if not (folder / "model.safetensors").is_file():
            raise PolicyError(f"{folder.name}: no model.safetensors; weights are never loaded from pickle (*.bin)")
        model = GLiNER.from_pretrained(str(folder), local_files_only=True)
        return model.to(choose_device(self.entry.device)).eval()


def _passages(text: str) -> Iterator[tuple[int, int]]:
    """[start, end) of passages that together hold every word; each shares its first words with the one before."""
    spans = [match.span() for match in _WORD.finditer(text)]
    for first in range(0, max(1, len(spans) - _SHARED), _WORDS - _SHARED):
        if part := spans[first : first + _WORDS]:
            yield part[0][0], part[-1][1]


GLINER = Implementation("gliner", ("zero_shot", "recognizer"), GlinerRecognizer, ("gliner", *TORCH))
