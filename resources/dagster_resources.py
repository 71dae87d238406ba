"""The Dagster resources: configuration that yields plain run-time objects."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from resources.factory import Factory
from resources.home import Home
from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.progress import silent


class FactoryResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Opens the factory. Deletes anything the run staged but never published."""

    root: str
    lake_url: str = ""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Factory]:
        factory = Factory.open(Home(Path(self.root), self.lake_url))
        try:
            yield factory
        finally:
            factory.lake.discard()


class ModelsResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The models of the factory: loaded on first use, kept for the run, released at its end."""

    root: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Engine]:
        home = Home(Path(self.root))
        progress = ProgressLog(context.log) if context.log else silent
        with Engine(load_registry(home.models_file), Keys.open(home.keys), home.cache, progress) as engine:
            yield engine
            if context.log:
                for line in _work(engine.counters()):
                    context.log.info(line)


class ProgressLog:
    """Logs the progress of a task every few seconds; a task that ends sooner logs nothing."""

    def __init__(self, log: dg.DagsterLogManager, every: float = 5.0) -> None:
        self._log = log
        self._every = every
        self._last = time.monotonic()

    def __call__(self, task: str, done: int, total: int) -> None:
        """Log that `done` of `total` items of `task` are finished (see `resources.progress.Progress`)."""
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._log.info(f"{task}: {done:,} of {total:,}")


def _work(counters: Mapping[str, float]) -> list[str]:
    """What each model did in this run, one line a role."""
    roles = sorted({name.partition(".")[0] for name in counters})
    return [
        f"{role}: {counters[f'{role}.items']:,.0f} items ({counters[f'{role}.cache_hits']:,.0f} from the cache), "
        f"{counters[f'{role}.tokens']:,.0f} tokens, {counters[f'{role}.tokens_per_second']:,.0f} tokens/s, "
        f"{counters[f'{role}.seconds']:,.0f} s"
        for role in roles
    ]
