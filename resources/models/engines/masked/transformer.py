"""The masked LM role played by a bidirectional transformer (BERT, ModernBERT, ...), one mask for each word.

One pass of the model fills all slots of a text that have the same hidden spans.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import PolicyError
from resources.models.batching import Limits, Work
from resources.models.devices import choose_device, choose_dtype, padded
from resources.models.engines.causal.network import load_tokenizer, load_transformer
from resources.models.entry import ModelEntry
from resources.models.implementation import TORCH, Implementation, RoleModel
from resources.models.protocols import Candidate, Slot
from resources.models.weights.mpnet import restored
from resources.models.weights.sources import check_folder, locate, with_adapter

if TYPE_CHECKING:
    import torch

CONTEXT = 300
"""Characters of context on each side of the hidden spans of a text."""

_LONGEST = 1800
"""Characters that are read at once: hidden spans further apart get a window each."""

_GAP = "\ue000"
"""Marks a hidden span until the tokenizer's mask is known: a private-use character, replaced where a text has one."""

_MASKS = ("[MASK]", "<mask>")
_LIMITS = {"cpu": Limits(items=32), "cuda": Limits(items=512)}


@dataclass(frozen=True)
class LoadedMaskedLM:
    """A bidirectional model on its device with its tokenizer."""

    model: Any
    tokenizer: Any
    device: "torch.device"
    mask: str
    words: "torch.Tensor"
    """Which tokens are whole words."""
    longest: int
    """Tokens that the model can read at once."""


class TransformerMaskedLM(RoleModel[LoadedMaskedLM]):
    """A local or hub folder with safetensors, or the embedded MPNet."""

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        """Whole-word tokens, likeliest first.

        Raises:
            DataError: a slot that does not lie inside its text, or on another one.
            PolicyError: a model without a mask token.
        """
        shown = [_window(replace(slot, text=slot.text.replace(_GAP, "\ufffd")).shown(_GAP)) for slot in slots]
        work: Work[tuple[str, int]] = Work(
            method="fill",
            params={"top_k": top_k},
            compute=lambda batch: self._compute(batch, top_k),
            limits=_LIMITS[self.device],
            key=lambda item: f"{item[1]}:{item[0]}",
            size=lambda item: len(item[0]),
            order=lambda item: (len(item[0]), item),
        )
        return [[Candidate(text, score) for text, score in row] for row in self.runner.run(work, shown)]

    def _compute(self, batch: list[tuple[str, int]], top_k: int) -> list[list[tuple[str, float]]]:
        import torch

        loaded = self.loaded
        texts = list(dict.fromkeys(text for text, _ in batch))
        encodings = loaded.tokenizer.encode_batch(
            [text.replace(loaded.mask, " ").replace(_GAP, loaded.mask) for text in texts]
        )
        tokens_of = {text: tuple(encoding.ids) for text, encoding in zip(texts, encodings, strict=True)}
        target = loaded.tokenizer.token_to_id(loaded.mask)
        placed = [_around(tokens_of[text], number, target, loaded.longest) for text, number in batch]
        windows = list(dict.fromkeys(window for window, _ in placed))
        rows, places = [windows.index(window) for window, _ in placed], [place for _, place in placed]
        ids, mask = padded(windows, loaded.device)
        self.runner.counters.tokens += int(mask.sum())
        with torch.inference_mode(), _only(loaded.model, rows, places):
            logits = loaded.model(input_ids=ids, attention_mask=mask).logits
            logprobs = logits.float().log_softmax(-1)
            values, tokens = logprobs.masked_fill(~loaded.words, float("-inf")).topk(top_k, -1)
        return [
            [(loaded.tokenizer.decode([token]).strip(), value) for token, value in zip(*row, strict=True)]
            for row in zip(tokens.tolist(), values.tolist(), strict=True)
        ]

    def load(self) -> LoadedMaskedLM:
        """As `open_masked_lm`."""
        return open_masked_lm(self.entry, self.context.weights)


def open_masked_lm(entry: ModelEntry, weights: Path) -> LoadedMaskedLM:
    """Load and check a masked LM.

    Args:
        entry: the model.
        weights: folder of converted weights.

    Raises:
        PolicyError: a model without a mask token.
        MachineError, IntegrityError: as `locate` and `restored`.
    """
    from transformers import AutoModelForMaskedLM

    device = choose_device(entry.device)
    dtype = choose_dtype(entry.dtype, device)
    folder = restored(entry, dtype, weights) if entry.engine == "mpnet" else locate(entry)
    check_folder(folder)
    model = load_transformer(folder, AutoModelForMaskedLM, dtype, device)
    model = with_adapter(model, entry)
    tokenizer = load_tokenizer(folder)
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    masks = [mask for mask in _MASKS if mask in special]  # MPNet's vocabulary has "[MASK]" too, as plain text
    if not masks:
        raise PolicyError(f"{folder.name}: its tokenizer has no mask token, so it cannot fill gaps")
    return LoadedMaskedLM(
        model,
        tokenizer,
        device,
        masks[0],
        _whole_words(tokenizer, int(model.config.vocab_size), device),
        int(model.config.max_position_embeddings) - 2,  # RoBERTa and MPNet count from two
    )


@contextmanager
def _only(model: Any, rows: list[int], places: list[int]) -> Iterator[None]:
    """Compute logits of these tokens only, (len(places), vocabulary): those of all would take a gigabyte per batch."""
    hook = model.get_output_embeddings().register_forward_pre_hook(lambda _, given: (given[0][rows, places],))
    try:
        yield
    finally:
        hook.remove()


def _window(slot: Slot) -> tuple[str, int]:
    """The text near the hidden spans, the same for all its slots, and the number of gaps before the slot's own."""
    first, last = slot.text.index(_GAP), slot.text.rindex(_GAP)
    if last - first + 2 * CONTEXT > _LONGEST:
        first = last = slot.start
    first, last = max(0, first - CONTEXT), last + 1 + CONTEXT
    return slot.text[first:last], slot.text[first : slot.start].count(_GAP)


def _around(ids: tuple[int, ...], number: int, target: int, longest: int) -> tuple[tuple[int, ...], int]:
    """The tokens, cut to `longest` around mask `number` (first and last token kept), and the place of the mask."""
    place = [i for i, token in enumerate(ids) if token == target][number]
    if len(ids) <= longest:
        return ids, place
    inner = longest - 2
    first = max(1, min(place - inner // 2, len(ids) - 1 - inner))
    return (ids[0], *ids[first : first + inner], ids[-1]), place - first + 1


def _whole_words(tokenizer: Any, size: int, device: "torch.device") -> "torch.Tensor":
    """Flags tokens that are whole words: letters without ## in WordPiece, letters after a space mark in others."""
    import torch

    tokens = [tokenizer.id_to_token(i) or "" for i in range(size)]
    marked = [token[1:] if token[:1] in "Ġ▁" and token else "" for token in tokens]
    plain = marked if sum(map(bool, marked)) > size // 10 else tokens
    return torch.tensor([word.isalpha() for word in plain], device=device)


MPNET = Implementation("mpnet", ("masked_lm",), TransformerMaskedLM, TORCH, ("adapter", "temperature"))
TRANSFORMERS = Implementation("transformers", ("masked_lm",), TransformerMaskedLM, TORCH, ("adapter", "temperature"))
