"""Registries: the records that the modules of a package declare.

A thing that comes in many (a stage, an attack, a task, a reader) is declared by one record at the top level of one
module. Adding a thing is adding its module: nothing else lists it.
"""

import pkgutil
from importlib import import_module
from typing import TypeVar

Record = TypeVar("Record")


def discover_records(package: str, kind: type[Record]) -> tuple[Record, ...]:
    """All instances of `kind` at the top level of the modules of `package`, by module name, then as written.

    Modules of subpackages count; records that a module merely imports count once, where they were declared first.
    `resources.code` follows a call of this function whose first argument is a literal.
    """
    return tuple(
        {
            id(v): v for m in package_modules(package) for v in vars(import_module(m)).values() if isinstance(v, kind)
        }.values()
    )


def package_modules(package: str) -> list[str]:
    """Dotted names of all modules below `package`, sorted; packages themselves left out."""
    found: list[str] = []
    for info in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        found += package_modules(info.name) if info.ispkg else [info.name]
    return sorted(found)
