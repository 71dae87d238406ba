"""A backfill whose assets have different policies: where Dagster's own blocking checks let the child through."""

import pytest

from resources.lake import Slice
from synth_assets.factory import Factory
from synth_assets_tests.web.conftest import BROKEN, GOOD, Served, key

pytestmark = [pytest.mark.web, pytest.mark.models]

POLICIES = """
{ assetNodes(assetKeys: [{path: ["raw_corpus"]}, {path: ["masked_corpus"]}]) {
  assetKey { path } backfillPolicy { policyType } } }
"""


def test_the_bad_partition_is_published_for_no_asset(mixed: Served) -> None:
    nodes = mixed.client.ask(POLICIES)["assetNodes"]
    policies = {n["assetKey"]["path"][0]: n["backfillPolicy"]["policyType"] for n in nodes}
    assert policies == {"raw_corpus": "MULTI_RUN", "masked_corpus": "SINGLE_RUN"}

    backfill = mixed.client.backfill([key(GOOD), key(BROKEN)], "raw_corpus", "masked_corpus")
    state = mixed.client.wait_backfill(backfill, seconds=150)

    assert state["status"] == "COMPLETED_FAILED", state
    lake = Factory.open(mixed.home).lake
    for stage in ("raw_corpus", "masked_corpus"):
        assert lake.published(stage, Slice(source="tickets", day=GOOD))
        assert lake.published(stage, Slice(source="tickets", day=BROKEN)) is None
    assert sorted(run["status"] for run in state["runs"]) == ["FAILURE", "SUCCESS", "SUCCESS"]
