"""The stages, in the order in which a partition passes through them."""

from collections.abc import Mapping
from dataclasses import replace
from graphlib import TopologicalSorter

from resources.discovery import discover_records
from synth_assets.factory.stage import EVERY_ATTACKED_STAGE, Stage


def discover_stages() -> dict[str, Stage]:
    """All stages declared in `synth_assets.stages`, by name, each after those that it reads."""
    declared = {stage.name: stage for stage in discover_records("synth_assets.stages", Stage)}
    attacked = tuple(name for name, stage in declared.items() if stage.attacked)
    known = {
        name: replace(stage, upstream=attacked) if stage.upstream == EVERY_ATTACKED_STAGE else stage
        for name, stage in declared.items()
    }
    order = TopologicalSorter({name: sorted(stage.upstream) for name, stage in sorted(known.items())}).static_order()
    ranked = {name: known[name] for name in order}
    # What reads everything lists it in the order of the lineage.
    return {
        name: replace(stage, upstream=tuple(n for n in ranked if n in stage.upstream)) for name, stage in ranked.items()
    }


STAGES: Mapping[str, Stage] = discover_stages()
ATTACKED = tuple(name for name, stage in STAGES.items() if stage.attacked)
"""The stages that the privacy report attacks."""
