"""The same inputs, seed and key give the same data version for every stage, in whichever process and home."""

from pathlib import Path

import dagster as dg
import pytest

from synth_assets.lineage import STAGES
from synth_assets_tests.graph.homes import Runner, Watched, planted_home

pytestmark = [pytest.mark.graph, pytest.mark.models]


def versions_told(instance: dg.DagsterInstance) -> dict[str, str]:
    """The data version that Dagster shows for each stage."""
    latest = {stage: instance.get_latest_materialization_event(dg.AssetKey(stage)) for stage in STAGES}
    return {
        stage: event.asset_materialization.tags["dagster/data_version"]
        for stage, event in latest.items()
        if event and event.asset_materialization and event.asset_materialization.tags
    }


def test_two_runs_in_two_homes_are_equal(
    watched: Watched, tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as the first: sums in bf16 differ with the number of threads
    second = Runner(planted_home(tmp_path / "two"), instance)
    assert second.run(*STAGES).success
    versions = Runner(watched.home, instance).versions()
    assert set(versions) == set(STAGES)
    assert second.versions() == versions == versions_told(instance)
    monkeypatch.chdir(watched.root / "dagster")  # its dagster.yaml names folders relative to itself
    with dg.DagsterInstance.from_config(str(watched.root / "dagster")) as first:
        assert versions_told(first) == versions
