"""Running partitions from a terminal, and serving the UI, on the same run history."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import psutil
from filelock import FileLock
from rich.console import Console

from resources.errors import DataError, PolicyError
from resources.home import REPOSITORY, Home
from resources.lake.model import Partition
from synth_assets.lineage import STAGES
from synth_assets.partitions import FIRST_DAY, SOURCES, arrived, partition_key
from synth_assets.release.build import RELEASE
from synth_assets.sample.documents import SAMPLE

REFUSED = 2
"""Exit code of a run that ended at a privacy report that permits no release."""
PROCESS = "synth_assets/process"
ORDER = (*STAGES, RELEASE)


def run_partitions(home: Home, keys: Sequence[str], source: str, sample: bool, until: str) -> int:
    """Materialize partitions one after another; one that fails does not keep the next from running.

    Returns:
        Exit code: 0 if all got through, 2 if nothing but releases was refused, else 1.

    Raises:
        DataError: if there is nothing to run; PolicyError: for an unknown stage.
    """
    if until not in ORDER:
        raise PolicyError(f"unknown stage {until!r}: one of {', '.join(ORDER)}")
    console = Console(stderr=True)
    partitions = _sample(home) if sample else _wanted(home, keys, source)
    instance = open_instance(home)
    bury_killed_runs(instance)
    from synth_assets.definitions import build_definitions

    job = build_definitions(home).resolve_job_def("factory")
    selection = [dg.AssetKey(stage) for stage in ORDER[: ORDER.index(until) + 1]]
    outcomes = []
    for partition in partitions:
        console.rule(partition.key)
        instance.add_dynamic_partitions(SOURCES, [partition.source])
        start = time.monotonic()
        result = job.execute_in_process(
            instance=instance,
            partition_key=partition_key(partition),
            asset_selection=selection,
            raise_on_error=False,
            tags={PROCESS: _name(os.getpid())},
        )
        outcomes.append(_outcome(result))
        _report(console, home, partition, result, time.monotonic() - start)
    return 1 if 1 in outcomes else max(outcomes)


def _outcome(result: dg.ExecuteInProcessResult) -> int:
    failed = {e.step_key for e in result.all_events if e.is_step_failure}
    if result.success:
        return 0
    return REFUSED if failed == {RELEASE} else 1


def open_instance(home: Home) -> dg.DagsterInstance:
    """The Dagster instance whose history the UI shows: DAGSTER_HOME, or the repository's dagster.yaml.

    One process at a time may be the first: two that make the SQLite files at once can spoil them for good.
    """
    where = Path(os.environ.setdefault("DAGSTER_HOME", str(_dagster_home(home))))
    where.mkdir(parents=True, exist_ok=True)
    os.chdir(where)  # dagster.yaml names its folders relative to itself
    with FileLock(where / ".synth-assets.lock", timeout=120):
        return dg.DagsterInstance.get()


def bury_killed_runs(instance: dg.DagsterInstance) -> None:
    """Fail the runs of terminals whose process is gone, and free the pool slots they hold.

    A killed process can do neither, and without its slot back no later run would ever start a model stage.
    Runs that the UI launched are looked after by the daemon.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if PROCESS in run.tags and not _alive(run.tags[PROCESS]):
            instance.report_run_failed(run, "the process of this run is gone")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _name(pid: int) -> str:
    """A process id with its start, so that a number that is used again names another process."""
    return f"{pid}@{psutil.Process(pid).create_time():.2f}"


def _alive(name: str) -> bool:
    pid = int(name.partition("@")[0])
    return psutil.pid_exists(pid) and _name(pid) == name


def serve(home: Home, port: int) -> int:
    """Run webserver and daemon on 127.0.0.1 until interrupted."""
    from synth_assets.corpus.reading.sources import load_sources

    # The children stay in this folder: dagster.yaml is read there too, and names its folders relative to it.
    instance = open_instance(home)
    settings = load_sources(home.sources_file) if home.sources_file.is_file() else {}
    instance.add_dynamic_partitions(SOURCES, sorted({p.source for p in arrived(home, settings)}))
    workspace = ["-w", str(REPOSITORY / "workspace.yaml")]
    commands = [
        [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), *workspace],
        [sys.executable, "-m", "dagster._daemon", "run", *workspace],
    ]
    Console().print(f"[bold]http://127.0.0.1:{port}[/]  (Ctrl-C stops webserver and daemon)")
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a script may have started us with SIGINT ignored
        signal.signal(request, signal.default_int_handler)
    children = [_start(command) for command in commands]
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    for child in children:
        child.send_signal(signal.SIGINT)
    return max(child.wait(timeout=30) or 0 for child in children)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start in a session of its own: Ctrl-C must reach a child once, from `serve`, for it to end in order."""
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_listen_to_interrupts)  # noqa: S603


def _listen_to_interrupts() -> None:
    """Started from a script, a child would ignore SIGINT, and Dagster maps SIGTERM to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _dagster_home(home: Home) -> Path:
    return REPOSITORY if (REPOSITORY / "dagster.yaml").is_file() else home.root / "dagster"


def _sample(home: Home) -> list[Partition]:
    from synth_assets.sample.documents import write_sample

    write_sample(home.sources / SAMPLE / FIRST_DAY)
    return [Partition(source=SAMPLE, day=FIRST_DAY)]


def _wanted(home: Home, keys: Sequence[str], source: str) -> list[Partition]:
    from synth_assets.corpus.reading.files import discover
    from synth_assets.corpus.reading.sources import load_sources

    settings = load_sources(home.sources_file) if home.sources_file.is_file() else {}
    if keys:
        return [Partition.parse(key) for key in keys]
    found = [p for p in discover(home.sources, settings) if source in ("", p.source)]
    if not found:
        raise DataError(
            f"no files for source {source!r} under {home.sources}: put them in <source>/<YYYY-MM-DD>/, or use --sample"
        )
    return [Partition(source=p.source, day=p.day) for p in found]


def _report(
    console: Console, home: Home, partition: Partition, result: dg.ExecuteInProcessResult, seconds: float
) -> None:
    from resources.factory import Factory

    factory = Factory.open(home)
    failed = sorted({e.step_key for e in result.all_events if e.is_step_failure and e.step_key})
    console.print(
        f"\n{partition.key}: {seconds:,.0f} s" + (f", [red]stopped at {', '.join(failed)}[/]" if failed else "")
    )
    report = factory.lake.published("privacy_report", partition)
    if report is None or report.manifest is None:
        return
    passed = report.manifest.figures.get("verdict_passed")
    console.print(f"  verdict  [bold]{'[green]PASS' if passed else '[red]FAIL'}[/]  (gates and reasons on the page)")
    console.print(
        f"  report   {factory.attachment_uri(report.manifest.attachments['privacy_report.html'])}", soft_wrap=True
    )
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(RELEASE):
            folder = event.materialization.metadata["folder"].value
            console.print(f"  release  {folder}", soft_wrap=True)
    console.print("  next     [bold]make ui[/]  opens lineage, checks and history on http://127.0.0.1:3000")
