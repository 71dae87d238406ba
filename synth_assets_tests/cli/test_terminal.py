"""What a person at a terminal reads when a step fails: why, once."""

import re

import dagster as dg
import pytest

from synth_assets.loggers import terminal


@dg.op
def refused() -> int:
    raise dg.Failure("letters is refused by its gate. has_rows: There is at least one row.", allow_retries=False)


@dg.op
def broken() -> int:
    raise ValueError("the disk is full")


@dg.op
def later(number: int) -> None:
    raise AssertionError("nothing to work on")


def shown(op: dg.OpDefinition, capsys: pytest.CaptureFixture[str]) -> list[str]:
    @dg.job(logger_defs={"terminal": terminal})
    def both() -> None:
        later(op())

    result = both.execute_in_process({"loggers": {"terminal": {}}}, raise_on_error=False)
    assert not result.success
    return [re.sub(r"^\[ *\d+ s\] +", "", line) for line in capsys.readouterr().err.splitlines()]


def test_a_refused_step_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(refused, capsys)
    assert lines[0] == "! refused          letters is refused by its gate. has_rows: There is at least one row."
    assert not [line for line in lines if "Dependencies" in line or "Execution of step" in line]


def test_a_step_that_breaks_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(broken, capsys)
    assert lines[0] == "! broken           ValueError: the disk is full"
    assert not [line for line in lines if "Execution of step" in line]
