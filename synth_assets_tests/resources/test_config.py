"""A wrong key, and a wrong value where values are listed, are answered with the nearest right one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import ValidationInfo, field_validator

from resources.config import StrictModel
from resources.errors import PolicyError


class Inner(StrictModel):
    """A nested model."""

    color: Literal["red", "green"] = "red"
    width: int = 1


class Outer(StrictModel):
    """Nests in every way that a policy does."""

    one: Inner = Inner()
    maybe: Inner | None = None
    named: Mapping[str, Inner] = {}
    listed: tuple[Inner, ...] = ()
    modes: tuple[Literal["fast", "slow"], ...] = ()
    keyed: Mapping[Literal["north", "south"], int] = {}
    file: str = ""

    @field_validator("file")
    @classmethod
    def _there(cls, value: str, info: ValidationInfo) -> str:
        return str((info.context or {}).get("folder", "")) + value


@pytest.mark.parametrize(
    ("data", "place", "near"),
    [
        ({"onne": {}}, "'onne'", "one"),
        ({"one": {"colour": "red"}}, "'one.colour'", "color"),
        ({"maybe": {"widht": 2}}, "'maybe.widht'", "width"),
        ({"named": {"door": {"colr": "red"}}}, "'named.door.colr'", "color"),
        ({"listed": [{"width": 1}, {"wdth": 2}]}, "'listed.1.wdth'", "width"),
        ({"one": {"color": "gren"}}, "one.color", "green"),
        ({"named": {"door": {"color": "rde"}}}, "named.door.color", "red"),
        ({"modes": ["fast", "slw"]}, "modes.1", "slow"),
        ({"keyed": {"nort": 1}}, "keyed.nort", "north"),
    ],
)
def test_a_near_miss_is_named(data: dict[str, Any], place: str, near: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Outer.parse(data, "test.yaml")
    assert place in str(caught.value)
    assert f"did you mean {near!r}?" in str(caught.value)


def test_a_far_miss_lists_what_is_known() -> None:
    with pytest.raises(PolicyError, match=r"unknown key 'one.zzz', known: \['color', 'width'\]"):
        Outer.parse({"one": {"zzz": 1}}, "test.yaml")
    with pytest.raises(PolicyError, match=r"'red' or 'green'$"):
        Outer.parse({"one": {"color": "qqqq"}}, "test.yaml")


def test_validators_see_the_folder_of_the_file() -> None:
    assert Outer.parse({"file": "/x"}, "test.yaml", Path("/home")).file == "/home/x"
    assert Outer.parse({"file": "/x"}, "test.yaml").file == "/x"
