"""Training sets: batches for a PyTorch loop, or one file that `datasets.load_dataset("parquet" | "json")` reads.

Both hold the same masks. A file holds token ids of masked text; the manifest beside it says what it was made from and
how, without text.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from resources.errors import PolicyError
from synth_assets.masked_lm.masker import Document, Masker
from synth_assets.masked_lm.plan import rate_at
from synth_assets.masked_lm.render import IGNORED

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
            "input_ids": self._padded([w.input_ids for w in windows], self._masker.tokenizer.pad_id),
            "attention_mask": self._padded([[1] * len(w.input_ids) for w in windows], 0),
            "labels": self._padded([w.labels for w in windows], IGNORED),
        }

    def _padded(self, rows: Sequence[Sequence[int]], value: int) -> "torch.Tensor":
        import torch

        longest = max(map(len, rows), default=0)
        width = -(-longest // self._multiple) * self._multiple
        padded = [[*row, *[value] * (width - len(row))] for row in rows]
        return torch.tensor(padded, dtype=torch.int64).reshape(len(rows), width)


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
    manifest = {**made_of, **_settings(masker), **written._asdict(), "maskable": maskable}
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


def _settings(masker: Masker) -> dict[str, Any]:
    return {
        "tokenizer_digest": masker.tokenizer.digest,
        "plan": masker.policy.model_dump(mode="json"),
        "seed": masker.seed,
        "epochs": masker.epochs,
        "rates": [rate_at(masker.policy, epoch, masker.epochs) for epoch in range(masker.epochs)],
        "max_length": masker.max_length,
    }
