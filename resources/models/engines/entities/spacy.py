"""Two roles played by spaCy pipelines: named entities and parts of speech.

`EntityDecoder` decides the entities of en_core_web_sm and similar pipelines for all tokens of a batch at once; other
pipelines run as they are. spaCy's decoder visits one token after another. The current token and the first token of the
open entity, if any, determine the state of its transition system (BILUO; Lample et al., 2016). So the decisions outside
entities are one multiplication over all tokens, and only tokens inside entities depend on each other. Weights, moves,
constraints and the order of sums are spaCy's.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.errors import DataError, PolicyError
from resources.models.batching import Limits, text_work
from resources.models.engines.entities.labels import of_labels
from resources.models.implementation import Implementation, RoleModel
from resources.models.protocols import Entity, Tag
from resources.models.weights.sources import locate

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]

WINDOW = 4096
"""Tokens that go through the network together: what is kept of one is 5 kB, so memory is bounded by this."""

_STATE_TOKENS = 3  # the current token, the entity's first one, the one before the current


def is_decodable(nlp: Any) -> bool:
    """Whether the pipeline is one greedy `ner` component of the architecture that `EntityDecoder` reads."""
    if nlp.pipe_names != ["ner"]:
        return False
    ner = nlp.get_pipe("ner")
    model = ner.model
    if ner.cfg.get("beam_width", 1) != 1 or model.name != "parser_model":
        return False
    lower = model.get_ref("lower")
    plain = bool(model.attrs["has_upper"]) and not model.attrs["unseen_classes"]
    known = lower.name == "precomputable_affine" and lower.get_dim("nP") > 1
    return plain and known and lower.get_dim("nF") == _STATE_TOKENS


class EntityDecoder:
    """Entities of the `ner` component of a pipeline for which `is_decodable` holds."""

    def __init__(self, nlp: Any) -> None:
        ner = nlp.get_pipe("ner")
        self._embed = ner.model.get_ref("tok2vec")
        self._halo = max(node.attrs.get("pad", 0) for node in self._embed.walk())
        lower, upper = ner.model.get_ref("lower"), ner.model.get_ref("upper")
        self._pieces = lower.get_dim("nP")
        weights = lower.get_param("W")
        # (state token, unit, piece, ...) with the pieces first: the maximum over them is one of long rows
        self._lower = [np.ascontiguousarray(w.swapaxes(0, 1).reshape(-1, w.shape[-1]).T) for w in weights]
        self._bias = lower.get_param("b").T.reshape(-1)
        self._padding = lower.get_param("pad")[0].swapaxes(1, 2).reshape(_STATE_TOKENS, -1)
        self._upper, self._upper_bias = np.ascontiguousarray(upper.get_param("W").T), upper.get_param("b")
        names = [ner.moves.get_class_name(i) for i in range(ner.moves.n_moves)]
        place = {name: i for i, name in enumerate(names)}
        outside = [i for i, name in enumerate(names) if name == "O" or (name[:2] in ("B-", "U-") and name[2:])]
        self._outside = np.array(outside)
        self._move = np.array([names[i][0] for i in outside])
        self._label = [names[i][2:] for i in outside]
        self._inside = np.array([place.get(f"I-{label}", 0) for label in self._label])
        self._last = np.array([place.get(f"L-{label}", 0) for label in self._label])

    def entities(self, docs: Sequence[Any]) -> list[list[tuple[int, int, str]]]:
        """(first token, token after the last, label) of the entities of each document, by start."""
        entities: list[list[tuple[int, int, str]]] = [[] for _ in docs]
        lengths = np.array([len(doc) for doc in docs], dtype=np.int64)
        if not lengths.sum():
            return entities
        stops = np.cumsum(lengths)
        final = np.zeros(stops[-1], dtype=np.bool_)
        final[stops[lengths > 0] - 1] = True
        vectors = np.concatenate(list(self._vectors(docs)))
        space = np.concatenate([doc.to_array(["IS_SPACE"]) for doc in docs]).astype(np.bool_)
        choice = self._decide_outside(vectors, space, final)
        for start, stop, label in self._spans(choice, vectors, final):
            number = int(np.searchsorted(stops, start, side="right"))
            offset = int(stops[number] - lengths[number])
            entities[number].append((start - offset, stop - offset, label))
        return entities

    def _vectors(self, docs: Sequence[Any]) -> Iterator[Floats]:
        """The network's vector of every token, window by window; a long document is cut with its context."""
        batch: list[tuple[Any, int, int]] = []
        size = 0
        for piece in _windows(docs, self._halo):
            if batch and size + len(piece[0]) > WINDOW:
                yield from self._embedded(batch)
                batch, size = [], 0
            batch.append(piece)
            size += len(piece[0])
        yield from self._embedded(batch)

    def _embedded(self, batch: Sequence[tuple[Any, int, int]]) -> Iterator[Floats]:
        vectors = self._embed.predict([piece for piece, _, _ in batch])
        at = 0
        for piece, left, right in batch:
            yield vectors[at + left : at + len(piece) - right]
            at += len(piece)

    def _decide_outside(self, vectors: Floats, space: Flags, final: Flags) -> Numbers:
        """For each token the index of the best move of a state without an open entity."""
        opens, stays_out = self._move == "B", self._move == "O"
        choice = np.empty(len(vectors), dtype=np.int64)
        for start in range(0, len(vectors), WINDOW):
            part = slice(start, start + WINDOW)
            summed = vectors[part] @ self._lower[0] + self._padding[1] + self._padding[2]
            scores = self._scores(summed)[:, self._outside]
            scores[np.ix_(space[part], ~stays_out)] = -np.inf  # no entity starts on a space
            scores[np.ix_(final[part], opens)] = -np.inf  # nor goes on beyond the document
            choice[part] = scores.argmax(axis=1)
        return choice

    def _spans(self, choice: Numbers, vectors: Floats, final: Flags) -> Iterator[tuple[int, int, str]]:
        moves = self._move[choice]
        starts = np.flatnonzero(moves == "B")
        ends = dict(zip(starts.tolist(), self._ends(starts, choice[starts], vectors, final).tolist(), strict=True))
        free = 0
        for start in np.flatnonzero(moves != "O").tolist():
            if start >= free:
                free = ends.get(start, start) + 1
                yield start, free, self._label[choice[start]]

    def _ends(self, starts: Numbers, choice: Numbers, vectors: Floats, final: Flags) -> Numbers:
        """The last token of the entity that would begin at each start, all of them one token further at a time."""
        ends = starts.copy()
        inside, last = self._inside[choice], self._last[choice]
        first = vectors[starts] @ self._lower[1]
        open_ = np.arange(len(starts))
        while len(open_):
            ends[open_] += 1
            here = ends[open_]
            summed = vectors[here] @ self._lower[0] + first[open_] + vectors[here - 1] @ self._lower[2]
            scores = self._scores(summed)
            rows = np.arange(len(open_))
            on, off = inside[open_], last[open_]
            stay, leave = scores[rows, on], scores[rows, off]
            open_ = open_[~final[here] & ((stay > leave) | ((stay == leave) & (on < off)))]
        return ends

    def _scores(self, summed: Floats) -> Floats:
        """Scores of all moves, from the sums of the three state tokens."""
        summed += self._bias
        hidden = summed.reshape(len(summed), self._pieces, -1).max(axis=1)
        scores: Floats = hidden @ self._upper + self._upper_bias
        return scores


def _windows(docs: Sequence[Any], halo: int) -> Iterator[tuple[Any, int, int]]:
    """(document or a window of it, tokens of context at its left, at its right)."""
    for doc in docs:
        if len(doc) <= WINDOW:
            yield doc, 0, 0
            continue
        for start in range(0, len(doc), WINDOW):
            left, right = max(0, start - halo), min(len(doc), start + WINDOW + halo)
            yield _Window(doc, left, right), start - left, right - min(len(doc), start + WINDOW)


class _Window:
    """Tokens of a document as the network's feature extractor reads them."""

    def __init__(self, doc: Any, start: int, stop: int) -> None:
        self._doc, self._start, self._stop = doc, start, stop

    def __len__(self) -> int:
        return self._stop - self._start

    def to_array(self, columns: Any) -> Any:
        return self._doc.to_array(columns)[self._start : self._stop]


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
