"""The record that declares an engine, and the base class of the objects that play a role.

Each engine declares one `Implementation` at the top level of its module. The registry, `Engine` and `doctor` read the
records of this package; nothing else lists engines.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Generic, TypeVar

from resources.models.batching import Runner
from resources.models.devices import choose_device
from resources.models.entry import ModelEntry

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Context:
    """What a role is built from.

    Attributes:
        entry: the model, as the registry names it.
        runner: runs batches through the result cache and counts.
        weights: folder of converted public weights.
        share: returns the object of this name, made by the function on first use; one for all roles of an engine.
    """

    entry: ModelEntry
    runner: Runner
    weights: Path
    share: Callable[[str, Callable[[], Any]], Any]


class RoleModel(Generic[Loaded]):
    """A model in a role, loaded on first use. Subclasses implement `load` and the protocol of the role."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.entry = context.entry
        self.runner = context.runner

    @property
    def fingerprint(self) -> str:
        """Identity of weights, settings and code."""
        return self.runner.fingerprint

    @property
    def temperature(self) -> float:
        """The registry's; for masked LMs."""
        return self.entry.temperature

    @property
    def device(self) -> str:
        """`cpu` or `cuda`."""
        return choose_device(self.entry.device).type

    @cached_property
    def loaded(self) -> Loaded:
        """What `load` returns; the time it takes is counted as loading, not as computing."""
        began = time.perf_counter()
        loaded = self.load()
        self.runner.counters.load_seconds += time.perf_counter() - began
        return loaded

    def load(self) -> Loaded:
        """Load the model of `entry`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Implementation:
    """An engine that plays one or more roles.

    Attributes:
        engine: its name in the registry.
        roles: the roles it plays (attributes of `resources.models.protocols.Models`).
        model: builds the role; its module is the code of the implementation.
        libraries: distributions that shape its results; their versions are in the fingerprint.
        settings: optional keys of the registry entry that it obeys: `adapter`, `temperature`.
    """

    engine: str
    roles: tuple[str, ...]
    model: type[RoleModel[Any]]
    libraries: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def versions(self) -> dict[str, str | None]:
        """Installed version of each of the libraries; None for one that is missing."""
        installed = {name: next(iter(distributions(name=name)), None) for name in self.libraries}
        return {name: known.version if known else None for name, known in installed.items()}


TORCH = ("torch", "transformers", "tokenizers")
"""The libraries of every model that torch runs."""
