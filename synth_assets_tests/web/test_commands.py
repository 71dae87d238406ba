"""The commands people type, and a fresh install, where no document has arrived yet."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from resources.home import Home
from synth_assets.definitions import build_definitions
from synth_assets.lineage import STAGES
from synth_assets.partitions import SOURCES
from synth_assets_tests.graph.homes import REPOSITORY, make_dagster_home, make_own_dagster_home
from synth_assets_tests.web.client import LOCATION, Client
from synth_assets_tests.web.servers import (
    CLI,
    GOOD,
    Processes,
    environment,
    free_port,
    web_home,
)

pytestmark = pytest.mark.web
BIN = Path(sys.executable).parent


COMMANDS = ("dg check defs", "dg list defs", "dagster definitions validate -w workspace.yaml")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, str]]:
    """Exit status and output of each command; all run at once."""
    running = {}
    for command in COMMANDS:
        root = tmp_path_factory.mktemp("command")
        env = {**environment(Home(root / "home"), make_own_dagster_home(root / "dagster")), "COLUMNS": "200"}
        program, *arguments = command.split()
        running[command] = subprocess.Popen(
            [str(BIN / program), *arguments],
            cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    outputs = {command: process.communicate(timeout=240) for command, process in running.items()}
    return {command: (running[command].returncode, *output) for command, output in outputs.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_project_loads_from_the_command_line(command: str, answers: dict[str, tuple[int, str, str]]) -> None:
    status, output, errors = answers[command]
    assert status == 0, errors[-2000:]
    if command == "dg list defs":
        assert all(stage in output for stage in STAGES)


def assert_the_project_is_served(processes: Processes, client: Client) -> None:
    processes.wait_for(client)
    query = "query($s: RepositorySelector!) { repositoryOrError(repositorySelector: $s) { __typename } }"
    assert client.ask(query, s=LOCATION)["repositoryOrError"]["__typename"] == "Repository"


def test_the_development_servers_serve_the_project(tmp_path: Path) -> None:
    """`dagster dev` and `dg dev`, started at once."""
    commands = (
        ["dagster", "dev", "-w", str(REPOSITORY / "workspace.yaml"), "-p"],
        ["dg", "dev", "--target-path", str(REPOSITORY), "--port"],
    )
    running = []
    for program, *arguments in commands:
        root, port = tmp_path / program, free_port()
        env = environment(Home(root / "home"), make_own_dagster_home(root / "dagster"))
        running.append((Processes([[str(BIN / program), *arguments, str(port)]], env, root), Client(port)))
    try:
        for processes, client in running:
            assert_the_project_is_served(processes, client)
    finally:
        for processes, _ in running:
            processes.stop()


def test_a_fresh_install_serves_and_a_terminated_ui_leaves_nothing_behind(tmp_path: Path) -> None:
    home, dagster_home, port = Home(tmp_path / "home"), make_dagster_home(tmp_path / "dagster"), free_port()
    processes = Processes([[CLI, "ui", "--port", str(port)]], environment(home, dagster_home), tmp_path)
    client = Client(port)
    try:
        assert_the_project_is_served(processes, client)
    finally:
        left = processes.stop(signal.SIGTERM)
    assert not left
    assert processes.returncodes() == [0]
    assert (dagster_home / ".dagster" / "storage").is_dir(), "history belongs to DAGSTER_HOME"
    assert not client.ready()


def watchers(home: Home) -> tuple[dg.SensorDefinition, dg.ScheduleDefinition]:
    defs = build_definitions(home)
    (sensor,) = [s for s in defs.sensors or [] if s.name == "new_documents"]
    (schedule,) = [s for s in defs.schedules or [] if s.name == "nightly"]
    return sensor, schedule


def test_sensor_and_schedule_wait_for_the_first_document(tmp_path: Path) -> None:
    home = Home(tmp_path / "nothing")
    sensor, schedule = watchers(home)
    with dg.instance_for_test() as instance:
        schedule_context = dg.build_schedule_context(instance, datetime(2026, 1, 6, 2, tzinfo=UTC))
        for _ in range(2):
            tick = sensor(dg.build_sensor_context(instance))
            assert (tick.run_requests, tick.dynamic_partitions_requests) == ([], [])
            (skipped,) = schedule(schedule_context)
            assert isinstance(skipped, dg.SkipReason)
            home.sources.mkdir(parents=True, exist_ok=True)


def test_sensor_and_schedule_ask_for_what_arrived(tmp_path: Path) -> None:
    home = web_home(tmp_path / "home")
    sensor, schedule = watchers(home)
    with dg.instance_for_test() as instance:
        first = sensor(dg.build_sensor_context(instance))
        assert [r.partition_key for r in first.run_requests] == [f"2026-01-0{n}|tickets" for n in (5, 6, 7)]
        assert [(r.partitions_def_name, list(r.partition_keys)) for r in first.dynamic_partitions_requests] == [
            (SOURCES, ["tickets"])
        ]
        again = sensor(dg.build_sensor_context(instance, cursor=first.cursor))
        assert not again.run_requests
        file = home.sources / "tickets" / GOOD / "documents.jsonl"
        os.utime(file, (0, 0))
        changed = sensor(dg.build_sensor_context(instance, cursor=first.cursor))
        assert [r.partition_key for r in changed.run_requests] == [f"{GOOD}|tickets"]
        night = dg.build_schedule_context(instance, datetime(2026, 1, 6, 2, tzinfo=UTC))
        (request,) = schedule(night)
        assert request.partition_key == f"{GOOD}|tickets"
        assert instance.get_dynamic_partitions(SOURCES) == ["tickets"]
