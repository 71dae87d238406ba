"""The wheel, installed into an empty environment: it runs from any folder, without the repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from synth_assets.lineage import STAGES
from synth_assets_tests.web.client import Client
from synth_assets_tests.web.servers import Processes, free_port

pytestmark = pytest.mark.web

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("synth_assets", "resources")
# What would let a process find the repository, or a home of the machine's owner.
FORGOTTEN = ("PYTHONPATH", "VIRTUAL_ENV", "DAGSTER_HOME", "SYNTH_ASSETS_HOME", "SYNTH_ASSETS_LAKE")
NODES = "{ assetNodes { assetKey { path } repository { location { name } } } }"
RUNS = "{ runsOrError { ... on Runs { results { status } } } }"


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel, and the home folder of a user who never ran it."""

    bin: Path
    user: Path

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in FORGOTTEN}
        return {**inherited, "HOME": str(self.user), "OMP_NUM_THREADS": "1", "DAGSTER_DISABLE_TELEMETRY": "1"}

    @property
    def home(self) -> Path:
        return self.user / "synth-assets-data"

    def run(self, folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.bin / program), *arguments]
        return subprocess.run(
            command, cwd=folder, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    @contextmanager
    def serving(self, folder: Path, *command: str) -> Iterator[Client]:
        """Run a command that serves the UI on the port given as its last argument."""
        port = free_port()
        processes, client = Processes([[*command, str(port)]], self.environment, folder), Client(port)
        try:
            processes.wait_for(client, seconds=240)
            yield client
        finally:
            assert not processes.stop()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a `build` folder in the repository would be part of the next wheel."""
    root = tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(REPOSITORY / name, root / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, root / "source")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(root), str(root / "source"))
    (built,) = root.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A new environment with the wheel alone; its dependencies come from the environment of the tests.

    Python does not process the .pth files of a folder that a .pth file names. So the new environment sees the
    dependencies, but not the editable installation of the repository.
    """
    root = tmp_path_factory.mktemp("installed")
    venv.create(root / "venv")
    python = root / "venv" / "bin" / "python"
    pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (site,) = (root / "venv" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    (root / "user").mkdir()
    return Installed(python.parent, root / "user")


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def test_the_wheel_carries_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = (path for package in PACKAGES for path in (REPOSITORY / package).rglob("*") if path.is_file())
    assert packed == {path.relative_to(REPOSITORY).as_posix() for path in files if "__pycache__" not in path.parts}


def test_the_sample_runs_from_any_folder(installed: Installed, tmp_path: Path) -> None:
    where = installed.run(
        tmp_path, "python", "-c", "import synth_assets as s, resources as r; print(s.__file__, r.__file__)"
    )
    assert where.stdout.count(str(installed.bin.parent)) == 2, where
    fresh = installed.run(tmp_path, "synth-assets", "status")
    assert str(installed.home) in fresh.stderr
    installed.home.mkdir(exist_ok=True)
    (installed.home / "policy.yaml").write_text("masking: {refill: {per_document: 0}}")  # the slow half of masking

    done = installed.run(tmp_path, "synth-assets", "run", "--sample", "--until", "masked_corpus")
    assert done.returncode == 0, done.stderr[-3000:]
    assert not list(tmp_path.iterdir())
    assert "run_monitoring" in (installed.home / "dagster" / "dagster.yaml").read_text()

    with installed.serving(tmp_path, str(installed.bin / "synth-assets"), "ui", "--port") as client:
        shown = client.ask(NODES)["assetNodes"]
        assert {*STAGES, "release"} <= {node["assetKey"]["path"][0] for node in shown}
        assert {node["repository"]["location"]["name"] for node in shown} == {"synth_assets"}
        assert client.ask(RUNS)["runsOrError"]["results"] == [{"status": "SUCCESS"}]


def test_dagster_dev_serves_an_empty_installation(installed: Installed, tmp_path: Path) -> None:
    dev = ("-m", "dagster", "dev", "-m", "synth_assets.definitions", "-p")
    with installed.serving(tmp_path, str(installed.bin / "python"), *dev) as client:
        shown = client.ask(NODES)["assetNodes"]
        assert {*STAGES, "release"} <= {node["assetKey"]["path"][0] for node in shown}
