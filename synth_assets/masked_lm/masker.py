"""Masks of a document's tokens, drawn anew for each epoch, in windows that fit a model."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from resources.errors import PolicyError
from synth_assets.masked_lm.collocations import Collocations
from synth_assets.masked_lm.plan import Atom, choose, draw_corruption, rate_at, seed_of
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.render import IGNORED, Example, corrupt, token_parts
from synth_assets.masked_lm.tokenization import SubwordTokenizer, Tokens
from synth_assets.masked_lm.units import entities_of, is_maskable, sentence_numbers, units_of


class Window(NamedTuple):
    """One sequence for the model: ids and labels, special tokens included, and its number in the document."""

    input_ids: list[int]
    labels: list[int]
    number: int


@dataclass(frozen=True)
class Document:
    """A tokenized document, ready to be masked any number of times.

    Attributes:
        key: the id that its masks are seeded with.
        ids: ids of its content tokens, shape (n,).
        atoms: what may be hidden, with the number of tokens as cost; units with a special or unknown token are left
            out.
        positions: the tokens of each atom.
        windows: [start, end) of content tokens; a unit lies in one window, unless it is longer than a window.
    """

    key: str
    ids: list[int]
    atoms: list[Atom]
    positions: list[list[int]]
    windows: list[tuple[int, int]]


@dataclass(frozen=True)
class Masker:
    """Masks documents of a masked corpus for one tokenizer; the rate is the expected share of maskable tokens hidden.

    The masks of a document depend on the seed, its id and the epoch, and not on batches, workers or order.

    Attributes:
        tokenizer: the tokenizer of the model.
        policy: kind, rate and schedule of the plans.
        seed: seed of every draw.
        epochs: length of the schedule.
        max_length: most tokens of a window, special tokens included.
        collocations: vocabulary of the corpus for the kind "pmi"; `Masker.of` learns it.

    Raises:
        PolicyError: a window has no room for text, there is no epoch, or kind "pmi" has no vocabulary.
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
            raise PolicyError("kind 'pmi' needs the collocations of the corpus: create the masker with Masker.of")

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
        """A masker for rows of a masked corpus; for the kind "pmi" it learns their collocations."""
        texts = ((row["text"], entities_of(row["spans"])) for row in rows)
        collocations = Collocations.learn(texts, policy) if policy.kind == "pmi" else None
        return cls(tokenizer, policy, seed, epochs, max_length, collocations)

    def prepare(self, rows: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Tokenize rows (`id`, `text`, `spans`) of a masked corpus and split them into units."""
        tokenized = self.tokenizer.tokenize([row["text"] for row in rows])
        return [self._document(row, tokens) for row, tokens in zip(rows, tokenized, strict=True)]

    def mask(self, document: Document, epoch: int) -> list[Window]:
        """The windows of a document with the masks of one epoch, counted from 0."""
        rng = random.Random(seed_of(self.seed, document.key, epoch))
        hidden = list(self._hidden(document, rate_at(self.policy, epoch, self.epochs), rng))
        rendered = corrupt(document.ids, hidden, self.tokenizer.mask_id, self.tokenizer.random_ids, rng)
        return [self._window(rendered, number, *ends) for number, ends in enumerate(document.windows)]

    def _document(self, row: Mapping[str, Any], tokens: Tokens) -> Document:
        text = row["text"]
        units = units_of(text, entities_of(row["spans"]))
        links = self.collocations.links(text, units) if self.collocations else []
        sentences = sentence_numbers(text, units)
        atoms, positions, whole = [], [], []
        for part in token_parts(text, units, tokens.offsets, [0] * len(tokens.ids), links):
            if not part.tokens:
                continue
            whole.append(part.tokens)
            members = [units[i] for i in part.units]
            if any(is_maskable(unit, self.policy.punctuation) for unit in members) and not any(
                tokens.special[i] for i in part.tokens
            ):
                named = any(unit.is_entity for unit in members)
                atoms.append(Atom(len(part.tokens), named, sentences[part.units.start]))
                positions.append(part.tokens)
        room = self.max_length - self.tokenizer.frame
        return Document(row["id"], tokens.ids, atoms, positions, cut_windows(len(tokens.ids), whole, room))

    def _hidden(self, document: Document, rate: float, rng: random.Random) -> Iterator[tuple[list[int], str]]:
        if self.policy.kind == "token":
            for positions in document.positions:
                for i in positions:
                    if rng.random() < rate:
                        yield [i], draw_corruption(self.policy, rng)
            return
        for group in choose(document.atoms, self.policy, rate, rng):
            yield [i for atom in group for i in document.positions[atom]], draw_corruption(self.policy, rng)

    def _window(self, rendered: Example, number: int, start: int, end: int) -> Window:
        before, after = self.tokenizer.prefix, self.tokenizer.suffix
        ids = [*before, *rendered.input_ids[start:end], *after]
        labels = [*[IGNORED] * len(before), *rendered.labels[start:end], *[IGNORED] * len(after)]
        return Window(ids, labels, number)


def cut_windows(count: int, whole: Sequence[Sequence[int]], room: int) -> list[tuple[int, int]]:
    """[start, end) of as few windows as possible that cover `count` tokens with at most `room` tokens each.

    Args:
        count: tokens of the document.
        whole: groups of tokens that stay in one window, sorted; only a group longer than `room` is split.
        room: most tokens of a window.
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
