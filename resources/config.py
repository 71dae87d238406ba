"""Strict configuration models: an unknown key or an unlisted value is an error with a suggestion."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from resources.errors import PolicyError

_QUOTED = re.compile(r"'([^']*)'")


class StrictModel(BaseModel):
    """Immutable settings whose fields document and bound themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def parse(cls, data: Any, where: str, folder: Path | None = None) -> Self:
        """Validate `data`.

        Args:
            data: the content of a file.
            where: its name, for messages.
            folder: folder of the files that it names; validators read it as `info.context["folder"]`.

        Raises:
            PolicyError: names the place, the problem and the nearest known key or value.
        """
        try:
            return cls.model_validate(data, context={"folder": folder} if folder else None)
        except ValidationError as error:
            problems = "; ".join(_sentence(cls, e) for e in error.errors())
            raise PolicyError(f"{where}: {problems}") from None


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # definitions parse a dozen files: the C parser takes a sixth


def combine(name: str, *models: type[StrictModel]) -> Any:
    """A model `name` that derives from `models`: settings that records declare, as one section of the policy."""
    unique = dict.fromkeys(reversed(models))  # Pydantic lists the fields of the last base first
    return create_model(name, __base__=tuple(sorted(unique, key=lambda model: -len(model.__mro__))))


def read_yaml(path: Path) -> Any:
    """Parse a YAML file. Raises PolicyError with the line of a syntax error."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER) or {}  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise PolicyError(f"{path.name}: not valid YAML{line}") from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` for the nearest of `known`; empty where none is near."""
    near = get_close_matches(word, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _sentence(model: type[BaseModel], error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"] if part != "[key]")
    if error["type"] == "literal_error":
        return f"{place}: {error['msg']}" + did_you_mean(str(error["input"]), _QUOTED.findall(error["ctx"]["expected"]))
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg']}" if place else str(error["msg"])
    known = _known_keys(model, error["loc"][:-1])
    return f"unknown key {place!r}" + (did_you_mean(str(error["loc"][-1]), known) or f", known: {sorted(known)}")


def _known_keys(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """Keys of the model at `path`, through mappings, sequences and options; [] if there is no model."""
    here: Any = model
    for part in path:
        if _is_model(here):
            field = here.model_fields.get(str(part))
            here = field.annotation if field else None
        else:  # a key of a mapping or an index of a sequence
            here = next((inner for inner in reversed(get_args(here)) if inner is not Ellipsis), None)
        if type(None) in get_args(here):
            here = next((option for option in get_args(here) if _is_model(option)), here)
    return list(here.model_fields) if _is_model(here) else []


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
