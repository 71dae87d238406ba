"""A collator for a PyTorch training loop: rows of a masked corpus to padded tensors with masks of the epoch."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synth_assets.masked_lm.masker import Masker
from synth_assets.masked_lm.render import IGNORED

if TYPE_CHECKING:
    import torch


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
        import torch

        epoch = int(self._epoch[0])
        windows = [w for document in self._masker.prepare(rows) for w in self._masker.mask(document, epoch)]
        longest = max((len(window.input_ids) for window in windows), default=0)
        shape = (len(windows), -(-longest // self._multiple) * self._multiple)
        batch = {
            "input_ids": torch.full(shape, self._masker.tokenizer.pad_id),
            "attention_mask": torch.zeros(shape, dtype=torch.int64),
            "labels": torch.full(shape, IGNORED),
        }
        for i, window in enumerate(windows):
            size = len(window.input_ids)
            batch["input_ids"][i, :size] = torch.tensor(window.input_ids)
            batch["attention_mask"][i, :size] = 1
            batch["labels"][i, :size] = torch.tensor(window.labels)
        return batch
