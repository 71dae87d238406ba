"""The entity recognizer role played by a transformer that labels tokens (BERT, RoBERTa, ... with BIO labels).

A word takes the label of its first token (the `first` strategy of transformers), and consecutive words with one label
form an entity. A text longer than the context is read in overlapping windows; each word is labeled in the window that
gives it most context.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from resources.errors import PolicyError
from resources.models.batching import Limits, text_work
from resources.models.devices import choose_device, choose_dtype, padded
from resources.models.engines.causal.network import load_tokenizer, load_transformer
from resources.models.engines.entities.labels import of_labels
from resources.models.implementation import TORCH, Implementation, RoleModel
from resources.models.protocols import Entity
from resources.models.weights.sources import check_folder, locate

if TYPE_CHECKING:
    import torch

DETECTOR = "token_classification"
_TYPES = {
    "PER": "PERSON", "NAME": "PERSON", "ORG": "ORGANIZATION", "LOC": "LOCATION", "GPE": "LOCATION", "FAC": "LOCATION",
    "CITY": "LOCATION", "TIME": "DATE",
}  # fmt: skip
_LIMITS = {"cpu": Limits(items=32, size=60_000), "cuda": Limits(items=256, size=1_000_000)}
_MAX_TOKENS = 512
_PADDING_OFFSET = 2
_WINDOWS = 16
"""Windows that pass through the model together."""


class _Word(NamedTuple):
    """A word of a text; `label` has no prefix and is "" for none, `context` is the distance to the window's edge."""

    start: int
    end: int
    label: str
    begins: bool
    score: float
    context: int


@dataclass(frozen=True)
class _Loaded:
    model: Any
    tokenizer: Any
    device: "torch.device"
    labels: tuple[str, ...]
    """The label of each output, as config.json names it."""


class TokenClassifier(RoleModel[_Loaded]):
    """A local or hub folder with safetensors and tokenizer.json."""

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Entities of each text, sorted by start; the score is the mean probability of their words."""
        work = text_work("recognize", {}, self._compute, _LIMITS[self.device])
        rows = self.runner.run(work, texts)
        return [[Entity(a, b, _TYPES.get(label, label), p, DETECTOR) for a, b, label, p in row] for row in rows]

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        """Entities with some of the model's labels (no B- or I-). Raises PolicyError for an unknown label."""
        work = text_work("labels", {}, self._labels, _LIMITS[self.device])
        return of_labels(self.recognize(texts), labels, self.runner.run(work, [""])[0], _TYPES)

    def _labels(self, batch: list[str]) -> list[list[str]]:
        known = sorted({plain for label in self.loaded.labels if (plain := _split(label)[1])})
        return [known for _ in batch]

    def _compute(self, batch: list[str]) -> list[list[tuple[int, int, str, float]]]:
        loaded = self.loaded
        windows = [
            (number, window)
            for number, encoding in enumerate(loaded.tokenizer.encode_batch(batch))
            for window in (encoding, *encoding.overflowing)
            if window.ids
        ]
        words: list[dict[int, _Word]] = [{} for _ in batch]
        for start in range(0, len(windows), _WINDOWS):
            part = windows[start : start + _WINDOWS]
            for (number, window), scored in zip(part, self._classify([w for _, w in part]), strict=True):
                for place, word in _words(batch[number], window, scored, loaded.labels):
                    known = words[number].get(place)
                    if known is None or word.context > known.context:
                        words[number][place] = word
        return [_entities([row[place] for place in sorted(row)]) for row in words]

    def _classify(self, windows: Sequence[Any]) -> list[list[tuple[int, float]]]:
        """(label, probability) of every token of each window."""
        import torch

        loaded = self.loaded
        ids, mask = padded([window.ids for window in windows], loaded.device)
        self.runner.counters.tokens += int(mask.sum())
        with torch.inference_mode():
            logits = loaded.model(input_ids=ids, attention_mask=mask).logits
        best = logits.float().softmax(-1).max(-1)
        chosen, scores = best.indices.cpu().tolist(), best.values.cpu().tolist()
        return [list(zip(chosen[i][: len(w.ids)], scores[i][: len(w.ids)], strict=True)) for i, w in enumerate(windows)]

    def load(self) -> _Loaded:
        """The network, its tokenizer and its labels."""
        from transformers import AutoModelForTokenClassification

        device = choose_device(self.entry.device)
        folder = locate(self.entry)
        check_folder(folder)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        labels = {int(number): label for number, label in config.get("id2label", {}).items()}
        if not any(_split(label)[1] for label in labels.values()):
            raise PolicyError(f"{folder.name}: config.json has no id2label that names entities")
        dtype = choose_dtype(self.entry.dtype, device)
        model = load_transformer(folder, AutoModelForTokenClassification, dtype, device)
        tokenizer = load_tokenizer(folder)
        # RoBERTa's positions start after the padding index, so not every position that config.json counts is usable.
        room = min(_MAX_TOKENS, int(config.get("max_position_embeddings", _MAX_TOKENS)) - _PADDING_OFFSET)
        tokenizer.enable_truncation(room, stride=room // 4)
        return _Loaded(model, tokenizer, device, tuple(labels[i] for i in sorted(labels)))


def _split(label: str) -> tuple[bool, str]:
    """Whether a label begins an entity, and the label without B-, I-, E-, S-, L-, U-; "" for O."""
    prefix, dash, plain = label.partition("-")
    if dash and prefix in ("B", "I", "E", "S", "L", "U"):
        return prefix in ("B", "S", "U"), plain
    return False, "" if label == "O" else label


def _words(
    text: str, window: Any, scored: Sequence[tuple[int, float]], labels: Sequence[str]
) -> list[tuple[int, _Word]]:
    """(number in the text, word) of a window, without the spaces that some tokenizers include in a word."""
    tokens: dict[int, list[int]] = {}
    for token, number in enumerate(window.word_ids):
        if number is not None:
            tokens.setdefault(number, []).append(token)
    words = []
    for number, places in tokens.items():
        start, end = window.offsets[places[0]][0], window.offsets[places[-1]][1]
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if start < end:
            label, score = scored[places[0]]
            begins, plain = _split(labels[label])
            context = min(places[0], len(window.ids) - 1 - places[-1])
            words.append((number, _Word(start, end, plain, begins, score, context)))
    return words


def _entities(words: Sequence[_Word]) -> list[tuple[int, int, str, float]]:
    """Consecutive words with one label, joined: start, end, label, mean probability."""
    groups: list[list[_Word]] = []
    previous = ""
    for word in words:
        if word.label and (word.begins or word.label != previous):
            groups.append([word])
        elif word.label:
            groups[-1].append(word)
        previous = word.label
    return [(g[0].start, g[-1].end, g[0].label, sum(w.score for w in g) / len(g)) for g in groups]


TOKEN_CLASSIFICATION = Implementation("token_classification", ("recognizer", "zero_shot"), TokenClassifier, TORCH)
