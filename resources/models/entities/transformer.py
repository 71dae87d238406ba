"""The entity recognizer role played by a transformer that labels tokens (BERT, RoBERTa, ... with BIO labels).

A word has the label of its first token (the `first` strategy of transformers), and words in a row with one label are
one entity. A text longer than the context is read in windows that overlap; each word is judged where it has most
context.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from resources.errors import PolicyError
from resources.models.batching import Limits, Runner, text_work
from resources.models.causal.network import load_tokenizer, load_transformer
from resources.models.devices import choose_device, choose_dtype
from resources.models.entities.spacy import of_labels
from resources.models.protocols import Entity
from resources.models.registry import ModelEntry
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
"""Windows that pass through the model at one time."""


class _Word(NamedTuple):
    """A word of a text: label without prefix ("" for none), whether it begins an entity, probability, context."""

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


class TokenClassifier:
    """A local or hub folder with safetensors and tokenizer.json; loaded at the first result that is not cached."""

    def __init__(self, runner: Runner, entry: ModelEntry, device: Callable[[], str]) -> None:
        self._runner = runner
        self._entry = entry
        self._device = device
        self._loaded: _Loaded | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of weights and code."""
        return self._runner.fingerprint

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Entities of each text, sorted by start; the score is the mean probability of their words."""
        work = text_work("recognize", {}, self._compute, _LIMITS[self._device()])
        found = self._runner.run(work, texts)
        return [[Entity(a, b, _TYPES.get(label, label), p, DETECTOR) for a, b, label, p in row] for row in found]

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        """Entities of these labels of the model, without B- and I-. Raises PolicyError for one that it lacks."""
        work = text_work("labels", {}, self._labels, _LIMITS[self._device()])
        return of_labels(self.recognize(texts), labels, self._runner.run(work, [""])[0], _TYPES)

    def _labels(self, batch: list[str]) -> list[list[str]]:
        known = sorted({plain for label in self._load().labels if (plain := _split(label)[1])})
        return [known for _ in batch]

    def _compute(self, batch: list[str]) -> list[list[tuple[int, int, str, float]]]:
        loaded = self._load()
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

        loaded = self._load()
        width = max(len(window.ids) for window in windows)
        ids = torch.zeros((len(windows), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for i, window in enumerate(windows):
            ids[i, : len(window.ids)] = torch.tensor(window.ids)
            mask[i, : len(window.ids)] = 1
        self._runner.counters.tokens += int(mask.sum())
        with torch.inference_mode():
            logits = loaded.model(input_ids=ids.to(loaded.device), attention_mask=mask.to(loaded.device)).logits
        best = logits.float().softmax(-1).max(-1)
        chosen, scores = best.indices.cpu().tolist(), best.values.cpu().tolist()
        return [list(zip(chosen[i][: len(w.ids)], scores[i][: len(w.ids)], strict=True)) for i, w in enumerate(windows)]

    def _load(self) -> _Loaded:
        if self._loaded is None:
            began = time.perf_counter()
            from transformers import AutoModelForTokenClassification

            device = choose_device(self._entry.device)
            folder = locate(self._entry)
            check_folder(folder)
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            labels = {int(number): label for number, label in config.get("id2label", {}).items()}
            if not any(_split(label)[1] for label in labels.values()):
                raise PolicyError(f"{folder.name}: config.json has no id2label that names entities")
            dtype = choose_dtype(self._entry.dtype, device)
            model = load_transformer(folder, AutoModelForTokenClassification, dtype, device)
            tokenizer = load_tokenizer(folder)
            # positions of RoBERTa start behind the padding index, so that not all that are counted can be used
            room = min(_MAX_TOKENS, int(config.get("max_position_embeddings", _MAX_TOKENS)) - _PADDING_OFFSET)
            tokenizer.enable_truncation(room, stride=room // 4)
            self._loaded = _Loaded(model, tokenizer, device, tuple(labels[i] for i in sorted(labels)))
            self._runner.counters.load_seconds += time.perf_counter() - began
        return self._loaded


def _split(label: str) -> tuple[bool, str]:
    """Whether a label begins an entity, and what is left of it without B-, I-, E-, S-, L-, U-; "" for O."""
    prefix, dash, plain = label.partition("-")
    if dash and prefix in ("B", "I", "E", "S", "L", "U"):
        return prefix in ("B", "S", "U"), plain
    return False, "" if label == "O" else label


def _words(
    text: str, window: Any, scored: Sequence[tuple[int, float]], labels: Sequence[str]
) -> list[tuple[int, _Word]]:
    """The words of a window by their number in the text; spaces that a tokenizer counts to a word are left out."""
    tokens: dict[int, list[int]] = {}
    for token, number in enumerate(window.word_ids):
        if number is not None:
            tokens.setdefault(number, []).append(token)
    found = []
    for number, places in tokens.items():
        start, end = window.offsets[places[0]][0], window.offsets[places[-1]][1]
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if start < end:
            label, score = scored[places[0]]
            begins, plain = _split(labels[label])
            context = min(places[0], len(window.ids) - 1 - places[-1])
            found.append((number, _Word(start, end, plain, begins, score, context)))
    return found


def _entities(words: Sequence[_Word]) -> list[tuple[int, int, str, float]]:
    """Words in a row with one label, joined: start, end, label, mean probability."""
    groups: list[list[_Word]] = []
    previous = ""
    for word in words:
        if word.label and (word.begins or word.label != previous):
            groups.append([word])
        elif word.label:
            groups[-1].append(word)
        previous = word.label
    return [(g[0].start, g[-1].end, g[0].label, sum(w.score for w in g) / len(g)) for g in groups]
