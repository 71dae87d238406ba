"""The re-audit of a partition: what is published is audited again, and nothing is published."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.event_api import PartitionKeyFilter

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.checks.reaudit import STILL_PASSES
from synth_assets.definitions import build_definitions
from synth_assets.lineage import STAGES
from synth_assets.partitions import SOURCES, partition_key
from synth_assets_tests.graph.homes import DAY, Runner

pytestmark = [pytest.mark.graph, pytest.mark.models]
PIECE = Partition(source="tickets", day=DAY)


def reaudit(runner: Runner) -> dict[str, tuple[bool, str]]:
    """By stage, what Dagster now shows for the check of the partition."""
    job = build_definitions(runner.home).resolve_job_def("reaudit")
    result = job.execute_in_process(instance=runner.instance, partition_key=partition_key(PIECE))
    assert not result.get_asset_materialization_events()
    found = {}
    for stage in STAGES:
        key = dg.AssetCheckKey(dg.AssetKey(stage), STILL_PASSES)
        for record in runner.instance.event_log_storage.get_asset_check_execution_history(
            key, limit=1, partition_filter=PartitionKeyFilter(key=str(partition_key(PIECE)))
        ):
            evaluation = record.event.dagster_event.asset_check_evaluation_data
            found[stage] = evaluation.passed, evaluation.description
    return found


def test_a_reaudit_reads_what_is_published_with_the_suite_of_today(
    runner: Runner, break_suite: Callable[[str], None]
) -> None:
    assert runner.run("raw_corpus").success
    before = runner.versions()
    ((stage, (passed, sentence)),) = reaudit(runner).items()
    assert stage == "raw_corpus"
    assert passed
    assert "expectations hold" in sentence

    break_suite("raw_corpus")
    assert not reaudit(runner)["raw_corpus"][0]
    assert runner.versions() == before


def test_a_damaged_version_fails_its_check_and_the_other_stages_are_audited(runner: Runner) -> None:
    assert runner.run("raw_corpus", "masked_corpus").success
    (path,) = Factory.open(runner.home).lake.files("raw_corpus", PIECE)
    damaged = bytearray(Path(path).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    Path(path).chmod(0o600)
    Path(path).write_bytes(damaged)
    found = reaudit(runner)
    assert not found["raw_corpus"][0]
    assert found["masked_corpus"][0]
    assert "expectations hold" in found["masked_corpus"][1]


def test_the_weekly_schedule_audits_what_is_published(runner: Runner) -> None:
    schedule = build_definitions(runner.home).resolve_schedule_def("weekly_reaudit")
    sunday = datetime(2026, 1, 11, 4, tzinfo=UTC)
    with dg.instance_for_test() as instance:  # a context of a schedule takes no ephemeral one
        runner.instance = instance

        def requests() -> list[dg.RunRequest]:
            with dg.build_schedule_context(instance, sunday) as context:
                return [found for found in schedule(context) if isinstance(found, dg.RunRequest)]

        assert requests() == []
        assert runner.run("raw_corpus").success
        (request,) = requests()
        assert request.partition_key == str(partition_key(PIECE))
        assert request.run_key == f"{partition_key(PIECE)}:2026-01-11"
        instance.delete_dynamic_partition(SOURCES, "tickets")
        assert requests() == []
