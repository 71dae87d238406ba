"""The tagger role: parts of speech by a spaCy pipeline and nothing else of it."""

import time
from collections.abc import Sequence
from typing import Any

from resources.errors import PolicyError
from resources.models.batching import Limits, Runner, text_work
from resources.models.protocols import Tag
from resources.models.registry import ModelEntry
from resources.models.weights.sources import locate

_USED = frozenset({"tok2vec", "transformer", "tagger"})
_LIMITS = Limits(items=256, size=50_000)


class SpacyTagger:
    """en_core_web_sm or another spaCy pipeline with a `tagger` component; loaded on first use."""

    def __init__(self, runner: Runner, entry: ModelEntry) -> None:
        self._runner = runner
        self._entry = entry
        self._nlp: Any = None

    @property
    def fingerprint(self) -> str:
        """Identity of weights and code."""
        return self._runner.fingerprint

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """The tokens of each text, by start.

        Raises:
            PolicyError: a pipeline without a tagger.
        """
        found = self._runner.run(text_work("tag", {}, self._compute, _LIMITS), texts)
        return [[Tag(*token) for token in row] for row in found]

    def _compute(self, batch: list[str]) -> list[list[tuple[int, int, str]]]:
        docs = list(self._load().pipe(batch, batch_size=len(batch)))
        self._runner.counters.tokens += sum(map(len, docs))
        return [[(token.idx, token.idx + len(token), token.tag_) for token in doc] for doc in docs]

    def _load(self) -> Any:
        if self._nlp is None:
            began = time.perf_counter()
            import spacy
            from thinc.api import use_ops

            folder = locate(self._entry)
            components = set(spacy.util.load_config(folder / "config.cfg")["nlp"]["pipeline"])
            if "tagger" not in components:
                raise PolicyError("tagger: the spaCy pipeline has no component of this name")
            with use_ops("numpy", use_blis=False):  # as in `recognizer`
                self._nlp = spacy.load(folder, exclude=sorted(components - _USED))
            self._runner.counters.load_seconds += time.perf_counter() - began
        return self._nlp
