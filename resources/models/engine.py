"""The models of a run: each role loaded on first use, kept for the run, released at its end.

Two masked LMs can be combined: better answers than either gives, at the cost of both. Models of different kinds err
differently: one reads both sides at once, the other is causal and ranks a few candidates by what follows.
"""

import gc
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, cast

from resources.code import code_digest
from resources.errors import PolicyError
from resources.keys import Keys
from resources.models.batching import Counters, Runner, release_memory
from resources.models.cache import RESULTS, ResultCache
from resources.models.devices import prepare_environment
from resources.models.entry import ModelEntry
from resources.models.implementation import Context, Implementation
from resources.models.protocols import Candidate, MaskedLM, Models, Part, Role, Slot, roles
from resources.models.registry import Registry, engines
from resources.models.weights.sources import weights_dir
from resources.progress import Progress, silent

DEPTH = 50
"""Answers taken from the first model. The second, where each may cost time, gives as many as are asked for."""


class MixedMaskedLM:
    """p(word) = (p_first(word) + p_second(word)) / 2, each the softmax of its answers' calibrated scores.

    Linear interpolation (Jelinek and Mercer, 1980).
    """

    temperature = 0.8
    """The average of two models that err differently is underconfident; fitted by benchmarks/masked_lm.py to the
    embedded ones."""

    def __init__(self, first: MaskedLM, second: MaskedLM) -> None:
        self._first = first
        self._second = second

    @property
    def fingerprint(self) -> str:
        """Identity of both."""
        both = f"{self._first.fingerprint} {self._second.fingerprint}"
        return hashlib.sha256(both.encode()).hexdigest()[:32]

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        """Words, likeliest first.

        Raises:
            DataError, PolicyError: as the two models do.
        """
        firsts = self._first.fill(slots, max(top_k, DEPTH))
        seconds = self._second.fill(slots, top_k)
        mine = (_distribution(row, self._first.temperature) for row in firsts)
        other = (_distribution(row, self._second.temperature) for row in seconds)
        return [_mixed(*pair)[:top_k] for pair in zip(mine, other, strict=True)]


def _distribution(row: Sequence[Candidate], temperature: float) -> dict[str, float]:
    """Probabilities of the answers; they sum to one."""
    best = max((candidate.score for candidate in row), default=0.0)
    weights: defaultdict[str, float] = defaultdict(float)
    for candidate in row:
        weights[candidate.text] += math.exp((candidate.score - best) / temperature)
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def _mixed(first: Mapping[str, float], second: Mapping[str, float]) -> list[Candidate]:
    mixture = {word: (first.get(word, 0.0) + second.get(word, 0.0)) / 2 for word in {**first, **second}}
    order = sorted(mixture.items(), key=lambda item: (-item[1], item[0]))
    return [Candidate(word, math.log(p)) for word, p in order if p > 0.0]  # a softmax can underflow to nothing


_WHERE = {"license", "api_key_env", "timeout", "path", "package", "adapter"}
"""Keys that shape no result: digests say what a path holds."""


class Engine(Models):
    """The models of a run.

    Args:
        registry: the model of each role.
        keys: names and encrypts cached results.
        cache_dir: holds the result cache.
        progress: called after every batch with the method's name.
        weights: folder of converted weights; default `weights_dir()`.
    """

    def __init__(
        self, registry: Registry, keys: Keys, cache_dir: Path, progress: Progress = silent, weights: Path | None = None
    ) -> None:
        self._registry = dict(registry)
        self._cache = ResultCache(cache_dir / RESULTS, keys)
        self._progress = progress
        self._weights = weights or weights_dir()
        self._fingerprints = {role: fingerprint(role, entry) for role, entry in self._registry.items()}
        self._counters = {role: Counters() for role in self._registry}
        self._playing: dict[str, Any] = {}
        self._shared: dict[str, Any] = {}
        prepare_environment(online=any(entry.source == "hub" for entry in self._registry.values()))

    def play(self, role: Role[Part]) -> Part:
        """The model that plays `role`; for masked_lm the mixture of two, where the registry names a second.

        Raises:
            PolicyError: the registry has no model for it, or one whose engine cannot play it.
        """
        if role.name not in self._playing:
            model = self._build(role)
            if role.name == "masked_lm" and "second_masked_lm" in self._registry:
                model = MixedMaskedLM(model, self.second_masked_lm)
            self._playing[role.name] = model
        return cast(Part, self._playing[role.name])

    def fingerprints(self) -> dict[str, str]:
        """Identity of weights, settings and code of every role; loads nothing."""
        return dict(self._fingerprints)

    def counters(self) -> dict[str, float]:
        """Totals by `role.counter`, of the roles that were called."""
        called = {role: c for role, c in self._counters.items() if c.calls}
        return {f"{role}.{name}": value for role, c in called.items() for name, value in c.as_dict().items()}

    def close(self) -> None:
        """Release every model and the device's memory; safe to call twice."""
        self._playing.clear()
        self._shared.clear()
        self._cache.close()
        gc.collect()
        release_memory()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _build(self, role: Role[Any]) -> Any:
        name = role.model_of or role.name
        if name not in self._registry:
            raise PolicyError(f"models.yaml has no model for the role {name}")
        entry = self._registry[name]
        runner = Runner(self._fingerprints[name], self._cache, self._counters[name], self._progress)
        return _implementation(role, entry).model(Context(entry, runner, self._weights, self._share))

    def _share(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._shared:
            self._shared[name] = make()
        return self._shared[name]


def fingerprint(role: str, entry: ModelEntry) -> str:
    """Identity of a role's results: registry entry (digest or revision, precision), code and libraries; 32 hex digits.

    Covers every role that uses the entry. The resolved device is not part of it: results are byte-identical on one
    machine only.
    """
    users = [r for r in roles().values() if r.name == role or (r.model_of == role and entry.engine in engines(r))]
    played = [_implementation(user, entry) for user in users]
    parts = {
        "role": role,
        "entry": entry.model_dump(mode="json", exclude=_WHERE),
        "code": code_digest(*(record.model.__module__ for record in played)),
        "libraries": [f"{name}=={known}" for record in played for name, known in record.versions().items()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _implementation(role: Role[Any], entry: ModelEntry) -> Implementation:
    known = engines(role)
    if entry.engine not in known:
        raise PolicyError(f"{role.name}: the engine {entry.engine!r} cannot play this role, use one of {list(known)}")
    return known[entry.engine]
