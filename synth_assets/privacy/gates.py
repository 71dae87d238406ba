"""Which statistics answer which question, and in which profile a bad answer blocks. How one is judged: `judge`.

The gates stand in `gates.yaml`. G11 of the field's lists, completeness, is no gate of its own here: whatever a gate
asks about and could not be measured is UNAVAILABLE, and that blocks as a failure does.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from resources.config import StrictModel

Profile = Literal["de-identified", "differentially-private"]
GateName = Literal["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10", "G12", "G13"]
Blocking = Mapping[GateName, Mapping[Profile, tuple[str, ...]]]


TESTS = frozenset(
    {
        "attribute_inference",
        "audit",
        "canaries",
        "control_release",
        "history",
        "identifier_replay",
        "k_anonymity",
        "ledger",
        "linkability",
        "membership",
        "near_copies",
        "nearest_neighbors",
        "reidentification",
        "singling_out",
        "surrogates",
        "utility",
        "verbatim_windows",
    }
)
"""Every test of the report."""


class Gate(StrictModel):
    """One question to a release, the patterns (test/slice) of the statistics about it, and by profile what blocks."""

    title: str
    asks: str
    about: tuple[str, ...]
    blocks: Mapping[Profile, tuple[str, ...]]


@cache
def packaged_gates() -> Mapping[GateName, Gate]:
    """The gates of `gates.yaml`, in its order."""
    text = files("synth_assets.privacy").joinpath("gates.yaml").read_text(encoding="utf-8")
    return {name: Gate.model_validate(body) for name, body in yaml.safe_load(text).items()}


def gate_of(test: str, name: str, profile: Profile, changed: Blocking) -> GateName | None:
    """The gate that a statistic `test`/`name` can block in this profile, or None where it is only stated."""
    for gate, body in packaged_gates().items():
        patterns = changed.get(gate, {}).get(profile, body.blocks[profile])
        if any(fnmatchcase(f"{test}/{name}", pattern) for pattern in patterns):
            return gate
    return None


def gate_about(test: str, name: str) -> GateName | None:
    """The gate whose question a statistic answers, whether it blocks there or not; None for utility."""
    for gate, body in packaged_gates().items():
        if any(fnmatchcase(f"{test}/{name}", pattern) for pattern in body.about):
            return gate
    return None


def unknown_tests(changed: Blocking) -> list[str]:
    """Patterns whose test does not exist, so that they would never block anything."""
    patterns = {p for by_profile in changed.values() for listed in by_profile.values() for p in listed}
    return sorted(p for p in patterns if not any(fnmatchcase(test, p.partition("/")[0]) for test in TESTS))
