"""The record of an attack: everything that the rest of the report knows of it.

An attack is one module below `synth_assets.privacy.attacks` with an `Attack` at its top level, and an entry in
`gates.yaml` that says which gate its statistics answer.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.results import Counted
from synth_assets.privacy.stages import EVERYWHERE

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
    run: Callable[[Release], Iterable[Counted]]
    titles: Mapping[str, str]
    stages: tuple[str, ...] = EVERYWHERE
    identity: tuple[str, ...] = ()
    answers: Mapping[Criterion, str] = field(default_factory=dict)
