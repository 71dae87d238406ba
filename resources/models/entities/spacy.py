"""The entity recognizer role: spaCy's named entities and nothing else of its pipeline.

How the entities of en_core_web_sm and its like are decided in one go belongs to `entity_decoding`; any other pipeline
is run as it is.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from resources.config import did_you_mean
from resources.errors import DataError, PolicyError
from resources.models.batching import Limits, Runner, text_work
from resources.models.entities.spacy_decoding import EntityDecoder, is_decodable
from resources.models.protocols import Entity
from resources.models.registry import ModelEntry
from resources.models.weights.sources import locate

SCORE = 0.85
"""A constant: spaCy gives no probability. It ranks below a pattern with a checksum and above a bare pattern."""

_TYPES = {"ORG": "ORGANIZATION", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION", "TIME": "DATE"}
_UNUSED = ["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]  # `ner` has its own tok2vec
_LIMITS = Limits(items=64, size=200_000)
_MAX_CHARACTERS = 1_000_000


class SpacyRecognizer:
    """en_core_web_sm or another spaCy pipeline with an `ner` component; loaded on first use."""

    def __init__(self, runner: Runner, entry: ModelEntry) -> None:
        self._runner = runner
        self._entry = entry
        self._nlp: Any = None
        self._decoder: EntityDecoder | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of weights and code."""
        return self._runner.fingerprint

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Entities of each text, sorted by start; every score is the constant `SCORE`.

        Raises:
            DataError: a text of more than a million characters.
        """
        if any(len(text) > _MAX_CHARACTERS for text in texts):
            raise DataError(f"a text has more than {_MAX_CHARACTERS} characters: split the document")
        found = self._runner.run(text_work("recognize", {}, self._compute, _LIMITS), texts)
        return [[Entity(start, end, kind, SCORE, "spacy") for start, end, kind in row] for row in found]

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        """Entities of these of the pipeline's labels, e.g. PRODUCT. Raises PolicyError for one that it lacks."""
        known = self._runner.run(text_work("labels", {}, self._labels, _LIMITS), [""])[0]
        return of_labels(self.recognize(texts), labels, known, _TYPES)

    def _labels(self, batch: list[str]) -> list[list[str]]:
        return [sorted(self._load().get_pipe("ner").labels) for _ in batch]

    def _compute(self, batch: list[str]) -> list[list[tuple[int, int, str]]]:
        nlp = self._load()
        with nlp.memory_zone():  # what spaCy interns of a batch goes with it
            found: list[list[tuple[int, int, str]]]
            if self._decoder:
                docs = [nlp.make_doc(text) for text in batch]
                spans = self._decoder.entities(docs)
                found = [
                    [(doc[start].idx, doc[stop - 1].idx + len(doc[stop - 1]), label) for start, stop, label in row]
                    for doc, row in zip(docs, spans, strict=True)
                ]
            else:
                docs = list(nlp.pipe(batch, batch_size=len(batch)))
                found = [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in docs]
            self._runner.counters.tokens += sum(map(len, docs))
        return [sorted((start, end, _TYPES.get(kind, kind)) for start, end, kind in row) for row in found]

    def _load(self) -> Any:
        if self._nlp is None:
            began = time.perf_counter()
            import spacy
            from thinc.api import use_ops

            with use_ops("numpy", use_blis=False):  # NumPy's OpenBLAS multiplies about three times as fast as BLIS
                self._nlp = spacy.load(locate(self._entry), exclude=_UNUSED)
            self._decoder = EntityDecoder(self._nlp) if is_decodable(self._nlp) else None
            self._runner.counters.load_seconds += time.perf_counter() - began
        return self._nlp


def of_labels(
    found: Sequence[Sequence[Entity]], labels: Sequence[str], known: Sequence[str], types: Mapping[str, str]
) -> list[list[Entity]]:
    """The entities whose type is that of one of `labels`, under the label as it was asked for.

    Args:
        found: entities of each text, by type.
        labels: what is asked for, in the model's words.
        known: what the model can be asked for.
        types: the type of each label that is renamed.

    Raises:
        PolicyError: a label that the model does not know.
    """
    for label in labels:
        if label not in known:
            near = did_you_mean(label, known)
            raise PolicyError(f"the model knows no label {label!r}" + (near or f", only {sorted(known)}"))
    asked = {types.get(label, label): label for label in labels}
    return [[replace(e, type=asked[e.type]) for e in entities if e.type in asked] for entities in found]
