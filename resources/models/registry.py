"""The model registry: which model plays each role. YAML only; nothing heavy is imported and no weights are read."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import create_model

from resources.config import StrictModel, read_yaml
from resources.discovery import discover_records
from resources.errors import PolicyError
from resources.models.entry import ModelEntry
from resources.models.implementation import Implementation
from resources.models.protocols import Role, roles

DEFAULTS = Path(__file__).with_name("models.yaml")

Registry = Mapping[str, ModelEntry]
"""The model of each role that has one, in the order of `roles()`."""

_UNSET = {"adapter": None, "temperature": 1.0}
"""Settings that only some implementations obey, and their values where they are not set."""


@cache
def implementations() -> tuple[Implementation, ...]:
    """All engines."""
    return discover_records("resources.models.engines", Implementation)


def engines(role: Role[Any]) -> dict[str, Implementation]:
    """The engines that can play `role`, by name."""
    name = role.like or role.name
    return {record.engine: record for record in implementations() if name in record.roles}


def parse_registry(data: Mapping[str, Any], where: str) -> dict[str, ModelEntry]:
    """Validate a model for each role.

    Args:
        data: entries by role.
        where: name of the file, for messages.

    Raises:
        PolicyError: an unknown key (with the nearest known one), a hub model without a pinned revision, pickled
            weights, or an engine that cannot play its role.
    """
    own = {name: role for name, role in roles().items() if not role.model_of}
    fields: dict[str, Any] = {n: (ModelEntry | None, None) if r.optional else (ModelEntry, ...) for n, r in own.items()}
    parsed = create_model("Registry", __base__=StrictModel, **fields).parse(dict(data), where)
    registry = {name: entry for name in own if (entry := getattr(parsed, name)) is not None}
    for name, entry in registry.items():
        if problem := _problem(own[name], entry):
            raise PolicyError(f"{where}: {name}.{problem}")
    return registry


def load_registry(path: Path | None = None) -> dict[str, ModelEntry]:
    """The embedded registry; where there is a file at `path`, the roles that it names come from there.

    Raises:
        PolicyError: as `parse_registry`.
    """
    if path is None or not path.is_file():
        return parse_registry(read_yaml(DEFAULTS), DEFAULTS.name)
    return parse_registry(read_yaml(DEFAULTS) | read_yaml(path), path.name)


def _problem(role: Role[Any], entry: ModelEntry) -> str:
    known = engines(role)
    if entry.engine not in known:
        return f"engine: {entry.engine!r} cannot play this role, use one of {list(known)}"
    for key, unset in _UNSET.items():
        if getattr(entry, key) != unset and key not in known[entry.engine].settings:
            return f"{key}: only a masked LM can have one"
    return ""
