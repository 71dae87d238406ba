"""Strict configuration models: an unknown key is an error with a suggestion.

What is configured lives with its owner; this module only says how configuration is read.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from resources.errors import PolicyError


class StrictModel(BaseModel):
    """Immutable settings whose fields carry their own documentation and bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def parse(cls, data: Any, where: str) -> Self:
        """Validate `data`; raise PolicyError that names the place, the problem and a near miss."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            problems = "; ".join(_sentence(cls, e) for e in error.errors(include_input=False))
            raise PolicyError(f"{where}: {problems}") from None


def read_yaml(path: Path) -> Any:
    """Parse a YAML file; raise PolicyError with the line where it breaks."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise PolicyError(f"{path.name}: not valid YAML{line}") from None


def _sentence(model: type[BaseModel], error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg']}"
    known = _known_keys(model, error["loc"][:-1])
    near = get_close_matches(str(error["loc"][-1]), known, n=1)
    return f"unknown key {place!r}" + (f", did you mean {near[0]!r}?" if near else f", known: {sorted(known)}")


def _known_keys(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    for part in path:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)
