"""`synth-assets run` materializes partitions in this process; `synth-assets ui` serves the web UI.

Both use the same run history.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import dagster as dg
import psutil
from filelock import FileLock
from rich.console import Console

from resources.errors import PolicyError
from resources.factory import Factory
from resources.home import Home, checkout
from resources.lake.model import Partition
from synth_assets.cli.arrivals import print_skipped, requested
from synth_assets.corpus.reading.sources import load_sources
from synth_assets.lineage import STAGES
from synth_assets.modes import mode_of, mode_sentence
from synth_assets.partitions import FIRST_DAY, SOURCES, arrived, partition_key
from synth_assets.privacy.results import verdict_of
from synth_assets.release.build import RELEASE
from synth_assets.sample.documents import SAMPLE, write_sample

REFUSED = 2
"""Exit code of a run whose only failure is that the privacy report permits no release."""
PROCESS = "synth_assets/process"
ORDER = (*STAGES, RELEASE)
SETTINGS, WORKSPACE = (Path(__file__).with_name(name) for name in ("dagster.yaml", "workspace.yaml"))


def run_partitions(home: Home, keys: Sequence[str], source: str, sample: bool, until: str) -> int:
    """Materialize partitions one after another. A partition that fails does not stop the others.

    Args:
        home: The home that holds the documents.
        keys: Partitions, as `YYYY-MM-DD|source`. Empty for all partitions that have files.
        source: Only partitions of this source; "" for all.
        sample: Write the embedded sample to the home and run that instead.
        until: The last stage to run.

    Returns:
        The exit code: 0 if every partition succeeded, 2 if the only failures are refused releases, else 1.

    Raises:
        DataError: There is nothing to run, or a partition cannot exist or belongs to a source without files.
        PolicyError: There is no stage named `until`.
    """
    if until not in ORDER:
        raise PolicyError(f"unknown stage {until!r}: one of {', '.join(ORDER)}")
    console = Console(stderr=True)
    if sample:
        write_sample(home.sources / SAMPLE / FIRST_DAY)
        partitions = [Partition(SAMPLE, FIRST_DAY)]
    else:
        arrivals = arrived(home, load_sources(home.sources_file))
        partitions = requested(home, arrivals, keys, source)
        print_skipped(console, arrivals)
    instance = open_instance(home)
    fail_killed_runs(instance)
    from synth_assets.definitions import build_definitions

    job = build_definitions(home).resolve_job_def("factory")
    selection = [dg.AssetKey(stage) for stage in ORDER[: ORDER.index(until) + 1]]
    exit_codes = []
    for partition in partitions:
        console.rule(partition.key)
        instance.add_dynamic_partitions(SOURCES, [partition.source])
        start = time.monotonic()
        result = job.execute_in_process(
            instance=instance,
            partition_key=partition_key(partition),
            asset_selection=selection,
            raise_on_error=False,
            tags={PROCESS: _process_name(os.getpid())},
        )
        failed = sorted({e.step_key for e in result.all_events if e.is_step_failure and e.step_key})
        exit_codes.append(0 if result.success else REFUSED if failed == [RELEASE] else 1)
        stopped = f", [red]stopped at {', '.join(failed)}[/]" if failed else ""
        console.print(f"\n{partition.key}: {time.monotonic() - start:,.0f} s{stopped}")
        _print_outcome(console, home, partition, result)
    return 1 if 1 in exit_codes else max(exit_codes)


def _print_outcome(console: Console, home: Home, partition: Partition, result: dg.ExecuteInProcessResult) -> None:
    """Print the verdict, and where to find the report and the release."""
    factory = Factory.open(home)
    report = factory.lake.published("privacy_report", partition)
    if report is None or report.manifest is None:
        return
    verdict = verdict_of(report.manifest.figures)
    color = {"PASS": "green", "NOT MEASURABLE": "yellow"}.get(verdict, "red")
    page = factory.attachment_uri(report.manifest.attachments["privacy_report.html"])
    console.print(
        f"  verdict  [bold {color}]{verdict}[/]  (of what blocks; the rest is stated, not passed, in the report)"
    )
    console.print(f"  mode     {mode_sentence(mode_of(report.manifest.release))}", soft_wrap=True)
    console.print(f"  report   {page}", soft_wrap=True)
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(RELEASE):
            console.print(f"  release  {event.materialization.metadata['folder'].value}", soft_wrap=True)
    command = "make ui" if checkout() else "synth-assets ui"
    console.print(f"  next     [bold]{command}[/]  opens lineage, checks and history on http://127.0.0.1:3000")


def open_instance(home: Home) -> dg.DagsterInstance:
    """Open the Dagster instance that holds the run history, make its folder the current one, and set DAGSTER_HOME.

    An existing DAGSTER_HOME is used as it is. Without one, `Home.dagster` is used and gets the packaged settings.
    A lock admits one process at a time: two that create the SQLite files at once can corrupt them permanently.
    """
    configured = os.environ.get("DAGSTER_HOME")
    folder = Path(configured or home.dagster).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.chdir(folder)  # dagster.yaml may name folders relative to itself
    with FileLock(folder / ".synth-assets.lock", timeout=120):
        if not configured and not (folder / SETTINGS.name).exists():
            shutil.copy(SETTINGS, folder)
        return dg.DagsterInstance.get()


def fail_killed_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs from terminals as failed if their process is gone, and free their pool slots.

    A killed process cannot do either, and while it holds its slots no later run can start a model stage. The daemon
    does this for runs that the UI launched.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if PROCESS in run.tags and not _alive(run.tags[PROCESS]):
            instance.report_run_failed(run, "the process of this run is gone")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _process_name(pid: int) -> str:
    """Process id and start time, because the system reuses process ids."""
    return f"{pid}@{psutil.Process(pid).create_time():.2f}"


def _alive(name: str) -> bool:
    pid = int(name.partition("@")[0])
    return psutil.pid_exists(pid) and _process_name(pid) == name


def serve(home: Home, port: int) -> int:
    """Run the webserver and the daemon on 127.0.0.1 until interrupted; return the exit code."""
    arrivals = arrived(home, load_sources(home.sources_file))
    print_skipped(Console(stderr=True), arrivals)
    instance = open_instance(home)
    instance.add_dynamic_partitions(SOURCES, arrivals.sources)
    # The servers and the runs they launch start in DAGSTER_HOME and must find the same home from there.
    os.environ.update({"SYNTH_ASSETS_HOME": str(home.root), "SYNTH_ASSETS_LAKE": home.lake_url})
    workspace = ["-w", str(WORKSPACE)]
    commands = [
        [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), *workspace],
        [sys.executable, "-m", "dagster._daemon", "run", *workspace],
    ]
    Console().print(f"[bold]http://127.0.0.1:{port}[/]  (Ctrl-C stops the webserver and the daemon)")
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a script may have started us with SIGINT ignored
        signal.signal(stop, signal.default_int_handler)
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
    """Start a child in its own session, so that Ctrl-C reaches it only once, from `serve`, and it can shut down.

    Undoes an inherited "ignore SIGINT" in the child; Dagster maps SIGTERM to SIGINT.
    """
    accept_interrupts = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, start_new_session=True, preexec_fn=accept_interrupts)  # noqa: S603
