"""Masked documents: the masks of one document in one epoch, on its tokens, in windows a model can take.

Which units are hidden belongs to `synth_assets.masked_lm.plan`; batches and files to their modules here.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from resources.errors import PolicyError
from synth_assets.masked_lm.collocations import Collocations
from synth_assets.masked_lm.plan import Atom, choose, draw_corruption, rate_at, seed_of
from synth_assets.masked_lm.render import Rendered, corrupt
from synth_assets.masked_lm.token_parts import token_parts
from synth_assets.masked_lm.tokenization import SubwordTokenizer, Tokens
from synth_assets.masked_lm.units import is_maskable, segments, units
from synth_assets.masking.audit import entities_of
from synth_assets.masking.policy import PlanPolicy


class Window(NamedTuple):
    """One sequence for the model: ids and labels with the frame of special tokens, and its place in the document."""

    input_ids: list[int]
    labels: list[int]
    number: int


@dataclass(frozen=True)
class Document:
    """A tokenized document, ready to be masked any number of times.

    Attributes:
        key: what seeds its masks.
        ids: content token ids, shape (n,).
        atoms: what may be hidden; the cost of each is its tokens. A unit with a special or unknown token never is.
        positions: the tokens of each atom.
        windows: [start, end) of content tokens; no unit lies in two, unless it alone is longer than a window.
    """

    key: str
    ids: list[int]
    atoms: list[Atom]
    positions: list[list[int]]
    windows: list[tuple[int, int]]


@dataclass(frozen=True)
class Masker:
    """Masks documents of a masked corpus for one tokenizer. The expected share of maskable tokens hidden is the rate.

    The masks of a document depend on (seed, its id, epoch) and nothing else: not on batches, workers or order.

    Attributes:
        tokenizer: the tokenizer of the model.
        policy: kind, rate and schedule of the plans.
        seed: of every draw.
        epochs: length of the schedule.
        max_length: tokens of a window, its special tokens included.
        collocations: vocabulary of the corpus for the kind "pmi"; see `Masker.of`.

    Raises:
        PolicyError: for a window without room for text, no epoch, or kind "pmi" without vocabulary.
    """

    tokenizer: SubwordTokenizer
    policy: PlanPolicy
    seed: int
    epochs: int = 1
    max_length: int = 512
    collocations: Collocations | None = None

    def __post_init__(self) -> None:
        if self.max_length <= self.tokenizer.frame:
            raise PolicyError(f"max_length must be more than the {self.tokenizer.frame} special tokens of a sequence")
        if self.epochs < 1:
            raise PolicyError("epochs must be 1 or more")
        if self.policy.kind == "pmi" and self.collocations is None:
            raise PolicyError("kind 'pmi' needs the collocations of the corpus: make the masker with Masker.of")

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        tokenizer: SubwordTokenizer,
        policy: PlanPolicy,
        seed: int,
        epochs: int = 1,
        max_length: int = 512,
    ) -> "Masker":
        """A masker for the rows of a masked corpus, which also learns their collocations where plans ask for them."""
        texts = ((row["text"], entities_of(row["spans"])) for row in rows)
        collocations = Collocations.learn(texts, policy) if policy.kind == "pmi" else None
        return cls(tokenizer, policy, seed, epochs, max_length, collocations)

    def prepare(self, rows: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Rows (`id`, `text`, `spans`) of a masked corpus, tokenized and divided into units."""
        tokenized = self.tokenizer.tokenize([row["text"] for row in rows])
        return [self._document(row, tokens) for row, tokens in zip(rows, tokenized, strict=True)]

    def mask(self, document: Document, epoch: int) -> list[Window]:
        """The document's windows with the masks of one epoch, counted from 0."""
        rng = random.Random(seed_of(self.seed, document.key, epoch))
        hidden = list(self._hidden(document, rate_at(self.policy, epoch, self.epochs), rng))
        done = corrupt(document.ids, hidden, self.tokenizer.mask_id, self.tokenizer.random_ids, rng)
        return [self._window(done, place, number) for number, place in enumerate(document.windows)]

    def _document(self, row: Mapping[str, Any], tokens: Tokens) -> Document:
        text = row["text"]
        found = units(text, entities_of(row["spans"]))
        links = self.collocations.links(text, found) if self.collocations else []
        segment = segments(text, found)
        atoms, positions, whole = [], [], []
        for part in token_parts(text, found, tokens.offsets, [0] * len(tokens.ids), links):
            if not part.tokens:
                continue
            whole.append(part.tokens)
            if any(is_maskable(found[i], self.policy.punctuation) for i in part.units) and not any(
                tokens.special[i] for i in part.tokens
            ):
                named = any(found[i].is_entity for i in part.units)
                atoms.append(Atom(len(part.tokens), named, segment[part.units.start]))
                positions.append(part.tokens)
        room = self.max_length - self.tokenizer.frame
        return Document(row["id"], tokens.ids, atoms, positions, cut(len(tokens.ids), whole, room))

    def _hidden(self, document: Document, rate: float, rng: random.Random) -> Iterator[tuple[list[int], str]]:
        if self.policy.kind == "token":
            for positions in document.positions:
                for i in positions:
                    if rng.random() < rate:
                        yield [i], draw_corruption(self.policy, rng)
            return
        for group in choose(document.atoms, self.policy, rate, rng):
            yield [i for atom in group for i in document.positions[atom]], draw_corruption(self.policy, rng)

    def _window(self, done: Rendered, place: tuple[int, int], number: int) -> Window:
        start, end = place
        before, after = self.tokenizer.prefix, self.tokenizer.suffix
        ignored = [[-100] * len(ids) for ids in (before, after)]
        return Window(
            [*before, *done.input_ids[start:end], *after], [*ignored[0], *done.labels[start:end], *ignored[1]], number
        )


def cut(count: int, whole: Sequence[Sequence[int]], room: int) -> list[tuple[int, int]]:
    """[start, end) of windows of at most `room` tokens that together are all `count` tokens, as few as can be.

    Args:
        count: tokens of the document.
        whole: tokens that stay in one window, sorted; only those that are more than `room` are divided.
        room: tokens of a window.
    """
    inside = bytearray(count + 1)
    for tokens in whole:
        inside[tokens[0] + 1 : tokens[-1] + 1] = b"\x01" * (tokens[-1] - tokens[0])
    windows = []
    start = 0
    while start < count:
        end = min(start + room, count)
        while end > start and inside[end]:
            end -= 1
        if end == start:  # one unit fills the window
            end = min(start + room, count)
        windows.append((start, end))
        start = end
    return windows
