"""The attacks that the modules of `synth_assets.privacy.attacks` declare."""

import re
from functools import cache

from resources.discovery import discover_records
from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.results import Counted


@cache
def attacks() -> tuple[Attack, ...]:
    """All attacks, in the order of the report."""
    return tuple(sorted(discover_records("synth_assets.privacy.attacks", Attack), key=lambda attack: attack.order))


def run_attacks(release: Release) -> list[Counted]:
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
