"""Where an installed copy keeps its files, and that its settings are those of the repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from resources.home import Home, checkout
from synth_assets.cli.app import app
from synth_assets.cli.run import SETTINGS, WORKSPACE, open_instance

REPOSITORY = Path(__file__).resolve().parents[2]
STORAGE = {"storage", "local_artifact_storage", "compute_logs"}


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_run_settings_differ_from_the_repository_in_storage_only() -> None:
    ours = read(REPOSITORY / "dagster.yaml")
    assert set(ours) >= STORAGE
    assert read(SETTINGS) == {key: value for key, value in ours.items() if key not in STORAGE}


def test_the_ui_serves_the_code_location_of_the_repository() -> None:
    (ours,), (packaged,) = (read(path)["load_from"] for path in (REPOSITORY / "workspace.yaml", WORKSPACE))
    assert ours["python_module"].pop("working_directory") == "."
    assert packaged == ours


def test_the_default_home_of_a_checkout_is_its_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTH_ASSETS_HOME", raising=False)
    assert checkout() == REPOSITORY
    assert Home.find().root == REPOSITORY / "data"
    assert Home.find().dagster == REPOSITORY


def test_the_default_home_of_an_installed_copy_is_in_the_home_of_the_user(tmp_path: Path) -> None:
    """`resources` alone, copied to a folder without a repository around it."""
    shutil.copytree(REPOSITORY / "resources", tmp_path / "site" / "resources")
    code = "from resources.home import Home; print(Home.find().root, Home.find().dagster)"
    env = {"HOME": str(tmp_path / "user"), "PYTHONPATH": str(tmp_path / "site")}
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    home = tmp_path / "user" / "synth-assets-data"
    assert out.stdout.split() == [str(home), str(home / "dagster")]


def test_run_history_gets_the_packaged_settings_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setattr("resources.home.checkout", lambda: None)
    home = Home(tmp_path / "home")
    for _ in range(2):
        monkeypatch.setenv("DAGSTER_HOME", "")
        with open_instance(home) as instance:
            assert instance.run_monitoring_enabled
            assert instance.root_directory == str(home.dagster)
            assert (home.dagster / "history").is_dir()
        (home.dagster / "dagster.yaml").write_text(SETTINGS.read_text() + "# edited\n")
    assert (home.dagster / "dagster.yaml").read_text().endswith("# edited\n")


def test_a_command_says_where_a_new_home_will_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(tmp_path / "new"))
    for said in (True, False):
        done = CliRunner().invoke(app, ["policy", "show"])
        assert done.exit_code == 0
        assert (str(tmp_path / "new") in done.stderr) is said
        (tmp_path / "new").mkdir(exist_ok=True)
