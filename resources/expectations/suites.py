"""Expectation suites: YAML read strictly, validated by Great Expectations, told without values.

A suite is a list of true statements about one stage. It is read at definition time without
importing Great Expectations; `validate` imports it. A verdict carries counts and row keys, never
a value of a document. What a suite says belongs to its YAML file.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from resources.config import StrictModel, read_yaml
from resources.errors import PolicyError
from resources.expectations import types as expectation_types
from resources.expectations.shapes import SHAPES

Engine = Literal["duckdb", "pandas"]


@dataclass(frozen=True)
class Verdict:
    """What one expectation found: counts and at most 20 row keys, safe to show anywhere."""

    name: str
    passed: bool
    critical: bool
    checked: int
    unexpected: int
    keys: tuple[str, ...]
    sentence: str


class Expectation(StrictModel):
    """One statement that is true when it passes; `name` becomes the name of a check."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="A true statement, e.g. ids_are_unique")
    type: str = Field(description="A type of `resources.expectations.types.TYPES`")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="Arguments of the type")
    severity: Literal["critical", "warning"] = Field(description="critical refuses publication, warning advises")
    description: str = Field(min_length=10, description="The statement as a sentence a person understands")
    key: Literal["id", "source_doc", "subject", "parent", "cluster", "component"] = Field(
        default="id", description="Column that names failing rows; hashed, so that it is safe to show"
    )

    @property
    def critical(self) -> bool:
        """Whether a failure refuses publication."""
        return self.severity == "critical"

    @model_validator(mode="after")
    def _known(self) -> Self:
        if found := expectation_types.problem(self.type, self.kwargs):
            raise ValueError(found)
        return self


@dataclass(frozen=True)
class Suite:
    """The expectations of one stage in file order; `digest` changes whenever their meaning does."""

    stage: str
    expectations: tuple[Expectation, ...]
    digest: str

    @classmethod
    def load(cls, path: Path) -> "Suite":
        """Read `<stage>.yaml`, a list of expectations.

        Raises:
            PolicyError: an unknown key, type or argument, a repeated name, or a suite that an empty
                file or an all-null column would pass.
        """
        items = read_yaml(path)
        if not isinstance(items, list):
            raise PolicyError(f"{path.name}: a suite is a list of expectations")
        found = tuple(Expectation.parse(item, f"{path.name}: expectation {i}") for i, item in enumerate(items, 1))
        _refuse_repeated_names(found, path.name)
        _refuse_vacuous(found, path.name)
        return cls(path.stem, found, _digest(found))


def validate(suite: Suite, path: str, engine: Engine = "duckdb") -> list[Verdict]:
    """Validate one Parquet file; return a verdict for each expectation, in suite order.

    Column expectations run on `engine`; SQL ones run on DuckDB in both cases. An expectation that
    cannot be evaluated fails. Nothing is printed, written, or sent.

    Raises:
        DataError: `path` is not a readable Parquet file.
    """
    from resources.expectations.validation import run

    return run(suite.expectations, path, engine)


def _digest(expectations: tuple[Expectation, ...]) -> str:
    meaning = {
        "expectations": [e.model_dump() for e in expectations],
        "shapes": {name: [s.pattern, s.reserved, s.certain] for name, s in SHAPES.items()},
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _refuse_repeated_names(expectations: tuple[Expectation, ...], where: str) -> None:
    repeated = [name for name, count in Counter(e.name for e in expectations).items() if count > 1]
    if repeated:
        raise PolicyError(f"{where}: names used twice: {', '.join(repeated)}")


def _refuse_vacuous(expectations: tuple[Expectation, ...], where: str) -> None:
    """Great Expectations calls every statement about no rows, or about nulls only, true."""
    critical = [e for e in expectations if e.critical]
    if not any(e.type == expectation_types.ROW_COUNT and e.kwargs.get("min_value", 0) >= 1 for e in critical):
        raise PolicyError(f"{where}: an empty file would pass, add {expectation_types.ROW_COUNT} with min_value 1")
    present = {e.kwargs["column"] for e in critical if e.type == expectation_types.NOT_NULL}
    for e in expectations:
        column = e.kwargs.get("column", "")
        if expectation_types.TYPES[e.type].skips_nulls and column not in present:
            raise PolicyError(
                f"{where}: {e.name}: an all-null column would pass, add {expectation_types.NOT_NULL} for {column!r}"
            )
