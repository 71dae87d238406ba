"""No road leads to unaudited data: child alone, automation, override expiry, tampering, stale pins."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from resources.errors import UnpublishedError
from resources.factory import Factory
from resources.lake.model import OverrideNote, Partition
from resources.lake.overrides import Override
from synth_assets.cli.run import run_partitions
from synth_assets.definitions import build_definitions
from synth_assets.partitions import partition_key
from synth_assets.release.build import build_release
from synth_assets_tests.graph.homes import DAY, Runner, add_documents

pytestmark = [pytest.mark.graph, pytest.mark.models]
PIECE = Partition(source="tickets", day=DAY)


def failed_steps(result: dg.ExecuteInProcessResult) -> set[str]:
    return {e.step_key for e in result.all_events if e.is_step_failure}


def row_count_check(runner: Runner, stage: str) -> str:
    plan_suite = build_definitions(runner.home).resolve_asset_graph().get(dg.AssetKey(stage)).check_keys
    return next(k.name for k in plan_suite if "row" in k.name or "empty" in k.name)


def test_failed_audit_publishes_nothing_and_stops_every_later_run(
    runner: Runner, break_suite: Callable[[str], None]
) -> None:
    break_suite("masked_corpus")
    first = runner.run("raw_corpus", "masked_corpus", "augmented_corpus")
    assert not first.success
    assert "masked_corpus" in failed_steps(first)
    assert not first.asset_materializations_for_node("masked_corpus")
    assert any(not e.passed for e in first.get_asset_check_evaluations())
    lake = Factory.open(runner.home).lake
    assert lake.published("masked_corpus", PIECE) is None
    assert [q.stage for q in lake.quarantined()] == ["masked_corpus"]

    alone = runner.run("augmented_corpus")
    assert not alone.success
    assert failed_steps(alone) == {"augmented_corpus"}
    error = next(e for e in alone.all_events if e.is_step_failure).step_failure_data.error
    assert "UnpublishedError" in error.to_string()
    with pytest.raises(UnpublishedError, match="masked_corpus"):
        lake.read("masked_corpus", PIECE)


def test_last_good_version_serves_after_a_failed_republication(
    runner: Runner, break_suite: Callable[[str], None], documents: list[dict]
) -> None:
    assert runner.run("raw_corpus").success
    before = runner.versions()
    break_suite("raw_corpus")
    add_documents(runner.home, documents[:8])
    assert not runner.run("raw_corpus").success
    assert runner.versions() == before
    assert Factory.open(runner.home).lake.read("raw_corpus", PIECE).num_rows > 0


def test_automation_cannot_publish_past_a_failed_parent(runner: Runner, break_suite: Callable[[str], None]) -> None:
    """Automation may request the child; the data it needs was never published, so nothing comes of it."""
    assert runner.run("raw_corpus").success
    break_suite("masked_corpus")
    assert not runner.run("masked_corpus").success
    defs = build_definitions(runner.home)
    first = dg.evaluate_automation_conditions(defs, runner.instance)
    later = dg.evaluate_automation_conditions(defs, runner.instance, cursor=first.cursor)
    requested = {
        key.to_user_string()
        for tick in (first, later)
        for key in (dg.AssetKey("augmented_corpus"), dg.AssetKey("instruction_set"), dg.AssetKey("release"))
        if partition_key(PIECE) in tick.get_requested_partitions(key)
    }
    for stage in requested or {"augmented_corpus"}:
        assert not runner.run(stage).success
    assert set(runner.versions()) == {"raw_corpus"}


def test_override_is_visible_and_ends(
    runner: Runner, break_suite: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_suite("raw_corpus")
    assert not runner.run("raw_corpus").success
    check = row_count_check(runner, "raw_corpus")
    factory = Factory.open(runner.home)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    override = Override("raw_corpus", PIECE, check, "small pilot, agreed", "a.officer", tomorrow.isoformat())
    factory.overrides.add(override)

    result = runner.run("raw_corpus")
    assert result.success
    shown = next(e for e in result.get_asset_check_evaluations() if e.check_name == check)
    assert not shown.passed
    assert shown.severity is dg.AssetCheckSeverity.WARN
    assert "override" in shown.metadata
    manifest = factory.manifest("raw_corpus", PIECE)
    assert [(o.check, o.author) for o in manifest.overrides] == [(check, "a.officer")]

    expired = OverrideNote.expired
    monkeypatch.setattr(OverrideNote, "expired", lambda note, now: expired(note, now + timedelta(days=1)))
    with pytest.raises(UnpublishedError, match="expired"):
        factory.lake.read("raw_corpus", PIECE)
    assert not runner.run("raw_corpus").success
    assert not runner.run("masked_corpus").success


def test_release_refuses_without_a_report(runner: Runner) -> None:
    assert runner.run("raw_corpus").success
    with pytest.raises(UnpublishedError):
        build_release(Factory.open(runner.home), [PIECE])
    result = runner.run("release")
    assert not result.success
    assert not (runner.home.releases).exists() or not list(runner.home.releases.iterdir())


def test_a_failed_partition_sets_the_exit_code_and_does_not_stop_the_next(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dagster").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.chdir(tmp_path)  # the command works in DAGSTER_HOME
    nothing_arrived = "2026-01-06|tickets"
    assert run_partitions(runner.home, [nothing_arrived, PIECE.key], "", False, "raw_corpus") == 1
    assert set(runner.versions()) == {"raw_corpus"}
    assert run_partitions(runner.home, [PIECE.key], "", False, "raw_corpus") == 0


def test_an_error_before_the_gate_leaves_no_staged_file(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the rejected rows, which are raw."""

    def broken(*_: object) -> list:
        staged.extend((runner.home.root / "lake").rglob("*.parquet"))
        raise RuntimeError("out of order")

    staged: list[Path] = []
    assert runner.run("raw_corpus").success
    before = set((runner.home.root / "lake").rglob("*.parquet"))
    monkeypatch.setattr("synth_assets.stages.masked_corpus.audit", broken)
    assert failed_steps(runner.run("masked_corpus")) == {"masked_corpus"}
    assert len(set(staged) - before) == 2
    assert set((runner.home.root / "lake").rglob("*.parquet")) == before
    assert Factory.open(runner.home).lake.read("raw_corpus", PIECE).num_rows
