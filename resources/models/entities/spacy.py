"""Two roles played by spaCy pipelines: named entities and parts of speech.

`entities.spacy_decoding` decides the entities of en_core_web_sm and similar pipelines in one pass; other pipelines run
as they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resources.errors import DataError, PolicyError
from resources.models.batching import Limits, text_work
from resources.models.entities.labels import of_labels
from resources.models.entities.spacy_decoding import EntityDecoder, is_decodable
from resources.models.implementation import Implementation, RoleModel
from resources.models.protocols import Entity, Tag
from resources.models.weights.sources import locate

SCORE = 0.85
"""A constant, since spaCy gives no probability: below a pattern with a checksum, above a bare pattern."""

_TYPES = {"ORG": "ORGANIZATION", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION", "TIME": "DATE"}
_UNUSED = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter")  # `ner` has its own tok2vec
_TAGGING = frozenset({"tok2vec", "transformer", "tagger"})
_ENTITY_LIMITS = Limits(items=64, size=200_000)
_TAG_LIMITS = Limits(items=256, size=50_000)
_MAX_CHARACTERS = 1_000_000


class SpacyRecognizer(RoleModel[tuple[Any, EntityDecoder | None]]):
    """en_core_web_sm or another spaCy pipeline with an `ner` component."""

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Entities of each text, sorted by start; every score is the constant `SCORE`.

        Raises:
            DataError: a text of more than a million characters.
        """
        if any(len(text) > _MAX_CHARACTERS for text in texts):
            raise DataError(f"a text has more than {_MAX_CHARACTERS} characters: split the document")
        rows = self.runner.run(text_work("recognize", {}, self._compute, _ENTITY_LIMITS), texts)
        return [[Entity(start, end, kind, SCORE, "spacy") for start, end, kind in row] for row in rows]

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        """Entities with some of the pipeline's labels, e.g. PRODUCT. Raises PolicyError for an unknown label."""
        known = self.runner.run(text_work("labels", {}, self._labels, _ENTITY_LIMITS), [""])[0]
        return of_labels(self.recognize(texts), labels, known, _TYPES)

    def _labels(self, batch: list[str]) -> list[list[str]]:
        return [sorted(self.loaded[0].get_pipe("ner").labels) for _ in batch]

    def _compute(self, batch: list[str]) -> list[list[tuple[int, int, str]]]:
        nlp, decoder = self.loaded
        with nlp.memory_zone():  # frees the strings that spaCy interns for the batch
            entities: list[list[tuple[int, int, str]]]
            if decoder:
                docs = [nlp.make_doc(text) for text in batch]
                spans = decoder.entities(docs)
                entities = [
                    [(doc[start].idx, doc[stop - 1].idx + len(doc[stop - 1]), label) for start, stop, label in row]
                    for doc, row in zip(docs, spans, strict=True)
                ]
            else:
                docs = list(nlp.pipe(batch, batch_size=len(batch)))
                entities = [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in docs]
            self.runner.counters.tokens += sum(map(len, docs))
        return [sorted((start, end, _TYPES.get(kind, kind)) for start, end, kind in row) for row in entities]

    def load(self) -> tuple[Any, EntityDecoder | None]:
        """The pipeline, and the decoder if it can decide its entities."""
        nlp = _pipeline(locate(self.entry), _UNUSED)
        return nlp, EntityDecoder(nlp) if is_decodable(nlp) else None


class SpacyTagger(RoleModel[Any]):
    """en_core_web_sm or another spaCy pipeline with a `tagger` component."""

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """The tokens of each text, by start.

        Raises:
            PolicyError: a pipeline without a tagger.
        """
        rows = self.runner.run(text_work("tag", {}, self._compute, _TAG_LIMITS), texts)
        return [[Tag(*token) for token in row] for row in rows]

    def _compute(self, batch: list[str]) -> list[list[tuple[int, int, str]]]:
        docs = list(self.loaded.pipe(batch, batch_size=len(batch)))
        self.runner.counters.tokens += sum(map(len, docs))
        return [[(token.idx, token.idx + len(token), token.tag_) for token in doc] for doc in docs]

    def load(self) -> Any:
        """The pipeline, reduced to its tagger."""
        import spacy

        folder = locate(self.entry)
        components = set(spacy.util.load_config(folder / "config.cfg")["nlp"]["pipeline"])
        if "tagger" not in components:
            raise PolicyError("tagger: the spaCy pipeline has no component of this name")
        return _pipeline(folder, sorted(components - _TAGGING))


def _pipeline(folder: Path, exclude: Sequence[str]) -> Any:
    import spacy
    from thinc.api import use_ops

    with use_ops("numpy", use_blis=False):  # NumPy's OpenBLAS multiplies about three times as fast as BLIS
        return spacy.load(folder, exclude=list(exclude))


ENTITIES = Implementation("spacy", ("recognizer",), SpacyRecognizer, ("spacy",))
TAGS = Implementation("spacy", ("tagger",), SpacyTagger, ("spacy",))
