"""One record an attack: everything that the rest of the report knows of it.

An attack is one module below `synth_assets.privacy.attacks` with an `Attack` at its top level, and an entry in
`gates.yaml` that says which gate its statistics answer.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from resources.discovery import discover_records
from synth_assets.privacy.results import Counted
from synth_assets.privacy.stages import EVERYWHERE

if TYPE_CHECKING:
    from synth_assets.privacy.evidence.release import Release

Criterion = Literal["Singling out", "Linkability", "Inference"]
"""The criteria of anonymization of WP216."""


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        title: a noun phrase.
        asks: the question it answers.
        order: place among all attacks in the report.
        run: counts on a release.
        titles: by pattern (test/slice) of its statistics, what the page calls them; the first match counts. `{}`
            stands for what `*` matched, in capitals.
        stages: what it runs on: stages and control releases.
        identity: patterns (test/slice) of statistics that show who somebody is. Leaks are ranked by them.
        answers: by criterion of WP216, the pattern (test/slice) of the statistics that answer it.
    """

    title: str
    asks: str
    order: int
    run: Callable[["Release"], Iterable[Counted]]
    titles: Mapping[str, str]
    stages: tuple[str, ...] = EVERYWHERE
    identity: tuple[str, ...] = ()
    answers: Mapping[Criterion, str] = field(default_factory=dict)


@cache
def attacks() -> tuple[Attack, ...]:
    """All attacks, in the order of the report."""
    return tuple(sorted(discover_records("synth_assets.privacy.attacks", Attack), key=lambda attack: attack.order))


def run_attacks(release: "Release") -> list[Counted]:
    """What all attacks that run on the stage of a release count on it."""
    return [counted for attack in attacks() if release.stage in attack.stages for counted in attack.run(release)]


def title_of(statistic: str) -> str | None:
    """What the page calls a statistic (test/slice) of an attack; None for other statistics."""
    for attack in attacks():
        for pattern, title in attack.titles.items():
            match = re.fullmatch(re.escape(pattern).replace(r"\*", "(.+)"), statistic)
            if match:
                return title.format(*(group.upper() for group in match.groups()))
    return None
