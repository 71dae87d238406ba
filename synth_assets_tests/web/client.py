"""What a browser or a stranger on the machine can ask of a running webserver: GraphQL, and the report endpoints."""

import time
from typing import Any

import httpx

LOCATION = {"repositoryLocationName": "synth_assets", "repositoryName": "__repository__"}
FINAL = {"SUCCESS", "FAILURE", "CANCELED"}

_LAUNCH = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }
"""
_BACKFILL = """
mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
_BACKFILL_STATE = """
query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status runs { runId status tags { key value } } } ... on PythonError { message } } }
"""
_EVENTS = """
query($run: ID!) { logsForRun(runId: $run, limit: 1000) { ... on EventConnection { events {
  __typename
  ... on MessageEvent { message stepKey }
  ... on ExecutionStepFailureEvent { error { message errorChain { error { message } } } }
} } } }
"""
_CHECK = """
query($asset: AssetKeyInput!, $check: String!, $partition: String) {
  assetCheckExecutions(assetKey: $asset, checkName: $check, partition: $partition, limit: 1) {
    status partition evaluation { success severity description } } }
"""
_STATUSES = """
query($asset: AssetKeyInput!, $check: String!) { assetNodeOrError(assetKey: $asset) { ... on AssetNode {
  assetCheckOrError(checkName: $check) { ... on AssetCheck { partitionStatuses {
    ... on AssetCheckMultiPartitionStatuses { primaryDimensionName ranges { primaryDimStartKey primaryDimEndKey
      secondaryDim { ... on AssetCheckDefaultPartitionStatuses {
        succeededPartitions failedPartitions executionFailedPartitions } } } } } } } } } }
"""


class Client:
    """Talks to the webserver on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def ready(self) -> bool:
        try:
            return self._http.get("/server_info").status_code == 200
        except httpx.TransportError:
            return False

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self._http.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def launch(self, partition: str, *stages: str) -> str:
        """Launch a run of the job for one partition, as the launch button does; its id."""
        params = {
            "selector": {**LOCATION, "jobName": "factory", "assetSelection": [{"path": [s]} for s in stages]},
            "runConfigData": {"loggers": {"terminal": {}}},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
        }
        answer = self.ask(_LAUNCH, params=params)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return answer["run"]["runId"]

    def wait(self, run_id: str, seconds: float = 240) -> str:
        """The final status of a run, or the one it has when time is up."""
        query = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
        deadline = time.monotonic() + seconds
        while True:
            status = self.ask(query, id=run_id)["runOrError"]["status"]
            if status in FINAL or time.monotonic() > deadline:
                return status
            time.sleep(0.5)

    def tags(self, run_id: str) -> dict[str, str]:
        query = "query($id: ID!) { runOrError(runId: $id) { ... on Run { tags { key value } } } }"
        return {tag["key"]: tag["value"] for tag in self.ask(query, id=run_id)["runOrError"]["tags"]}

    def events(self, run_id: str) -> list[dict[str, Any]]:
        return self.ask(_EVENTS, run=run_id)["logsForRun"]["events"]

    def check_result(self, stage: str, name: str, partition: str) -> dict[str, Any]:
        """The latest result of a check for one partition."""
        found = self.ask(_CHECK, asset={"path": [stage]}, check=name, partition=partition)
        (execution,) = found["assetCheckExecutions"]
        return execution

    def check_partitions(self, stage: str, name: str) -> dict[str, set[str]]:
        """By status, the partitions that the page of a check counts, as "day|source" of the first day of each range."""
        found = self.ask(_STATUSES, asset={"path": [stage]}, check=name)
        statuses = found["assetNodeOrError"]["assetCheckOrError"]["partitionStatuses"]
        assert statuses["primaryDimensionName"] == "day"
        return {
            status: {
                f"{days['primaryDimStartKey']}|{source}"
                for days in statuses["ranges"]
                for source in days["secondaryDim"][f"{status}Partitions"]
            }
            for status in ("succeeded", "failed", "executionFailed")
        }

    def backfill(self, partitions: list[str], *stages: str) -> str:
        params = {"assetSelection": [{"path": [s]} for s in stages], "partitionNames": partitions}
        answer = self.ask(_BACKFILL, params=params)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        return answer["backfillId"]

    def wait_backfill(self, backfill_id: str, seconds: float) -> dict[str, Any]:
        """The backfill once it has ended, or as it is when time is up."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.ask(_BACKFILL_STATE, id=backfill_id)["partitionBackfillOrError"]
            if not state["status"].startswith(("REQUESTED", "CANCELING", "FAILING")) or time.monotonic() > deadline:
                return state
            time.sleep(1)

    def report(self, what: str, asset: str, **values: str) -> int:
        """Report an event that never happened, as any web page the user visits could; the HTTP status."""
        headers = {"Origin": "http://elsewhere.example"}
        return self._http.post(f"/report_{what}/{asset}", params=values, headers=headers).status_code
