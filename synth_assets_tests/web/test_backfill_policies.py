"""A backfill whose assets have different policies: where Dagster's own blocking checks let the child through."""

import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets_tests.web.servers import BROKEN, GOOD, MARKER, Served, key

pytestmark = [pytest.mark.web, pytest.mark.models]

POLICIES = """
{ assetNodes(assetKeys: [{path: ["raw_corpus"]}, {path: ["masked_corpus"]}]) {
  assetKey { path } backfillPolicy { policyType } } }
"""


def test_the_bad_partition_is_published_for_no_asset(mixed: Served) -> None:
    nodes = mixed.client.ask(POLICIES)["assetNodes"]
    policies = {n["assetKey"]["path"][0]: (n["backfillPolicy"] or {}).get("policyType") for n in nodes}
    assert policies == {"raw_corpus": None, "masked_corpus": "SINGLE_RUN"}

    state = mixed.client.wait_backfill(mixed.backfill, seconds=150)
    assert state["status"] == "COMPLETED_FAILED", state
    assert sorted(run["status"] for run in state["runs"]) == ["FAILURE", "SUCCESS", "SUCCESS"]
    lake = Factory.open(mixed.home).lake
    for stage in ("raw_corpus", "masked_corpus"):
        assert lake.published(stage, Partition(source="tickets", day=GOOD))
        assert lake.published(stage, Partition(source="tickets", day=BROKEN)) is None
    assert mixed.client.check_result("raw_corpus", "has_rows", key(GOOD))["status"] == "SUCCEEDED"
    assert not [run for run in state["runs"] if MARKER in str(mixed.client.events(run["runId"]))]
