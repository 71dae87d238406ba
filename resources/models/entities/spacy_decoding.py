"""Named entities by a spaCy `ner` component, decided for all tokens of a batch at once.

spaCy's decoder visits one token after another. The current token and the first token of the open entity, if any,
determine the state of its transition system (BILUO; Lample et al., 2016). So the decisions outside entities are one
multiplication over all tokens, and only tokens inside entities depend on each other. Weights, moves, constraints and
the order of sums are spaCy's.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
