"""The tokenizer that a masked LM is trained with: content tokens with offsets, framing special tokens, the mask."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from resources.errors import MachineError, PolicyError

_MASKS = ("[MASK]", "<mask>", "<|mask|>")
_CONTROL = re.compile(r"<[^<>\s]+>|\[(?:[A-Z]{2,}|unused\d+)\]")


class Tokens(NamedTuple):
    """Content tokens of a text: ids (n,), code point offsets (n, 2), 1 for special tokens (n,)."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    special: list[int]


class SubwordTokenizer:
    """A tokenizer without truncation or padding, with everything that masking needs.

    Args:
        tokenizer: a `tokenizers.Tokenizer`, or a fast tokenizer of transformers.
        mask_token: the mask token; default: the tokenizer's own.

    Raises:
        PolicyError: the tokenizer gives no offsets, or has no such mask token.
    """

    def __init__(self, tokenizer: Any, mask_token: str = "") -> None:
        from tokenizers import Tokenizer

        backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
        if not isinstance(backend, Tokenizer):
            raise PolicyError("this tokenizer gives no offsets: use a fast one, with a tokenizer.json")
        serialized = backend.to_str()
        self.digest = _digest(serialized)
        self._tokenizer = Tokenizer.from_str(serialized)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        self.mask_id = _mask_id(vocabulary, mask_token or getattr(tokenizer, "mask_token", None) or "")
        added = {i for i, token in self._tokenizer.get_added_tokens_decoder().items() if token.special}
        self.special_ids = frozenset(added | {self.mask_id} | _unknown(json.loads(serialized)["model"]))
        control = {i for token, i in vocabulary.items() if _CONTROL.fullmatch(token)}
        self.random_ids = sorted(set(vocabulary.values()) - self.special_ids - control)
        self.pad_id = _pad_id(tokenizer, vocabulary)
        self.prefix, self.suffix = self._frame()

    @property
    def frame(self) -> int:
        """Number of special tokens around every sequence."""
        return len(self.prefix) + len(self.suffix)

    def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        """Content tokens of each text, without the special tokens around them."""
        return [
            Tokens(e.ids, e.offsets, [int(i in self.special_ids) for i in e.ids])
            for e in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]

    def _frame(self) -> tuple[list[int], list[int]]:
        encoding = self._tokenizer.encode("a")
        content = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
        return encoding.ids[: content[0]], encoding.ids[content[-1] + 1 :]


def load_subword_tokenizer(name_or_path: str, mask_token: str = "") -> SubwordTokenizer:
    """Load the tokenizer of a local folder, a tokenizer.json, or a hub id; no remote code is run.

    Raises:
        PolicyError: as `SubwordTokenizer`.
        MachineError: the tokenizer cannot be loaded.
    """
    path = Path(name_or_path)
    file = path / "tokenizer.json" if path.is_dir() and not (path / "tokenizer_config.json").is_file() else path
    try:
        if file.is_file():
            from tokenizers import Tokenizer

            return SubwordTokenizer(Tokenizer.from_file(str(file)), mask_token)
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(name_or_path, trust_remote_code=False)
    except PolicyError:
        raise
    except Exception as error:  # both libraries raise whatever their parsers and the network raise
        raise MachineError(f"cannot load the tokenizer {name_or_path!r} ({type(error).__name__})") from None
    return SubwordTokenizer(tokenizer, mask_token)


def _digest(serialized: str) -> str:
    """Digest of a tokenizer, 16 hex digits; scores are rounded to 6 digits, as serialization changes the last ones."""
    body = json.loads(serialized, parse_float=lambda digits: f"{float(digits):.6g}")
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def _mask_id(vocabulary: dict[str, int], token: str) -> int:
    known = [name for name in ([token] if token else _MASKS) if name in vocabulary]
    if not known:
        missing = f"no token {token!r}" if token else "no mask token"
        raise PolicyError(f"this tokenizer has {missing}: name one of its tokens as mask token, or add one to it")
    return vocabulary[known[0]]


def _unknown(model: dict[str, Any]) -> set[int]:
    """The id of unknown tokens: a model learns nothing from predicting it."""
    if model["type"] == "Unigram":
        return set() if model["unk_id"] is None else {model["unk_id"]}
    return {model["vocab"][model["unk_token"]]} if model.get("unk_token") in model["vocab"] else set()


def _pad_id(tokenizer: Any, vocabulary: dict[str, int]) -> int:
    """The padding id; if there is none, any id does, because nothing attends to it."""
    token = getattr(tokenizer, "pad_token", None)
    names = [token] if token else ["[PAD]", "<pad>"]
    return next((vocabulary[name] for name in names if name in vocabulary), 0)
