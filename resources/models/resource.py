"""The Dagster resource: configuration that yields an `Engine` for one run.

Runs are in-process where models matter, so every step of a run shares what was loaded. Nothing is
loaded before a step asks for a role, and everything is released when the run ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field

from resources.errors import PolicyError
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.progress import Progress, silent
from resources.vault import Keys


class ModelResource(dg.ConfigurableResource):
    """One engine, five roles."""

    home: str = Field(description="Project state: the secret in `keys`, the encrypted result cache in `models`.")
    registry: str | None = Field(default=None, description="YAML file that replaces roles of the embedded registry.")

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Engine]:
        """Yield the engine itself: an asset annotates its parameter `dg.ResourceParam[Engine]`."""
        log = context.log

        def report(task: str, done: int, total: int) -> None:
            if log is not None:
                log.debug(f"{task}: {done} of {total}")

        with self.open(report) as engine:
            yield engine

    def open(self, progress: Progress = silent) -> Engine:
        """An engine outside of Dagster; the caller closes it.

        Raises:
            PolicyError: the registry file does not exist or does not hold.
        """
        home = Path(self.home).expanduser()
        path = Path(self.registry).expanduser() if self.registry else None
        if path is not None and not path.is_file():
            raise PolicyError(f"the model registry {path} does not exist")
        return Engine(load_registry(path), Keys.open(home / "keys"), home / "models", progress)
