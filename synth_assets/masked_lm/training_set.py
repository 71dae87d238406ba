"""Training sets: masks of a document's tokens, drawn anew for each epoch, in windows that fit a model.

They come as batches for a PyTorch loop, or as one file that `datasets.load_dataset("parquet" | "json")` reads; both
hold the same masks. A file holds token ids of masked text; the manifest beside it says what it was made from and how,
without text.
"""

import json
import os
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from resources.errors import PolicyError
from synth_assets.masked_lm.collocations import Collocations, word_runs
from synth_assets.masked_lm.plan import Atom, choose, draw_corruption, rate_at, seed_of
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.render import IGNORED, Example, corrupt, padded, token_parts
from synth_assets.masked_lm.tokenization import SubwordTokenizer, Tokens
from synth_assets.masked_lm.units import entities_of, is_maskable, sentence_numbers, units_of

if TYPE_CHECKING:
    import torch

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), False),  # of the masked_corpus row
        pa.field("epoch", pa.int32(), False),
        pa.field("window", pa.int32(), False),  # of the document
        pa.field("input_ids", pa.list_(pa.int32()), False),
        pa.field("attention_mask", pa.list_(pa.int8()), False),
        pa.field("labels", pa.list_(pa.int32()), False),
    ]
)
FORMATS = (".parquet", ".jsonl")
_BATCH = 256  # documents


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
        collocations = None
        if policy.kind == "pmi":
            runs = [run for row in rows for run in word_runs(row["text"], entities_of(row["spans"]))]
            collocations = Collocations.learn(runs, policy)
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


class MaskingCollator:
    """The `collate_fn` of a `DataLoader` over rows of a masked corpus (`id`, `text`, `spans`).

    Call `set_epoch` before each epoch, as with a `DistributedSampler`; persistent workers see it. The masks of a row
    are the same in any worker, batch or order.

    Args:
        masker: tokenizer, plan, seed and schedule.
        pad_to_multiple_of: pad to the next multiple of this number, e.g. 8 for tensor cores.
    """

    def __init__(self, masker: Masker, pad_to_multiple_of: int = 1) -> None:
        import torch

        self._masker = masker
        self._multiple = pad_to_multiple_of
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()  # seen by all workers

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch, counted from 0, whose masks and rate the next batches get."""
        self._epoch[0] = epoch

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> "dict[str, torch.Tensor]":
        """A batch of `input_ids`, `attention_mask` and `labels` (-100: not predicted), int64, shape (b, n).

        A row longer than `max_length` becomes several sequences, so b may exceed the number of rows.
        """
        epoch = int(self._epoch[0])
        windows = [w for document in self._masker.prepare(rows) for w in self._masker.mask(document, epoch)]
        return {
            "input_ids": padded([w.input_ids for w in windows], self._masker.tokenizer.pad_id, self._multiple),
            "attention_mask": padded([[1] * len(w.input_ids) for w in windows], 0, self._multiple),
            "labels": padded([w.labels for w in windows], IGNORED, self._multiple),
        }


class Written(NamedTuple):
    """Counts of a training set over all epochs: `masked` of its `tokens` content tokens are predicted."""

    sequences: int
    tokens: int
    masked: int


def write_training_set(
    rows: Sequence[Mapping[str, Any]], masker: Masker, path: Path, made_of: Mapping[str, Any]
) -> Written:
    """Write all documents epoch by epoch, in the order of their ids, and `<path>.manifest.json` beside the file.

    The file appears complete or not at all and is readable by its owner only; the same rows and settings give the same
    bytes. Canaries are left out, as in every export. Documents are tokenized once and kept as ids.

    Args:
        rows: rows of a published masked corpus.
        masker: tokenizer, plan, seed and epochs.
        path: a file name that ends in .parquet or .jsonl.
        made_of: what the manifest says about the rows.

    Raises:
        PolicyError: the file name ends otherwise, or its folder does not exist.
    """
    if path.suffix not in FORMATS or not path.parent.is_dir():
        raise PolicyError(f"{path.name}: name a file that ends in {' or '.join(FORMATS)}, in a folder that exists")
    chosen = sorted((row for row in rows if row["role"] == "document"), key=lambda row: row["id"])
    documents = [d for start in range(0, len(chosen), _BATCH) for d in masker.prepare(chosen[start : start + _BATCH])]
    handle, scratch = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(handle)
    try:
        written = _write(_batches(documents, masker), Path(scratch), path.suffix, masker.tokenizer.frame)
        Path(scratch).replace(path)
    finally:
        Path(scratch).unlink(missing_ok=True)
    maskable = masker.epochs * sum(atom.cost for document in documents for atom in document.atoms)
    manifest = {
        **made_of,
        "tokenizer_digest": masker.tokenizer.digest,
        "plan": masker.policy.model_dump(mode="json"),
        "seed": masker.seed,
        "epochs": masker.epochs,
        "rates": [rate_at(masker.policy, epoch, masker.epochs) for epoch in range(masker.epochs)],
        "max_length": masker.max_length,
        **written._asdict(),
        "maskable": maskable,
    }
    Path(f"{path}.manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return written


def _write(batches: Iterator[list[dict[str, Any]]], path: Path, suffix: str, frame: int) -> Written:
    sequences = tokens = masked = 0
    with path.open("wb") as out:
        writer = pq.ParquetWriter(out, SCHEMA, compression="zstd") if suffix == ".parquet" else None
        for batch in batches:
            if writer:
                writer.write_table(pa.Table.from_pylist(batch, SCHEMA))
            else:
                out.writelines(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in batch)
            sequences += len(batch)
            tokens += sum(len(row["input_ids"]) - frame for row in batch)
            masked += sum(label != IGNORED for row in batch for label in row["labels"])
        if writer:
            writer.close()
    return Written(sequences, tokens, masked)


def _batches(documents: Sequence[Document], masker: Masker) -> Iterator[list[dict[str, Any]]]:
    for epoch in range(masker.epochs):
        for start in range(0, len(documents), _BATCH):
            yield [
                {
                    "id": document.key,
                    "epoch": epoch,
                    "window": window.number,
                    "input_ids": window.input_ids,
                    "attention_mask": [1] * len(window.input_ids),
                    "labels": window.labels,
                }
                for document in documents[start : start + _BATCH]
                for window in masker.mask(document, epoch)
            ]
