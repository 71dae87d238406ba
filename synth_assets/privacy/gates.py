"""The gates of a release: which statistics answer which question, which of them block, and what they answer.

`gates.yaml` declares them. Completeness, G11 of other lists, is no gate of its own: a statistic that a gate asks for
and that could not be measured is UNAVAILABLE, which blocks as a failure does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import yaml

from resources.config import StrictModel
from synth_assets.modes import Mode
from synth_assets.privacy.results import Statistic, Status
from synth_assets.privacy.stages import CONTROL_RELEASE, RELEASED

Attacker = Literal["reader", "acquaintance"]
Blocking = Mapping[str, Mapping[Mode, tuple[str, ...]]]
"""By gate and mode, patterns (test/slice) of the statistics that block."""

_WORST_FIRST: tuple[Status, ...] = ("FAIL", "UNAVAILABLE", "PASS")


class Gate(StrictModel):
    """One question to a release.

    Attributes:
        title: a noun phrase.
        asks: the question.
        attacker: the weakest attacker it stands for; None where only an insider could ask.
        about: patterns (test/slice) of the statistics that answer it.
        blocks: by mode of the release, patterns of those that block.
    """

    title: str
    asks: str
    attacker: Attacker | None = None
    about: tuple[str, ...]
    blocks: Mapping[Mode, tuple[str, ...]]


@dataclass(frozen=True)
class GateResult:
    """The answer to one gate.

    Attributes:
        name: of the gate, e.g. G1.
        title: of the gate.
        asks: its question.
        status: the worst one of its judged statistics; STATED where none is judged.
        blocking: whether a bad answer blocks the release; advice does not.
        sentence: why, in words.
        statistics: keys of the statistics that answer it.
    """

    name: str
    title: str
    asks: str
    status: Status
    blocking: bool
    sentence: str
    statistics: tuple[str, ...]


@cache
def packaged_gates() -> Mapping[str, Gate]:
    """The gates of `gates.yaml`, in its order."""
    return parse_gates(files("synth_assets.privacy").joinpath("gates.yaml").read_text(encoding="utf-8"))


def parse_gates(text: str) -> Mapping[str, Gate]:
    """Gates by name from YAML."""
    return {name: Gate.model_validate(body) for name, body in yaml.safe_load(text).items()}


def gate_of(statistic: str, mode: Mode, changed: Blocking) -> str | None:
    """The gate that a statistic (test/slice) can block; None where it is only stated.

    Args:
        statistic: test/slice.
        mode: of the release.
        changed: the policy's own lists, which replace those of a gate.
    """
    for name, gate in packaged_gates().items():
        if _matches(statistic, changed.get(name, {}).get(mode, gate.blocks[mode])):
            return name
    return None


def gate_about(statistic: str) -> str | None:
    """The gate whose question a statistic (test/slice) answers, blocking or not; None for most of utility."""
    return next((name for name, gate in packaged_gates().items() if _matches(statistic, gate.about)), None)


def tested_by() -> dict[Attacker, str]:
    """By attacker, the gates that stand for it."""
    gates = packaged_gates().items()
    return {who: ", ".join(name for name, gate in gates if gate.attacker == who) for who in get_args(Attacker)}


def unknown_in(changed: Blocking) -> list[str]:
    """Gates that do not exist, and patterns of tests that no gate asks for: neither would ever block anything."""
    gates = packaged_gates()
    tests = {pattern.partition("/")[0] for gate in gates.values() for pattern in gate.about}
    patterns = {p for by_mode in changed.values() for listed in by_mode.values() for p in listed}
    lost = {p for p in patterns if not any(fnmatchcase(test, p.partition("/")[0]) for test in tests)}
    return sorted((changed.keys() - gates.keys()) | lost)


def gate_results(statistics: Sequence[Statistic], mode: Mode, changed: Blocking) -> list[GateResult]:
    """One result a gate, in the order of `gates.yaml`.

    The released stage and the control releases answer. A gate of which nothing is judged in the mode is STATED.
    """
    asked = [s for s in statistics if s.stage == RELEASED.name or s.test == CONTROL_RELEASE]
    answers = {s.id: gate_of(s.name, mode, changed) or gate_about(s.name) for s in asked}
    results = []
    for name, gate in packaged_gates().items():
        about = [s for s in asked if answers[s.id] == name]
        judged = [s for s in about if s.status != "STATED"]
        blocking = any(s.blocking for s in judged)
        status: Status = next((status for status in _WORST_FIRST if any(s.status == status for s in judged)), "STATED")
        sentence = _sentence(status, judged, "blocking statistics" if blocking else "statistics (advice)", len(about))
        results.append(GateResult(name, gate.title, gate.asks, status, blocking, sentence, tuple(s.id for s in about)))
    return results


def _matches(statistic: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(statistic, pattern) for pattern in patterns)


def _sentence(status: Status, judged: Sequence[Statistic], what: str, measured: int) -> str:
    if status == "STATED":
        return f"Stated, not passed: nothing of it blocks here; {measured} statistics are measured."
    bad = [s for s in judged if s.status == status and status != "PASS"]
    if bad:
        return f"{len(bad)} of {len(judged)} {what}: {bad[0].sentence}"
    return f"{len(judged)} {what} pass; {measured - len(judged)} more are stated."
