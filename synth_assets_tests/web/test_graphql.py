"""What the UI shows and starts, and that nothing a client can report opens the gate."""

import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.lineage import STAGES
from synth_assets.release.build import RELEASE
from synth_assets_tests.web.client import LOCATION
from synth_assets_tests.web.servers import GOOD, MARKER, SMALL, Served, key

pytestmark = [pytest.mark.web, pytest.mark.models]

REPOSITORY_QUERY = """
query($selector: RepositorySelector!) {
  workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename } } } }
  repositoryOrError(repositorySelector: $selector) { ... on Repository {
    jobs { name } schedules { name } sensors { name }
    assetNodes { assetKey { path } groupName description isPartitioned
      assetChecksOrError { ... on AssetChecks { checks { name description blocking } } } } } }
}
"""


def published(served: Served, day: str) -> set[str]:
    lake = Factory.open(served.home).lake
    return {stage for stage in STAGES if lake.published(stage, Partition(source="tickets", day=day))}


def test_the_location_loads_with_assets_checks_and_job(served: Served) -> None:
    found = served.client.ask(REPOSITORY_QUERY, selector=LOCATION)
    (entry,) = found["workspaceOrError"]["locationEntries"]
    assert (entry["name"], entry["loadStatus"]) == ("synth_assets", "LOADED")
    assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation"
    repository = found["repositoryOrError"]
    assert {"factory", "reaudit"} <= {j["name"] for j in repository["jobs"]}
    assert {s["name"] for s in repository["schedules"]} == {"nightly", "weekly_reaudit"}
    assert {"new_documents", "automation"} <= {s["name"] for s in repository["sensors"]}
    nodes = {n["assetKey"]["path"][0]: n for n in repository["assetNodes"]}
    assert set(nodes) == {*STAGES, RELEASE, "adapted_masked_lm"}
    optional = nodes.pop("adapted_masked_lm")
    assert optional["isPartitioned"] and optional["groupName"] == "adaptation" and len(optional["description"]) > 40
    for node in nodes.values():
        assert node["isPartitioned"]
        assert node["groupName"] == "factory"
        assert len(node["description"]) > 40
        checks = node["assetChecksOrError"]["checks"]
        assert any(c["blocking"] for c in checks)
        assert all(c["description"] for c in checks)


def test_a_run_started_from_the_ui_publishes_and_says_nothing_of_the_documents(served: Served) -> None:
    run = served.client.launch(key(GOOD), "raw_corpus", "masked_corpus")
    assert served.client.wait(run) == "SUCCESS"
    assert published(served, GOOD) == {"raw_corpus", "masked_corpus"}

    for stage, check in (("raw_corpus", "ids_are_unique"), ("masked_corpus", "no_direct_identifiers")):
        shown = served.client.check_result(stage, check, key(GOOD))
        assert shown["status"] == "SUCCEEDED"
        assert shown["evaluation"]["success"]
        assert len(shown["evaluation"]["description"].split()) > 3
        assert served.client.check_partitions(stage, check) == {
            "succeeded": {key(GOOD)}, "failed": set(), "executionFailed": set()
        }  # fmt: skip

    raw = Factory.open(served.home).lake.read("raw_corpus", Partition(source="tickets", day=GOOD)).column("text")
    assert any(MARKER in text for text in raw.to_pylist())
    messages = [e["message"] or "" for e in served.client.events(run) if "message" in e]
    assert any("published" in m for m in messages)
    assert not [m for m in messages if MARKER in m]
    files = [p for p in served.dagster_home.rglob("*") if p.is_file()]
    assert any(run in str(p) for p in files)
    assert not [p.name for p in files if MARKER.encode() in p.read_bytes()]


def test_a_forged_pass_opens_nothing(served: Served) -> None:
    refused = served.client.launch(key(SMALL), "raw_corpus", "masked_corpus")
    assert served.client.wait(refused) == "FAILURE"
    shown = served.client.check_result("masked_corpus", "has_rows", key(SMALL))
    assert shown["status"] == "FAILED"
    assert shown["evaluation"]["severity"] == "ERROR"
    assert key(SMALL) in served.client.check_partitions("masked_corpus", "has_rows")["failed"]
    (failure,) = [e["error"]["message"] for e in served.client.events(refused) if e.get("error")]
    assert "masked_corpus is refused by its gate. has_rows: " in failure
    assert "synth_assets/refused" in served.client.tags(refused)
    assert published(served, SMALL) == {"raw_corpus"}

    forged = {"check_name": "has_rows", "passed": "true", "partition": key(SMALL)}
    assert served.client.report("asset_check", "masked_corpus", **forged) == 200
    assert served.client.report("asset_materialization", "masked_corpus", partition=key(SMALL)) == 200
    query = "query($k: AssetKeyInput!, $p: [String!]) { assetNodeOrError(assetKey: $k) { ... on AssetNode { \
      latestMaterializationByPartition(partitions: $p) { partition } } } }"
    event = served.client.ask(query, k={"path": ["masked_corpus"]}, p=[key(SMALL)])["assetNodeOrError"]
    assert event["latestMaterializationByPartition"] == [{"partition": key(SMALL)}], "the forgery must be believed"

    child = served.client.launch(key(SMALL), "augmented_corpus")
    assert served.client.wait(child) == "FAILURE"
    errors = [e["error"] for e in served.client.events(child) if e.get("error")]
    assert any("UnpublishedError" in cause["error"]["message"] for e in errors for cause in e["errorChain"])
    assert published(served, SMALL) == {"raw_corpus"}
