"""Commands, sensor and schedule go on with the good sources, and name what they skip."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from resources.errors import DataError
from resources.home import Home
from synth_assets.cli import run as run_command
from synth_assets.cli.app import app
from synth_assets.cli.arrivals import NoDocumentsError, requested
from synth_assets.cli.doctor import CHECKS
from synth_assets.definitions import build_definitions
from synth_assets.partitions import DAYS, SOURCES, arrived, days

DAY, PERSON = "2026-01-05", "quarkwright"
FUTURE = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
EARLY = (
    "source letters: 1 file of days before 2026-01-01, the first day of the partitions: 2025-12-31 (1). "
    "Set SYNTH_ASSETS_FIRST_DAY to 2025-12-31 or earlier, or rename the folder."
)
NAMELESS = (
    "1 folder that cannot name a source: 'HR letters [old]' (1 file). Rename it with up to 64 letters, digits, '.', "
    "'_' and '-', the first a letter or a digit, or hide it with a '.' in front."
)
MISSING = "source archive: nothing is at the `path` that sources.yaml names, or it may not be opened. Correct it."


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("The committee met on Tuesday and agreed on the plan.")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with one good file, and beside it a bad day, a bad folder and a bad path."""
    home = Home(tmp_path / "home")
    write(home.sources / "letters" / DAY / "good.txt")
    write(home.sources / "letters" / "2025-12-31" / f"{PERSON}.txt")
    write(home.sources / "HR letters [old]" / DAY / f"{PERSON}.txt")
    home.sources_file.write_text(f"archive: {{path: {tmp_path / 'unmounted'}}}")
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(home.root))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.chdir(tmp_path)  # some commands work in DAGSTER_HOME
    return home


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


def command(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def test_days_are_those_that_have_partitions() -> None:
    assert days() == (DAYS.get_first_partition_key(), DAYS.get_last_partition_key())


def test_the_sensor_runs_the_good_and_warns_of_the_bad(
    home: Home, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    (sensor,) = [s for s in build_definitions(home).sensors or [] if s.name == "new_documents"]
    tick = sensor(dg.build_sensor_context(instance))
    assert [request.partition_key for request in tick.run_requests] == [f"{DAY}|letters"]
    assert [list(r.partition_keys) for r in tick.dynamic_partitions_requests] == [["letters"]]
    assert tick.skip_reason is None
    logged = capfd.readouterr().err
    for sentence in (NAMELESS, MISSING, EARLY):
        assert f"skipped: {sentence}" in logged
    again = sensor(dg.build_sensor_context(instance, cursor=tick.cursor))
    assert again.run_requests == []
    assert again.skip_reason == dg.SkipReason(f"No files are new or changed. Skipped: {NAMELESS} {MISSING} {EARLY}")


def test_the_schedule_runs_the_good_and_warns_of_the_bad(
    home: Home, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    (schedule,) = [s for s in build_definitions(home).schedules or [] if s.name == "nightly"]
    (request,) = schedule(dg.build_schedule_context(instance, datetime(2026, 1, 6, 2, tzinfo=UTC)))
    assert request.partition_key == f"{DAY}|letters"
    logged = capfd.readouterr().err
    for sentence in (NAMELESS, MISSING, EARLY):
        assert f"skipped: {sentence}" in logged
    (skipped,) = schedule(dg.build_schedule_context(instance, datetime(2026, 1, 1, 2, tzinfo=UTC)))
    assert skipped == dg.SkipReason("no files of 2025-12-31")
    assert instance.get_dynamic_partitions(SOURCES) == ["letters"]


def test_doctor_is_wrong_where_something_is_skipped(home: Home) -> None:
    with pytest.raises(DataError) as caught:
        CHECKS["sources"](home)
    counts = f"1 sources, 1 partitions with files under {home.sources}"
    assert str(caught.value) == f"{counts}. Skipped: {NAMELESS} {MISSING} {EARLY}"


def test_doctor_prints_names_of_folders_as_they_are(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_assets.cli.doctor.CHECKS", {"sources": CHECKS["sources"]})
    shown = command("doctor", code=1)
    assert shown.startswith("wrong sources: 1 sources, 1 partitions")
    assert NAMELESS in shown


def test_status_lists_what_is_skipped(home: Home) -> None:
    assert command("status").splitlines()[-3:] == [f"skipped {s}" for s in (NAMELESS, MISSING, EARLY)]


def test_run_names_what_is_skipped_and_runs_the_rest(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: Home) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_command, "open_instance", stop)
    for program in (["run"], ["ui"]):
        shown = CliRunner().invoke(app, program).output.splitlines()
        assert [line for line in shown if line.startswith("skipped")] == [
            f"skipped {s}" for s in (NAMELESS, MISSING, EARLY)
        ]
    wanted = requested(home, arrived(home, {}), (), "")
    assert [partition.key for partition in wanted] == [f"{DAY}|letters"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["2025-12-31|letters"],
            "2025-12-31|letters: the first day that has partitions is 2026-01-01: set SYNTH_ASSETS_FIRST_DAY to "
            "2025-12-31 or earlier",
        ),
        ([f"{FUTURE}|letters"], f"{FUTURE}|letters: the last day that has partitions is today, {days()[1]} in UTC"),
        ([f"{DAY}|letters", f"{DAY}|leters"], "no files for source 'leters' under {sources}, did you mean 'letters'?"),
        (["--source", "leters"], "no files for source 'leters' under {sources}, did you mean 'letters'?"),
        (["--source", "zzz"], "no files for source 'zzz' under {sources}."),
        (["--source", "archive"], f"no files for source 'archive' under {{sources}}. Skipped: {MISSING}"),
    ],
)
def test_run_refuses_what_cannot_be_run_before_dagster_hears_of_it(
    home: Home, arguments: list[str], sentence: str
) -> None:
    result = CliRunner().invoke(app, ["run", *arguments])
    assert isinstance(result.exception, DataError)
    assert str(result.exception) == sentence.format(sources=home.sources)
    assert not (home.root.parent / "dagster").exists()


def test_run_says_where_it_looked_if_nothing_arrived(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for folder in ("sources", "sources/letters"):
        with pytest.raises(NoDocumentsError) as caught:
            requested(home, arrived(home, {}), (), "")
        assert str(caught.value) == (
            f"no documents in {home.sources}: looked for "
            "<source>/[<YYYY-MM-DD>/]*{.parquet,.jsonl,.ndjson,.txt,.csv,.tsv}. Put some there, or use --sample."
        )
        (tmp_path / folder).mkdir()
    write(home.sources / "letters" / "2025-12-31" / f"{PERSON}.txt")
    with pytest.raises(NoDocumentsError) as caught:
        requested(home, arrived(home, {}), [f"{DAY}|letters"], "")
    assert str(caught.value).endswith(f"Put some there, or use --sample. Skipped: {EARLY}")
    assert PERSON not in str(caught.value)
