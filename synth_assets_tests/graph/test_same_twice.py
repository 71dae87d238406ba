"""The same inputs, seed and key give the same data version for every stage, and the release the same bytes."""

from pathlib import Path

import dagster as dg
import pytest

from synth_assets.records import STAGES
from synth_assets_tests.graph.conftest import Runner, make_home

pytestmark = [pytest.mark.graph, pytest.mark.models]


def test_two_runs_in_two_homes_are_equal(tmp_path: Path, documents: list[dict]) -> None:
    outcomes = []
    for name in ("one", "two"):
        with dg.DagsterInstance.ephemeral() as instance:
            runner = Runner(make_home(tmp_path / name, documents), instance)
            result = runner.run(*STAGES)
            assert result.success
            versions = {
                e.asset_key.to_user_string(): e.materialization.tags["dagster/data_version"]
                for e in result.get_asset_materialization_events()
            }
            outcomes.append((runner.versions(), versions))
    assert set(outcomes[0][0]) == set(STAGES)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == outcomes[0][1]
